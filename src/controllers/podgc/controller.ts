import { nodes, pods } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { Informer } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import { objectKey } from '#machinery/object.ts';
import { defineController } from '#runtime/controller.ts';
import { type Disruption, markDisrupted } from '../shared/disruption.ts';
import { isPodTerminal } from '../shared/pods.ts';
import { podsOnNode } from '../shared/pods-on-node.ts';
import { byCreation } from '../shared/time.ts';

// kube-controller-manager's period, its --terminated-pod-gc-threshold, and how long a node may be missing.
const periodMs = 20_000;
const terminatedMax = 12_500;
const quarantineMs = 40_000;
const lostNode: Disruption = { reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' };
const outOfServiceTaint = 'node.kubernetes.io/out-of-service';

/** Removes pods that no kubelet will: of nodes that are gone, never scheduled, or ended long ago and too many. */
export const podGarbageCollectorController = defineController({
  name: 'pod-garbage-collector',
  setup: ({ client, clock, disposables, informer, log }) => {
    const podInformer = informer(pods);
    const nodeInformer = informer(nodes);
    const podsOf = podsOnNode(podInformer);
    const census = disposables.add(new PodCensus(podInformer));
    /** Since when nodes that pods name have been missing. */
    const missing = new Map<string, number>();

    /** Nobody else will end the pod: it fails, so that whoever counts pods sees its end. */
    const remove = async (pod: Pod, why: string, disruption?: Disruption): Promise<void> => {
      const { namespace, name, uid } = pod.metadata;
      log.info('force deleting pod', { pod: `${namespace}/${name}`, why });
      if (!isPodTerminal(pod)) {
        await orNotFound(markDisrupted(client, pod, disruption, clock.now(), 'Failed'));
      }
      await orNotFound(
        client.delete(pods, namespace!, name!, { gracePeriodSeconds: 0, preconditions: { uid } }),
      );
    };

    /** What goes wrong with one pod keeps no other from going. */
    const removeAll = async (doomed: readonly [Pod, string, Disruption?][]): Promise<void> => {
      const results = await Promise.allSettled(doomed.map(one => remove(...one)));
      const failed = results.find(result => result.status === 'rejected');
      if (failed) throw failed.reason;
    };

    /** The nodes that have been missing for the whole quarantine, and that the server does not know either. */
    const lostNodes = async (named: ReadonlyMap<string, number>): Promise<Set<string>> => {
      const nowMs = clock.monotonicMs();
      const lost = new Set<string>();
      for (const node of missing.keys()) if (!named.has(node) || nodeInformer.get(node)) missing.delete(node);
      for (const node of named.keys()) {
        if (nodeInformer.get(node)) continue;
        const sinceMs = missing.get(node) ?? nowMs;
        missing.set(node, sinceMs);
        if (nowMs - sinceMs < quarantineMs) continue;
        if (!(await orNotFound(client.get(nodes, '', node)))) lost.add(node);
      }
      return lost;
    };

    const collect = async (): Promise<void> => {
      const doomed: [Pod, string, Disruption?][] = [];
      if (census.ended.size > terminatedMax) {
        const ended = [...census.ended.values()];
        ended.sort((a, b) => Number(isEvicted(b)) - Number(isEvicted(a)) || byCreation(a, b));
        for (const pod of ended.slice(0, ended.length - terminatedMax))
          doomed.push([pod, 'too many have ended']);
      }
      const lost = await lostNodes(census.nodes);
      for (const node of lost) for (const pod of podsOf(node)) doomed.push([pod, lostNode.message, lostNode]);
      for (const pod of census.leaving.values()) {
        const node = pod.spec?.nodeName ?? '';
        if (lost.has(node)) continue;
        if (node === '') doomed.push([pod, 'it was never scheduled']);
        else if (isOutOfService(node)) doomed.push([pod, 'its node is out of service']);
      }
      await removeAll(doomed);
    };

    const isOutOfService = (name: string) => {
      const node = nodeInformer.get(name);
      const ready = node?.status?.conditions?.find(condition => condition.type === 'Ready');
      return ready?.status !== 'True' && node?.spec?.taints?.some(taint => taint.key === outOfServiceTaint);
    };

    return {
      initialKeys: ['all'],
      concurrency: 1,
      reconcile: async () => {
        await collect();
        return { requeueAfterMs: periodMs };
      },
    };
  },
});

/** What may have to go, kept as pods change: a look takes no longer for pods that are well. */
class PodCensus implements Disposable {
  readonly ended = new Map<string, Pod>();
  /** Those that are asked to go. */
  readonly leaving = new Map<string, Pod>();
  /** How many pods name each node. */
  readonly nodes = new Map<string, number>();
  readonly #watch: Disposable;

  constructor(informer: Informer<Pod>) {
    this.#watch = informer.on({
      added: pod => this.#count(pod, 1),
      updated: (pod, old) => {
        this.#count(old, -1);
        this.#count(pod, 1);
      },
      deleted: pod => this.#count(pod, -1),
    });
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #count(pod: Pod, by: 1 | -1): void {
    if (isPodTerminal(pod)) note(this.ended, pod, by);
    if (pod.metadata.deletionTimestamp) note(this.leaving, pod, by);
    const node = pod.spec?.nodeName;
    if (!node) return;
    const count = (this.nodes.get(node) ?? 0) + by;
    if (count > 0) this.nodes.set(node, count);
    else this.nodes.delete(node);
  }
}

function note(pods: Map<string, Pod>, pod: Pod, by: 1 | -1): void {
  if (by > 0) pods.set(objectKey(pod), pod);
  else pods.delete(objectKey(pod));
}

/** The kubelet ended it for want of something, and its owner has replaced it long since. */
function isEvicted({ status }: Pod): boolean {
  return status?.phase === 'Failed' && status.reason === 'Evicted';
}
