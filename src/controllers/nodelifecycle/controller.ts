import { leases, nodes, pods } from '#api/generated/refs.ts';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { CounterFamily } from '#base/metric-families.ts';
import type { Informer } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import {
  type Change,
  type ControllerEnvironment,
  defineController,
  observing,
  type ReconcileResult,
} from '#runtime/controller.ts';
import { findCondition } from '../shared/conditions.ts';
import { deepEqual } from '#base/equal.ts';
import { isPodReady, podCondition } from '../shared/pods.ts';
import { podsOnNode } from '../shared/pods-on-node.ts';
import { NodeHealth, unknownConditions } from './health.ts';
import { type Evictions, isEvicting, readyStatus, taintsFor } from './taints.ts';
import { countZones, evictionRate, isAllDisrupted, ZoneLimiter, zoneKeyOf, zoneOf } from './zones.ts';

const leaseNamespace = 'kube-node-lease';
// How often a node in trouble is looked at: whether it may be evicted from depends on all the others.
const monitorPeriodMs = 5000;
const countedMsMax = 1000;

/** Notices nodes that fall silent, and shows nodes' conditions as taints for scheduler and eviction. */
export const nodeLifecycleController = defineController({
  name: 'node-lifecycle',
  component: 'node-controller',
  setup: environment => {
    const controller = new NodeLifecycle(environment);
    return {
      watches: [
        observing(nodes, change => controller.keysOfNode(change)),
        observing(leases, ({ object }) => controller.keysOfLease(object), { namespace: leaseNamespace }),
      ],
      concurrency: 8,
      reconcile: name => controller.reconcile(name),
    };
  },
});

