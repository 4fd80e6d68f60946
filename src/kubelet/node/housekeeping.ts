import { every } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { EventType } from '#client/events.ts';
import { normalizeReference } from '#machinery/image-reference.ts';
import type { NodePolicy } from '../config/settings.ts';
import { EvictionManager, type NodeState } from '../eviction/manager.ts';
import { observe } from '../eviction/observations.ts';
import type { Pressure } from '../eviction/signals.ts';
import { UsageMeter } from '../eviction/usage.ts';
import { ImageCollector } from '../garbage/image-collector.ts';
import { LogRotator } from '../logs/rotator.ts';
import type { NodeMetrics } from '../metrics.ts';
import type { Pod } from '../types.ts';
import type { WorkerContext } from '../workers/context.ts';
import type { PodWorkers } from '../workers/pod-workers.ts';

export interface HousekeepingOptions {
  readonly context: Pick<
    WorkerContext,
    'runtime' | 'host' | 'layout' | 'volumes' | 'cgroupRoot' | 'clock' | 'log'
  >;
  readonly workers: PodWorkers;
  readonly policy: NodePolicy;
  readonly metrics: NodeMetrics;
  /** Names of images that are never collected, beside those that the runtime calls pinned. */
  readonly pinnedImages: () => Promise<ReadonlySet<string>>;
  /** Has the node's conditions told. */
  readonly report: () => Promise<void>;
  /** Tells an event about the node. */
  readonly tell: (type: EventType, reason: string, message: string) => void;
}

const rotationPeriodMs = 10_000;
const storagePeriodMs = 10_000;
const remainsPeriodMs = 60_000;
const directoriesPeriodMs = 60_000;
const imagesPeriodMs = 300_000;

/** Keeps the node usable: its disks, memory and processes, and what pods leave behind. Periods are upstream's. */
export class Housekeeping implements Disposable {
  readonly #options: HousekeepingOptions;
  readonly #owned = new DisposableStore();
  readonly #images: ImageCollector;
  readonly #eviction: EvictionManager;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
    const { context, workers, policy, metrics, tell, report, pinnedImages } = options;
    const { runtime, clock, log } = context;
    const meter = new UsageMeter(context);
    this.#images = new ImageCollector({
      runtime,
      policy: policy.images,
      clock,
      log,
      metrics,
      disk: () => this.#imageDisk(),
      pinned: pinnedImages,
      mounted: () => mountedImages(workers.pods()),
      tell,
    });
    this.#eviction = this.#owned.add(
      new EvictionManager({
        policy,
        clock,
        log,
        metrics,
        observe: () => this.#observe(),
        candidates: resource => meter.measure(workers.active(), resource),
        reclaim: [() => workers.removeRemains(true), () => this.#images.removeUnused()],
        evict: (pod, eviction) => workers.evict(pod, eviction),
        hasEnded: pod => workers.hasEnded(pod),
        report,
        tell,
      }),
    );
  }

  get pressures(): readonly Pressure[] {
    return this.#eviction.pressures;
  }

  start(): void {
    const { context, workers, tell } = this.#options;
    const rotator = new LogRotator(context.runtime, context.host.fs);
    this.#every(rotationPeriodMs, 'logs could not be rotated', () => rotator.rotateAll());
    this.#every(storagePeriodMs, 'local storage could not be measured', () => workers.checkStorage());
    this.#every(remainsPeriodMs, 'dead containers could not be removed', () =>
      workers.removeRemains().catch((error: unknown) => {
        tell('Warning', 'ContainerGCFailed', error instanceof Error ? error.message : String(error));
        throw error;
      }),
    );
    this.#every(directoriesPeriodMs, 'orphaned directories could not be removed', () =>
      workers.removeOrphanDirectories(),
    );
    this.#every(imagesPeriodMs, 'images could not be collected', () => this.#images.collect());
    void workers.removeOrphanDirectories();
    void this.#images
      .look()
      .catch((error: unknown) => context.log.warn('images could not be listed', { error: String(error) }));
    this.#eviction.start();
  }

  [Symbol.dispose](): void {
    this.#owned[Symbol.dispose]();
  }

  #every(periodMs: number, problem: string, task: () => Promise<void>): void {
    const { clock, log } = this.#options.context;
    let busy = false;
    this.#owned.add(
      every(clock, periodMs, () => {
        if (busy) return;
        busy = true;
        task()
          .catch((error: unknown) => log.warn(problem, { error: String(error) }))
          .finally(() => {
            busy = false;
          });
      }),
    );
  }

  async #observe(): Promise<NodeState> {
    const { host, layout } = this.#options.context;
    const [machine, usage, nodeDisk, imageDisk] = await Promise.all([
      host.machine(),
      host.usage(),
      host.disk(layout.root),
      this.#imageDisk(),
    ]);
    const observations = observe({ machine, usage, nodeDisk, imageDisk });
    return { observations, ownImageDisk: imageDisk.device !== nodeDisk.device };
  }

  /** Images of a runtime that does not say where it has them count as on the node's disk. */
  async #imageDisk() {
    const { runtime, host, layout } = this.#options.context;
    const imageFs = await runtime.imageFs();
    return host.disk(imageFs?.mountpoint || layout.root);
  }
}

/** Names in full of the images that volumes of pods show. */
function mountedImages(pods: readonly Pod[]): ReadonlySet<string> {
  const volumes = pods.flatMap(({ spec }) => spec?.volumes ?? []);
  const names = volumes.map(({ image }) => image?.reference).filter(name => name !== undefined);
  return new Set(names.map(normalizeReference));
}
