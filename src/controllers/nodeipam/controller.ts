import { familyOf } from '#machinery/ip.ts';
import { nodes as nodesRef } from '#api/generated/refs.ts';
import type { Node } from '#api/generated/types/core.v1.ts';
import { SampledFamily } from '#base/metric-families.ts';
import type { Client } from '#client/client.ts';
import type { EventRecorder } from '#client/events.ts';
import { orNotFound } from '#client/retry.ts';
import { type Controller, defineController, observing } from '#runtime/controller.ts';
import { CidrSet } from './cidr-set.ts';

/** What nodes get their pods' addresses from. */
export interface NodeCidrs {
  /** One network of a family, at most one of each (--cluster-cidr). */
  readonly clusterCidrs: readonly string[];
  /** The size of a node's part. Default 24 for IPv4, 64 for IPv6 (--node-cidr-mask-size). */
  readonly maskSizes?: readonly number[];
  /** Networks that are in use otherwise, as that of the Services. */
  readonly excluded?: readonly string[];
}

/** Only controllers that may also run elsewhere tell that they run here; of ours, that is this one. */
const running = new SampledFamily(
  { name: 'running_managed_controllers', help: 'Controllers that run here.', stability: 'BETA' },
  () => [[{ manager: 'kube-controller-manager', name: 'nodeipam' }, 1]],
);

/** Gives each node a part of the cluster's network for its pods (upstream's RangeAllocator). Absent: none. */
export function nodeIpamController(cidrs: NodeCidrs | undefined): Controller {
  return defineController({
    name: 'node-ipam',
    component: 'cidrAllocator',
    setup: ({ client, events, informer, enqueue, tell }) => {
      if (!cidrs) return [];
      tell([running]);
      const nodes = informer(nodesRef);
      const allocator = new RangeAllocator(client, events, cidrs);
      return {
        watches: [
          observing(nodesRef, ({ type, object }) => {
            if (type !== 'deleted') {
              allocator.occupy(object);
              return isServed(object) ? [] : [object.metadata.name!];
            }
            allocator.release(object.metadata.name!);
            for (const node of nodes.list()) if (!isServed(node)) enqueue(node.metadata.name!);
            return [];
          }),
        ],
        reconcile: async name => {
          const node = nodes.get(name);
          if (node && !isServed(node)) await allocator.serve(node);
        },
      };
    },
  });
}

function isServed({ spec }: Node): boolean {
  return (spec?.podCIDRs?.length ?? 0) > 0;
}

class RangeAllocator {
  readonly #client: Client;
  readonly #events: EventRecorder;
  readonly #sets: readonly CidrSet[];
  /** What each node has, or is about to be told that it has. */
  readonly #held = new Map<string, readonly string[]>();

  constructor(client: Client, events: EventRecorder, { clusterCidrs, maskSizes, excluded = [] }: NodeCidrs) {
    this.#client = client;
    this.#events = events;
    this.#sets = clusterCidrs.map((network, i) => {
      const set = new CidrSet(network, maskSizes?.[i] ?? (familyOf(network) === 'IPv6' ? 64 : 24));
      for (const other of excluded) set.occupy(other);
      return set;
    });
  }

  occupy({ metadata, spec }: Node): void {
    const has = spec?.podCIDRs ?? [];
    if (has.length === 0) return;
    const held = this.#held.get(metadata.name!);
    if (held?.join() !== has.join()) this.release(metadata.name!);
    has.forEach((cidr, i) => {
      this.#sets[i]?.occupy(cidr);
    });
    this.#held.set(metadata.name!, has);
  }

  release(name: string): void {
    this.#held.get(name)?.forEach((cidr, i) => {
      this.#sets[i]?.release(cidr);
    });
    this.#held.delete(name);
  }

  async serve(node: Node): Promise<void> {
    const { name } = node.metadata;
    // Kept over failures: a write that seemed to fail may have been done.
    const podCIDRs = this.#held.get(name!) ?? this.#allocate(node);
    this.#held.set(name!, podCIDRs);
    try {
      const spec = { podCIDR: podCIDRs[0], podCIDRs };
      await orNotFound(this.#client.patch(nodesRef, '', name!, 'strategic', { spec }));
    } catch (error) {
      this.#tell(node, 'CIDRAssignmentFailed');
      throw error;
    }
  }

  #allocate(node: Node): string[] {
    const allocated: string[] = [];
    try {
      for (const set of this.#sets) allocated.push(set.allocate());
      return allocated;
    } catch (error) {
      allocated.forEach((cidr, i) => {
        this.#sets[i]!.release(cidr);
      });
      this.#tell(node, 'CIDRNotAvailable');
      const text = `failed to allocate cidr from cluster cidr at idx:${allocated.length}`;
      throw new Error(`${text}: ${(error as Error).message}`);
    }
  }

  #tell({ metadata: { name, uid } }: Node, status: string): void {
    const about = { apiVersion: 'v1', kind: 'Node', name, uid, namespace: '' };
    this.#events.event(about, 'Normal', status, `Node ${name} status is now: ${status}`);
  }
}
