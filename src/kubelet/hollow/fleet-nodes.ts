import type { IpFamily } from '#machinery/ip.ts';
import { Ipv4Block } from '#machinery/ipv4-block.ts';
import type { Lease } from '#api/generated/types/coordination.v1.ts';
import { nodes as nodesRef } from '#api/generated/refs.ts';
import { type Clock, every } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { Log } from '#base/log.ts';
import type { Client } from '#client/client.ts';
import type { Lister } from '#client/informer.ts';
import { hasReason } from '#machinery/status.ts';
import { addressesOf } from './addresses.ts';
import type { Limiter } from '../limiter.ts';
import { leaseDurationSeconds, nodeLease, renewNodeLease } from '../node/lease.ts';
import {
  hasNewExtended,
  kubernetesVersion,
  type NodeFacts,
  nodeObject,
  nodeStatus,
} from '../node/node-object.ts';
import type { Node } from '../types.ts';

export interface FleetNodesOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly limiter: Limiter;
  /** What the API says of the nodes. */
  readonly known: Lister<Node>;
  readonly names: readonly string[];
  readonly capacity: Readonly<Record<string, string>>;
  readonly labels?: (name: string, index: number) => Readonly<Record<string, string>>;
  /** Block of the nodes' own addresses. */
  readonly nodeCidr: string;
  readonly ipFamilies: readonly IpFamily[];
  readonly leaseIntervalMs: number;
}

interface HollowNode {
  readonly name: string;
  /** Of IPv4, whatever the families are. */
  readonly address: string;
  readonly facts: NodeFacts;
  uid: string | undefined;
  lease: Lease | undefined;
  paused: boolean;
}

const healthy = { notReady: [] };
const statusIntervalMs = 300_000;
const ticksPerRound = 50;

/** Registers the nodes and keeps them alive: leases on every round, statuses every five minutes, evenly spread. */
export class FleetNodes implements Disposable {
  readonly #options: FleetNodesOptions;
  readonly #nodes = new Map<string, HollowNode>();
  readonly #owned = new DisposableStore();

  constructor(options: FleetNodesOptions) {
    this.#options = options;
    const block = new Ipv4Block(options.nodeCidr);
    for (const [index, name] of options.names.entries()) {
      const address = block.addressAt(index + 1);
      const ips = addressesOf(address, options.ipFamilies);
      const facts = hollowNodeFacts(name, ips, options.capacity, options.labels?.(name, index));
      this.#nodes.set(name, { name, address, facts, uid: undefined, lease: undefined, paused: false });
    }
  }

  /** Resolves when every node is there and has a lease. */
  async start(): Promise<void> {
    const { clock, limiter, leaseIntervalMs } = this.#options;
    const all = [...this.#nodes.values()];
    await Promise.all(all.map(node => limiter.run(() => this.#register(node))));
    await Promise.all(all.map(node => limiter.run(() => this.#renew(node))));
    this.#round(all, clock, leaseIntervalMs, node => this.#beat(node));
    this.#round(all, clock, statusIntervalMs, node => this.#register(node));
  }

  address(name: string): string | undefined {
    return this.#nodes.get(name)?.address;
  }

  /** A live node of the fleet. */
  runs(name: string | undefined): boolean {
    const node = name === undefined ? undefined : this.#nodes.get(name);
    return node !== undefined && !node.paused;
  }

  setPaused(name: string, paused: boolean): void {
    const node = this.#nodes.get(name);
    if (node) node.paused = paused;
  }

  [Symbol.dispose](): void {
    this.#owned[Symbol.dispose]();
  }

  // One timer a round cut into ticks, so that a large fleet writes a steady trickle, never a burst.
  #round(
    all: readonly HollowNode[],
    clock: Clock,
    periodMs: number,
    visit: (node: HollowNode) => Promise<void>,
  ): void {
    const ticks = Math.min(ticksPerRound, Math.max(1, all.length));
    const share = Math.ceil(all.length / ticks);
    let tick = 0;
    this.#owned.add(
      every(clock, periodMs / ticks, () => {
        const from = (tick++ % ticks) * share;
        for (const node of all.slice(from, from + share)) {
          if (!node.paused) void this.#options.limiter.run(() => this.#attempt(node, visit));
        }
      }),
    );
  }

  async #attempt(node: HollowNode, visit: (node: HollowNode) => Promise<void>): Promise<void> {
    if (this.#owned.disposed || node.paused) return;
    try {
      await visit(node);
    } catch (error) {
      this.#options.log.warn('hollow node could not report', { node: node.name, error: String(error) });
    }
  }

  /**
   * A node that was written off while it could not be heard says at once that it is back, and what it was given to offer, as
   * a kubelet does.
   */
  async #beat(node: HollowNode): Promise<void> {
    await this.#renew(node);
    const status = this.#options.known.get(node.name)?.status;
    const ready = status?.conditions?.find(condition => condition.type === 'Ready');
    if ((ready && ready.status !== 'True') || hasNewExtended(status)) await this.#register(node);
  }

  async #renew(node: HollowNode): Promise<void> {
    const { client, clock } = this.#options;
    const fresh = nodeLease(node.name, node.uid, leaseDurationSeconds, clock.now());
    const held = node.lease;
    node.lease = undefined;
    node.lease = await renewNodeLease(client, held, fresh);
  }

  async #register(node: HollowNode): Promise<void> {
    const { client, clock } = this.#options;
    const { facts } = node;
    try {
      const current = await this.#fetchOrCreate(facts);
      node.uid = current.metadata.uid;
      const status = nodeStatus(facts, current.status, healthy, clock.now());
      await client.updateStatus(nodesRef, { ...current, status });
    } catch (error) {
      if (!hasReason(error, 'Conflict')) throw error;
      await this.#register(node);
    }
  }

  async #fetchOrCreate(facts: NodeFacts): Promise<Node> {
    const { client, clock } = this.#options;
    try {
      return await client.get(nodesRef, '', facts.name);
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
      return client.create(nodesRef, nodeObject(facts, healthy, clock.now()));
    }
  }
}

function hollowNodeFacts(
  name: string,
  ips: readonly string[],
  capacity: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>> = {},
): NodeFacts {
  return {
    name,
    labels,
    addresses: [
      ...ips.map(address => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: name },
    ],
    capacity,
    allocatable: capacity,
    nodeInfo: {
      machineID: name,
      systemUUID: name,
      bootID: name,
      kernelVersion: 'hollow',
      osImage: 'Hollow Linux',
      containerRuntimeVersion: 'hollow://1.0.0',
      kubeletVersion: kubernetesVersion,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
    kubeletPort: 0,
  };
}
