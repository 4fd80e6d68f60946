/** Keeps the node table and the queue in step with the API server. */
import { namespaces, nodes, pods } from '#api/generated/refs.ts';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { DisposableStore } from '#base/disposable.ts';
import { deepEqual } from '#base/equal.ts';
import type { Log } from '#base/log.ts';
import type { InformerFactory } from '#client/informer.ts';
import type { ResourceRef } from '#machinery/object.ts';
import { type PodInfo, podInfo, podUid } from './framework/pod-info.ts';
import { sameRequests } from './framework/resources.ts';
import type { NodeTable } from './node-table.ts';
import type { SchedulingQueue } from './queue.ts';

export interface ClusterWatchOptions {
  readonly informers: InformerFactory;
  readonly table: NodeTable;
  readonly queue: SchedulingQueue;
  /** What plugins watch beside pods and nodes. */
  readonly resources: Iterable<ResourceRef>;
  /** Whether a pod is for this scheduler. */
  readonly ours: (pod: Pod) => boolean;
  /** A pod has ended or is there no more, and neither table nor queue has it. */
  readonly gone: (uid: string) => void;
  readonly log: Log;
}

/** A pod that has ended takes up nothing any more. */
export function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Changes nothing that a waiting pod could look at. */
function isHeartbeat(node: Node, old: Node): boolean {
  return (
    deepEqual(node.spec, old.spec) &&
    deepEqual(node.metadata.labels, old.metadata.labels) &&
    deepEqual(node.metadata.annotations, old.metadata.annotations) &&
    deepEqual(node.status?.allocatable, old.status?.allocatable) &&
    deepEqual(node.status?.declaredFeatures, old.status?.declaredFeatures)
  );
}

/** Whether a change leaves alone all that placement depends on, as most of a kubelet's reports do. */
function samePlacement(pod: Pod, old: Pod): boolean {
  return (
    deepEqual(pod.spec, old.spec) &&
    deepEqual(pod.metadata.labels, old.metadata.labels) &&
    deepEqual(pod.status?.resourceClaimStatuses, old.status?.resourceClaimStatuses) &&
    sameRequests(pod, old)
  );
}

/** Hears of everything there is at once, pods last. Dispose to stop. */
export function watchCluster(options: ClusterWatchOptions): Disposable {
  const watch = new ClusterWatch(options);
  const owned = new DisposableStore();
  for (const resource of options.resources) owned.add(watch.objects(resource));
  owned.add(watch.namespaces());
  owned.add(watch.nodes());
  owned.add(watch.pods());
  return owned;
}

class ClusterWatch {
  readonly #options: ClusterWatchOptions;
  /** The pod that was seen last, which the next one is mostly like. */
  #last: PodInfo | undefined;

  constructor(options: ClusterWatchOptions) {
    this.#options = options;
  }

  namespaces(): Disposable {
    const { informers, table } = this.#options;
    const changed = () => table.counts.namespacesChanged();
    return informers.informer(namespaces).on({ added: changed, updated: changed, deleted: changed });
  }

  nodes(): Disposable {
    const { informers, table, queue } = this.#options;
    return informers.informer(nodes).on({
      added: node => {
        table.setNode(node);
        queue.notify({ type: 'nodeAdded', node });
      },
      updated: (node, old) => {
        table.setNode(node);
        if (!isHeartbeat(node, old)) queue.notify({ type: 'nodeUpdated', node, old });
      },
      deleted: node => {
        table.removeNode(node.metadata.name!);
        queue.notify({ type: 'nodeDeleted', node });
      },
    });
  }

  objects(resource: ResourceRef): Disposable {
    const { informers, queue } = this.#options;
    return informers.informer(resource).on({
      added: object => queue.notify({ type: 'objectChanged', resource, change: { type: 'added', object } }),
      updated: (object, old) =>
        queue.notify({ type: 'objectChanged', resource, change: { type: 'updated', object, old } }),
      deleted: object =>
        queue.notify({ type: 'objectChanged', resource, change: { type: 'deleted', object } }),
    });
  }

  pods(): Disposable {
    return this.#options.informers.informer(pods).on({
      added: pod => this.#set(pod),
      updated: (pod, old) => this.#set(pod, old),
      deleted: pod => this.#gone(pod),
    });
  }

  #set(pod: Pod, old?: Pod): void {
    if (isTerminal(pod)) this.#gone(pod);
    else if (pod.spec?.nodeName) this.#assigned(pod);
    else if (this.#options.ours(pod)) this.#waiting(pod, old);
  }

  #assigned(pod: Pod): void {
    const { table, queue } = this.#options;
    const { info, previous } = table.setPod(pod);
    queue.remove(info.uid);
    if (!previous) queue.notify({ type: 'podAssigned', pod: info });
    else if (!samePlacement(pod, previous.pod)) {
      queue.notify({ type: 'assignedPodUpdated', pod: info, old: previous });
    }
  }

  #waiting(pod: Pod, old: Pod | undefined): void {
    const { table, queue } = this.#options;
    const uid = podUid(pod);
    // The binding is under way; the server has not shown it yet.
    if (table.isAssumed(uid)) return;
    const info = podInfo(pod, this.#last);
    this.#last = info;
    this.#follow(info, old);
    queue.update(info, !old || !samePlacement(pod, old));
  }

  #gone(pod: Pod): void {
    const { table, queue } = this.#options;
    const uid = podUid(pod);
    queue.remove(uid);
    const freed = table.free(uid);
    if (freed) queue.notify(freed);
    this.#options.gone(uid);
  }

  /** A nomination in the status is followed when it changes: what this scheduler decided since then stands. */
  #follow(info: PodInfo, old: Pod | undefined): void {
    const { table } = this.#options;
    const nominated = info.pod.status?.nominatedNodeName;
    const before = old?.status?.nominatedNodeName;
    const promised = nominated === before ? table.nominatedNodeOf(info.uid) : nominated;
    if (promised) table.nominate(info, promised);
    else table.removeNomination(info.uid);
  }
}
