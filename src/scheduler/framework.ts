/** The plugins of one profile, in the order in which they run. */
import { assert } from '#base/assert.ts';
import type { ResourceRef } from '#machinery/object.ts';
import type { ClusterEvent, Plugin, QueuedPod, Rejection } from './framework/plugin.ts';
import type { PodInfo } from './framework/pod-info.ts';
import {
  type ExtensionPoint,
  extensionPoints,
  filterPlugins,
  type Lap,
  pointName,
  pluginsAt,
  type PointSets,
  ProfileError,
  refuseRepeats,
} from './framework/points.ts';

export interface FrameworkOptions {
  readonly plugins: readonly Plugin[];
  /** The plugins that run wherever they can, in their order. Default: all. */
  readonly multiPoint?: readonly string[];
  readonly points?: PointSets;
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
  readonly #at: (point: ExtensionPoint) => readonly Plugin[];
  readonly #queueSort: Plugin;

  constructor(options: FrameworkOptions) {
    this.plugins = options.plugins;
    this.percentageOfNodesToScore = options.percentageOfNodesToScore;
    this.#weights = options.weights;
    this.#byName = new Map(options.plugins.map(plugin => [plugin.name, plugin]));
    this.#at = pointsOf(options, this.#byName);
    const sorters = this.#at('queueSort');
    if (sorters.length !== 1)
      throw new ProfileError(`a profile has one queue sort plugin, not ${sorters.length}`);
    this.#queueSort = sorters[0]!;
  }

  /** The plugins of an extension point, in their order; those of 'filter' may have no test of nodes. */
  at(point: ExtensionPoint): readonly Plugin[] {
    return this.#at(point);
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
    for (const plugin of this.#at('preEnqueue')) {
      const rejection = plugin.preEnqueue!(pod);
      if (rejection) return rejection;
    }
    return undefined;
  }

  plugin(name: string): Plugin | undefined {
    return this.#byName.get(name);
  }

  /** Whether an event may change the mind of any plugin that refused a pod. */
  mayCure(event: ClusterEvent, pod: PodInfo, rejectedBy: ReadonlySet<string>): boolean {
    for (const name of rejectedBy) if (this.#byName.get(name)?.mayCure?.(event, pod)) return true;
    return false;
  }

  /** Reserve; on a refusal everything is unreserved. */
  reserve(pod: PodInfo, nodeName: string): Rejection | undefined {
    for (const plugin of this.#at('reserve')) {
      const rejection = plugin.reserve?.(pod, nodeName);
      if (!rejection) continue;
      this.unreserve(pod, nodeName);
      return rejection;
    }
    return undefined;
  }

  unreserve(pod: PodInfo, nodeName: string): void {
    for (const plugin of this.#at('reserve').toReversed()) plugin.unreserve?.(pod, nodeName);
  }

  /** Whether `prepare` has anything to do. */
  mayWait(pod: PodInfo, nodeName: string): boolean {
    return (
      this.#at('permit').length > 0 ||
      this.#at('preBind').some(plugin => plugin.preBindPreFlight?.(pod, nodeName))
    );
  }

  /** Permit and PreBind, which may take their time: `onWait` runs before they do. */
  async prepare(
    pod: PodInfo,
    nodeName: string,
    onWait: () => Promise<void>,
    lap?: Lap,
  ): Promise<Rejection | undefined> {
    const preBinding = this.#at('preBind').filter(plugin => plugin.preBindPreFlight?.(pod, nodeName));
    let told = preBinding.length > 0 ? onWait() : undefined;
    await told;
    for (const plugin of this.#at('permit')) {
      const answer = plugin.permit!(pod, nodeName);
      if (answer instanceof Promise) told ??= onWait();
      const [rejection] = await Promise.all([answer, told]);
      if (!rejection) continue;
      lap?.('permit', 'Unschedulable');
      return rejection;
    }
    lap?.('permit');
    for (const plugin of preBinding) {
      await running('preBind', plugin, () => plugin.preBind?.(pod, nodeName), lap);
    }
    lap?.('preBind');
    return undefined;
  }

  /** Bind by the first plugin that takes it, PostBind. */
  async bind(pod: PodInfo, nodeName: string, lap?: Lap): Promise<void> {
    await this.#bindByFirst(pod, nodeName, lap);
    lap?.('bind');
    for (const plugin of this.#at('postBind')) plugin.postBind!(pod, nodeName);
    lap?.('postBind');
  }

  async #bindByFirst(pod: PodInfo, nodeName: string, lap?: Lap): Promise<void> {
    for (const plugin of this.#at('bind')) {
      if (await running('bind', plugin, () => plugin.bind?.(pod, nodeName), lap)) return;
    }
    assert(false, 'a profile has a Bind plugin that takes every pod');
  }
}

/** The plugins of each point, worked out once. */
function pointsOf(
  { plugins, multiPoint = plugins.map(plugin => plugin.name), points = {} }: FrameworkOptions,
  byName: ReadonlyMap<string, Plugin>,
): (point: ExtensionPoint) => readonly Plugin[] {
  refuseRepeats(multiPoint, 'MultiPointPlugin');
  const made = new Map<ExtensionPoint, readonly Plugin[]>();
  for (const point of extensionPoints) made.set(point, pluginsAt(point, byName, multiPoint, points[point]));
  made.set('filter', filterPlugins(made.get('filter')!, made.get('preFilter')!));
  return point => made.get(point)!;
}

/** Says whose error it is. */
async function running<T>(
  point: ExtensionPoint,
  { name }: Plugin,
  run: () => Promise<T> | undefined,
  lap?: Lap,
): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    lap?.(point, 'Error');
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`running ${pointName(point)} plugin "${name}": ${why}`, { cause: error });
  }
}
