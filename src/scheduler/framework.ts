/** The plugins of one profile, in the order in which they run. */
import { assert } from '#base/assert.ts';
import type { ResourceRef } from '#machinery/object.ts';
import type { ClusterEvent, Plugin, QueuedPod, Rejection } from './framework/plugin.ts';
import type { PodInfo } from './framework/pod-info.ts';

export interface FrameworkOptions {
  readonly plugins: readonly Plugin[];
  /** By plugin name; a plugin without one scores with weight 1. */
  readonly weights: Readonly<Record<string, number>>;
  /** 0: a share that falls as the cluster grows. */
  readonly percentageOfNodesToScore: number;
}

export class Framework {
  readonly plugins: readonly Plugin[];
  readonly percentageOfNodesToScore: number;
  readonly #weights: Readonly<Record<string, number>>;
  readonly #byName: ReadonlyMap<string, Plugin>;
  readonly #queueSort: Plugin;

  constructor(options: FrameworkOptions) {
    this.plugins = options.plugins;
    this.percentageOfNodesToScore = options.percentageOfNodesToScore;
    this.#weights = options.weights;
    this.#byName = new Map(options.plugins.map(plugin => [plugin.name, plugin]));
    const sorters = options.plugins.filter(plugin => plugin.less);
    assert(sorters.length === 1, `a profile has one QueueSort plugin, not ${sorters.length}`);
    this.#queueSort = sorters[0]!;
  }

  /** What its plugins watch beside pods and nodes. */
  get watches(): readonly ResourceRef[] {
    return this.plugins.flatMap(plugin => plugin.watches ?? []);
  }

  weightOf(plugin: string): number {
    return this.#weights[plugin] ?? 1;
  }

  less(a: QueuedPod, b: QueuedPod): boolean {
    return this.#queueSort.less!(a, b);
  }

  /** PreEnqueue: why a pod may not even be tried. */
  preEnqueue(pod: PodInfo): Rejection | undefined {
    for (const plugin of this.plugins) {
      const rejection = plugin.preEnqueue?.(pod);
      if (rejection) return rejection;
    }
    return undefined;
  }

  /** Whether an event may change the mind of any plugin that refused a pod. */
  mayCure(event: ClusterEvent, pod: PodInfo, rejectedBy: ReadonlySet<string>): boolean {
    for (const name of rejectedBy) if (this.#byName.get(name)?.mayCure?.(event, pod)) return true;
    return false;
  }

  /** Reserve; on a refusal everything is unreserved. */
  reserve(pod: PodInfo, nodeName: string): Rejection | undefined {
    for (const plugin of this.plugins) {
      const rejection = plugin.reserve?.(pod, nodeName);
      if (!rejection) continue;
      this.unreserve(pod, nodeName);
      return rejection;
    }
    return undefined;
  }

  unreserve(pod: PodInfo, nodeName: string): void {
    for (const plugin of this.plugins.toReversed()) plugin.unreserve?.(pod, nodeName);
  }

  /** Whether `prepare` has anything to do. */
  mayWait(pod: PodInfo, nodeName: string): boolean {
    return this.plugins.some(plugin => plugin.permit || plugin.preBindPreFlight?.(pod, nodeName));
  }

  /** Permit and PreBind, which may take their time. */
  async prepare(pod: PodInfo, nodeName: string): Promise<Rejection | undefined> {
    for (const plugin of this.plugins) {
      const rejection = plugin.permit && (await plugin.permit(pod, nodeName));
      if (rejection) return rejection;
    }
    for (const plugin of this.plugins) {
      if (!plugin.preBindPreFlight?.(pod, nodeName)) continue;
      await running('PreBind', plugin, () => plugin.preBind?.(pod, nodeName));
    }
    return undefined;
  }

  /** Bind by the first plugin that takes it, PostBind. */
  async bind(pod: PodInfo, nodeName: string): Promise<void> {
    await this.#bindByFirst(pod, nodeName);
    for (const plugin of this.plugins) plugin.postBind?.(pod, nodeName);
  }

  async #bindByFirst(pod: PodInfo, nodeName: string): Promise<void> {
    for (const plugin of this.plugins) {
      if (await running('Bind', plugin, () => plugin.bind?.(pod, nodeName))) return;
    }
    assert(false, 'a profile has a Bind plugin that takes every pod');
  }
}

/** Says whose error it is. */
async function running<T>(
  point: string,
  { name }: Plugin,
  run: () => Promise<T> | undefined,
): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`running ${point} plugin "${name}": ${why}`, { cause: error });
  }
}
