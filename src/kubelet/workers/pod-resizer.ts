import { linuxResources } from '../config/resources.ts';
import { newest, type ObservedPod } from '../lifecycle/observed.ts';
import { allContainers } from '../lifecycle/spec.ts';
import type { ContainerSpec, Pod } from '../types.ts';
import type { WorkerContext } from './context.ts';
import { PodResources, type ResizeEvent } from './pod-resources.ts';

/** Carries out what a resize of one pod asks for, step by step with its worker, and tells of it. */
export class PodResizer {
  readonly resources: PodResources;
  readonly #context: WorkerContext;

  constructor(context: WorkerContext, pod: Pod) {
    this.#context = context;
    this.resources = new PodResources(pod);
  }

  /** Grants what a resize asks for, and has the running containers get it. */
  async sync(pod: Pod, observed: ObservedPod): Promise<void> {
    const node = this.#context.node();
    if (!node) return;
    const { uid } = pod.metadata;
    const others = this.#context.activePods().filter(other => other.metadata.uid !== uid);
    this.#tell(pod, this.resources.consider(pod, { others, node }));
    if (!this.resources.inProgress) return;
    const granted = this.resources.granted(pod);
    const problem = this.resources.tooSmall(pod, await this.#memoryUsed(granted, observed));
    if (problem) return this.#failed(pod, problem);
    await this.#context.cgroups.loosen(granted);
    for (const container of allContainers(granted)) {
      const status = newest(observed, container.name);
      if (this.resources.toDo(container.name).length === 0) continue;
      // What does not run gets it when it starts.
      if (status?.state !== 'RUNNING') this.resources.done(container.name);
      else if (!this.resources.restarts(container)) await this.#resize(pod, container, status.id);
    }
    if (!this.resources.containersLeft) await this.#completed(pod);
  }

  /** A container has been started with what it was granted. */
  async started(pod: Pod, name: string): Promise<void> {
    if (this.resources.toDo(name).length === 0) return;
    this.resources.done(name);
    if (!this.resources.containersLeft) await this.#completed(pod);
  }

  async #completed(pod: Pod): Promise<void> {
    await this.#context.cgroups.hold(this.resources.granted(pod));
    this.resources.completed();
    this.#tell(pod, 'ResizeCompleted');
  }

  async #resize(pod: Pod, container: ContainerSpec, id: string): Promise<void> {
    const { runtime, memoryCapacityBytes } = this.#context;
    const granted = this.resources.granted(pod);
    try {
      await runtime.updateResources(id, linuxResources(granted, container, memoryCapacityBytes));
      this.resources.done(container.name);
    } catch (error) {
      this.#failed(pod, error instanceof Error ? error.message : String(error));
    }
  }

  /** Bytes by name, of the running containers that are not to restart for their new resources. */
  async #memoryUsed(granted: Pod, observed: ObservedPod): Promise<Map<string, number>> {
    const stats = new Map((await this.#context.runtime.listStats()).map(one => [one.id, one]));
    const used = new Map<string, number>();
    for (const container of allContainers(granted)) {
      const of = stats.get(newest(observed, container.name)?.id ?? '');
      if (!of || this.resources.restarts(container)) continue;
      used.set(container.name, Math.max(of.memoryUsageBytes, of.memoryWorkingSetBytes));
    }
    return used;
  }

  #failed(pod: Pod, why: string): void {
    if (this.resources.failed(why)) this.#tell(pod, 'ResizeError');
  }

  #tell(pod: Pod, event: ResizeEvent | undefined): void {
    if (!event) return;
    const type = event === 'ResizeStarted' || event === 'ResizeCompleted' ? 'Normal' : 'Warning';
    this.#context.recorder.event(pod, type, event, this.resources.message(pod, event));
  }
}
