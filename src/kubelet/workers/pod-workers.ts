import { objectKey } from '#machinery/object.ts';
import type { Informer } from '#client/informer.ts';
import { byPod, remainsOf } from '../garbage/remains.ts';
import { arrange } from '../lifecycle/observed.ts';
import type { Pod } from '../types.ts';
import type { Eviction } from './admission.ts';
import type { WorkerContext } from './context.ts';
import { limitsStorage } from './local-storage.ts';
import { observePod } from './observe.ts';
import { recordedGraceSeconds, removePod } from './pod-killer.ts';
import { PodWorker } from './pod-worker.ts';

/** One worker for each pod of this node, from the first sight of the pod to its last trace. */
export class PodWorkers implements Disposable {
  readonly #context: WorkerContext;
  readonly #informer: Informer<Pod>;
  readonly #workers = new Map<string, PodWorker>();
  readonly #removing = new Set<string>();
  #subscription: Disposable | undefined;

  constructor(context: WorkerContext, informer: Informer<Pod>) {
    this.#context = context;
    this.#informer = informer;
  }

  start(): void {
    const { nodeName } = this.#context;
    const mine = (pod: Pod) => pod.spec?.nodeName === nodeName;
    this.#subscription = this.#informer.on({
      added: pod => mine(pod) && this.#upsert(pod),
      updated: pod => mine(pod) && this.#upsert(pod),
      deleted: pod => mine(pod) && this.#remove(pod),
    });
  }

  /** Pods that hold resources of the node. */
  active(): readonly Pod[] {
    return [...this.#workers.values()].filter(worker => worker.active).map(worker => worker.granted);
  }

  /** All pods of the node, by 'namespace/name'. */
  pods(): readonly Pod[] {
    return [...this.#workers.values()].map(worker => worker.pod);
  }

  /** The newest of a name: one that was there before may still be on its way out. */
  get(key: string): Pod | undefined {
    return this.pods().findLast(pod => objectKey(pod) === key);
  }

  /** Ends pods that take more local disk than they may. */
  async checkStorage(): Promise<void> {
    const watched = [...this.#workers.values()].filter(worker => limitsStorage(worker.pod));
    if (watched.length === 0) return;
    const stats = await this.#context.runtime.listStats();
    const writableBytes = new Map(stats.map(({ id, fsUsedBytes }) => [id, fsUsedBytes]));
    for (const worker of watched) await worker.checkStorage(writableBytes);
  }

  /** Ends a pod. False: it is not here, or ending anyway. */
  evict(pod: Pod, eviction: Eviction): boolean {
    return this.#workers.get(pod.metadata.uid!)?.evict(eviction) ?? false;
  }

  /** Nothing of the pod runs here. */
  hasEnded(pod: Pod): boolean {
    return this.#workers.get(pod.metadata.uid!)?.ended ?? true;
  }

  /** Removes what is left of pods' earlier runs and nobody needs; `all`: the last runs of pods that have ended, too. */
  async removeRemains(all = false): Promise<void> {
    const { runtime } = this.#context;
    const [sandboxes, containers] = await Promise.all([runtime.listSandboxes(), runtime.listContainers()]);
    for (const [uid, contents] of byPod({ sandboxes, containers })) {
      const worker = this.#workers.get(uid);
      if (!worker) continue;
      const remains = remainsOf(contents, all && worker.ended);
      if (remains.containers.length + remains.sandboxes.length > 0) await worker.removeRemains(all);
    }
  }

  wake(podUid: string): void {
    this.#workers.get(podUid)?.wake();
  }

  /** Removes what the runtime has of pods that the API does not know. */
  removeOrphans(podUids: ReadonlySet<string>): void {
    if (!this.#informer.synced) return;
    for (const uid of podUids) {
      if (this.#workers.has(uid) || this.#removing.has(uid)) continue;
      this.#removing.add(uid);
      void this.#removeOrphan(uid).finally(() => this.#removing.delete(uid));
    }
  }

  /** Removes the directories of pods that are gone, logs too: from an earlier life of this kubelet. */
  async removeOrphanDirectories(): Promise<void> {
    const { host, layout, volumes, cgroups } = this.#context;
    if (!this.#informer.synced) return;
    for (const uid of await host.fs.list(layout.podsDirectory)) {
      await this.#ifOrphan(uid, async () => {
        await volumes.tearDown(uid);
        await cgroups.release(uid);
      });
    }
    for (const name of await host.fs.list(layout.logRoot)) {
      const uid = name.slice(name.lastIndexOf('_') + 1);
      await this.#ifOrphan(uid, () => host.fs.remove(`${layout.logRoot}/${name}`));
    }
  }

  async #ifOrphan(uid: string, remove: () => Promise<void>): Promise<void> {
    if (this.#workers.has(uid) || this.#removing.has(uid)) return;
    try {
      await remove();
    } catch (error) {
      const { log } = this.#context;
      log.warn('directory of an orphaned pod could not be removed', { uid, error: String(error) });
    }
  }

  [Symbol.dispose](): void {
    this.#subscription?.[Symbol.dispose]();
    for (const worker of this.#workers.values()) worker[Symbol.dispose]();
    this.#workers.clear();
  }

  #upsert(pod: Pod): void {
    const uid = pod.metadata.uid!;
    const known = this.#workers.get(uid);
    if (known) {
      known.update(pod);
      return;
    }
    const worker = new PodWorker(this.#context, pod, () => this.#workers.delete(uid));
    this.#workers.set(uid, worker);
    worker.wake();
  }

  #remove(pod: Pod): void {
    this.#workers.get(pod.metadata.uid!)?.remove(pod);
  }

  async #removeOrphan(uid: string): Promise<void> {
    const { runtime, host, layout, cgroups, log } = this.#context;
    try {
      const observed = await observePod(runtime, host.fs, layout, uid);
      const running = observed.containers.filter(status => status.state === 'RUNNING');
      await Promise.all(
        running.map(status => runtime.stopContainer(status.id, recordedGraceSeconds(status))),
      );
      await removePod(runtime, arrange(observed.sandboxes, observed.containers));
      await cgroups.release(uid);
    } catch (error) {
      log.warn('orphaned pod could not be removed', { uid, error: String(error) });
    }
  }
}