class NodeLifecycle {
  readonly #environment: ControllerEnvironment;
  readonly #nodes: Informer<Node>;
  readonly #podsOn: (node: string) => readonly Pod[];
  readonly #health = new NodeHealth();
  readonly #limiter: ZoneLimiter;
  readonly #evicted = new CounterFamily({
    name: 'node_collector_evictions_total',
    help: 'Nodes whose pods were to be evicted.',
    stability: 'STABLE',
  });
  #counted: { readonly atMs: number; readonly zones: ReturnType<typeof countZones> } | undefined;

  constructor(environment: ControllerEnvironment) {
    this.#environment = environment;
    environment.tell([this.#evicted]);
    this.#limiter = new ZoneLimiter(environment.clock);
    this.#nodes = environment.informer(nodes);
    this.#podsOn = podsOnNode(environment.informer(pods));
  }

  /** A heartbeat alone is only noted: a thousand nodes beat all the time. */
  keysOfNode({ type, object, old }: Change<Node>): string[] {
    const name = object.metadata.name!;
    if (type === 'deleted') {
      this.#health.forget(name);
      this.#tell(object, 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
      return [];
    }
    this.#health.seeNode(object, this.#environment.clock.monotonicMs());
    if (type === 'added') {
      this.#tell(object, 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
    }
    return old && deepEqual(facts(old), facts(object)) ? [] : [name];
  }

  keysOfLease(lease: Parameters<NodeHealth['seeLease']>[0]): string[] {
    this.#health.seeLease(lease, this.#environment.clock.monotonicMs());
    return [];
  }

  async reconcile(name: string): Promise<ReconcileResult | undefined> {
    const cached = this.#nodes.get(name);
    if (!cached) return undefined;
    const leftMs = this.#health.silentInMs(cached, this.#environment.clock.monotonicMs());
    const node = leftMs <= 0 ? await this.#showSilence(cached) : cached;
    if (!node) return undefined;
    // A kubelet that says that its node is not ready still speaks for the pods.
    if (readyStatus(node) === 'Unknown') await this.#markPodsNotReady(node);
    await this.#updateTaints(node);
    return { requeueAfterMs: readyStatus(node) === 'True' ? Math.max(leftMs, 1) : monitorPeriodMs };
  }

  async #showSilence(node: Node): Promise<Node | undefined> {
    const { client, clock } = this.#environment;
    const conditions = unknownConditions(node, clock.now());
    if (conditions === node.status?.conditions) return node;
    const name = node.metadata.name!;
    if (readyStatus(node) === 'True') {
      this.#tell(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
    }
    return orNotFound(
      client.updateStatus(nodes, { ...node, status: { ...node.status, conditions: [...conditions] } }),
    );
  }

  async #updateTaints(node: Node): Promise<void> {
    const { client, clock } = this.#environment;
    const taints = taintsFor(node, this.#evictions(node), toRfc3339(clock.now()));
    const labels = oldLabels(node);
    if (!taints && !labels) return;
    const { name, resourceVersion } = node.metadata;
    const patch = {
      metadata: { resourceVersion, ...(labels ? { labels } : {}) },
      ...(taints ? { spec: { taints } } : {}),
    };
    const patched = await orNotFound(client.patch(nodes, '', name!, 'merge', patch));
    if (patched && isEvicting(patched) && !isEvicting(node)) this.#evicted.add({ zone: zoneKeyOf(node) });
  }

  /** Whether the node's pods may be evicted, as far as that depends on all the other nodes. */
  #evictions(node: Node): Evictions {
    if (readyStatus(node) === 'True') return 'wait';
    const zones = this.#zones();
    if (isAllDisrupted(zones)) return 'stop';
    if (isEvicting(node)) return 'begin';
    const zone = zones.get(zoneOf(node));
    return !zone || this.#limiter.tryTake(zoneOf(node), evictionRate(zone)) ? 'begin' : 'wait';
  }

  /** Counted once for all nodes that are looked at in the same second. */
  #zones(): ReturnType<typeof countZones> {
    const nowMs = this.#environment.clock.monotonicMs();
    if (!this.#counted || nowMs - this.#counted.atMs >= countedMsMax)
      this.#counted = { atMs: nowMs, zones: countZones(this.#nodes.list()) };
    return this.#counted.zones;
  }

  /** Services must not send to pods that nobody vouches for. */
  async #markPodsNotReady(node: Node): Promise<void> {
    const ready = this.#podsOn(node.metadata.name!).filter(isPodReady);
    for (const pod of ready) {
      const { namespace, name, uid } = pod.metadata;
      const lastTransitionTime = toRfc3339(this.#environment.clock.now());
      const condition = { ...podCondition(pod, 'Ready')!, status: 'False', lastTransitionTime };
      const patch = { metadata: { uid }, status: { conditions: [condition] } };
      const options = { subresource: 'status' };
      await orNotFound(this.#environment.client.patch(pods, namespace!, name!, 'strategic', patch, options));
      this.#environment.events.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    }
  }

  #tell(node: Node, reason: string, message: string): void {
    const { name, uid } = node.metadata;
    this.#environment.events.event({ apiVersion: 'v1', kind: 'Node', name, uid }, 'Normal', reason, message);
  }
}

/** Labels of old names that the node lacks and whose new ones it has. */
function oldLabels({ metadata: { labels = {} } }: Node): Record<string, string> | undefined {
  const missing = ['os', 'arch'].filter(key => {
    const value = labels[`kubernetes.io/${key}`];
    return value !== undefined && labels[`beta.kubernetes.io/${key}`] !== value;
  });
  if (missing.length === 0) return undefined;
  return Object.fromEntries(
    missing.map(key => [`beta.kubernetes.io/${key}`, labels[`kubernetes.io/${key}`]!]),
  );
}

/** What taints and readiness are made of. */
function facts(node: Node): unknown {
  const conditions = node.status?.conditions?.map(({ type, status }) => [type, status]);
  return [
    conditions,
    node.spec?.taints,
    node.spec?.unschedulable,
    node.metadata.labels,
    findCondition(node.status?.conditions, 'Ready')?.status,
  ];
}
