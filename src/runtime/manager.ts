import type { Clock } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { Log } from '#base/log.ts';
import type { MetricFamily } from '#base/metric-families.ts';
import type { Random } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import { createEventRecorder } from '#client/events.ts';
import { type Informer, InformerFactory } from '#client/informer.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { hasReason, qualified } from '#machinery/status.ts';
import {
  type Change,
  type Controller,
  type ControllerEnvironment,
  type ControllerSpec,
  controllerKeys,
  itself,
  TerminalError,
  type Watch,
  watching,
} from './controller.ts';
import type { QueueMetrics } from './queue-metrics.ts';
import { ControllerRateLimiter } from './rate-limiter.ts';
import { TimeSlice } from '#base/time-slice.ts';
import { WorkQueue } from './work-queue.ts';

export interface ManagerOptions {
  readonly client: Client;
  /** The client of one controller, e.g. with its own service account; default: `client`. */
  readonly clientFor?: (controller: string) => Client;
  /** Shared with other parts; absent: the manager makes and owns one. */
  readonly informers?: InformerFactory;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly controllers: readonly Controller[];
  /** Shared with the other parts on this event loop; absent: the manager has its own. */
  readonly slice?: TimeSlice;
  /** Told of the work queues, by the names of their controllers. */
  readonly queueMetrics?: QueueMetrics;
  /** Whether the API server has such objects at all; a controller that reads others is not waited for. Default: it has. */
  readonly isServed?: (ref: ResourceRef) => boolean;
  /** Runs once all controllers are set up and before anything is watched: for whoever grants them what they need. */
  readonly beforeWatching?: (needs: readonly Needs[]) => Promise<void>;
}

/** What a controller reads by informers, and the kinds that it reconciles. */
export interface Needs {
  readonly controller: string;
  readonly reconciles: readonly ResourceRef[];
  readonly watches: readonly { readonly ref: ResourceRef; readonly namespace: string }[];
}

/** Runs controllers over shared informers. */
export interface Manager extends AsyncDisposable {
  /** Starts informers and workers; resolves when every cache is synced and all workers run. */
  start(): Promise<void>;
  /** Takes no further keys and resolves when those that run are through. */
  stop(): Promise<void>;
  /** No controller has a key that is ready, delayed or running: for tests and for drains. */
  readonly idle: boolean;
  /** What its controllers tell. */
  readonly metrics: Iterable<MetricFamily>;
  /** What keeps a controller from its work, by its name; those that are well are left out. */
  readonly problems: ReadonlyMap<string, string>;
}

export function createManager(options: ManagerOptions): Manager {
  return new ControllerManager(options);
}

class ControllerManager implements Manager {
  readonly #options: ManagerOptions;
  readonly #informers: InformerFactory;
  readonly #disposables = new DisposableStore();
  readonly #running: RunningController[] = [];
  readonly #slice: TimeSlice;
  #stopping: Promise<void> | undefined;
  readonly metrics: Iterable<MetricFamily> = {
    [Symbol.iterator]: () => this.#families[Symbol.iterator](),
  };

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.#slice = options.slice ?? this.#disposables.add(new TimeSlice(options.clock));
    this.#informers =
      options.informers ?? this.#disposables.add(new InformerFactory(options.client, options));
  }

  get #families(): readonly MetricFamily[] {
    return this.#running.flatMap(({ families }) => families);
  }

  get idle(): boolean {
    return this.#running.every(controller => controller.idle);
  }

  get problems(): ReadonlyMap<string, string> {
    return new Map(
      this.#running.flatMap(({ name, problem }) => (problem === undefined ? [] : [[name, problem]])),
    );
  }

  async start(): Promise<void> {
    for (const controller of this.#options.controllers) {
      // Each is told of all that informers have already.
      const wait = this.#slice.breathe();
      if (wait) await wait;
      if (this.#stopping) return;
      this.#running.push(new RunningController(controller, this.#options, this.#informers, this.#slice));
    }
    await this.#options.beforeWatching?.(this.#running.map(controller => controller.needs));
    if (this.#stopping) return;
    this.#informers.start();
    const { isServed = () => true } = this.#options;
    await Promise.all(
      this.#running.filter(one => one.isServed(isServed)).map(controller => controller.start()),
    );
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    if (!this.#options.slice) this.#disposables.release(this.#slice);
    await Promise.all(this.#running.map(controller => controller.stop()));
    this.#disposables[Symbol.dispose]();
  }
}

/** A run that held the event loop for no longer than its turn needs no rest. */
const busyMsMin = 5;
const restMsMax = 5000;
/** As many times what it took itself: who was only held up for a moment does not make up for the others. */
const ownRestMax = 100;

/** One controller with its queues and workers. */
class RunningController {
  readonly name: string;
  readonly families: MetricFamily[] = [];
  readonly #log: Log;
  readonly #disposables = new DisposableStore();
  readonly #abort = new AbortController();
  /** With the namespace that each is of; '' for all. */
  readonly #informers = new Map<Informer, string>();
  readonly #queues: WorkQueue[] = [];
  /** Of keys whose last run failed, what with. */
  readonly #failing = new Map<string, string>();
  readonly #specs: readonly ControllerSpec[];
  readonly #workers: Promise<void>[] = [];
  readonly #slice: TimeSlice;
  readonly #clock: Clock;
  /** When what was done at length has been made up for. */
  #restedMs = 0;

  constructor(controller: Controller, options: ManagerOptions, factory: InformerFactory, slice: TimeSlice) {
    this.name = controller.name;
    this.#slice = slice;
    const { clock, random } = options;
    this.#clock = clock;
    const client = options.clientFor?.(controller.name) ?? options.client;
    const component = controller.component ?? `${controller.name}-controller`;
    this.#log = options.log.with({ controller: controller.name });
    const environment: ControllerEnvironment = {
      client,
      clock,
      random,
      log: this.#log,
      events: this.#disposables.add(
        createEventRecorder({ client, clock, random, log: this.#log, component }),
      ),
      signal: this.#abort.signal,
      disposables: this.#disposables,
      breathe: () => slice.breathe(),
      tell: families => void this.families.push(...families),
      informer: (ref, informerOptions) => {
        const informer = factory.informer(ref, informerOptions);
        this.#informers.set(informer as unknown as Informer, informerOptions?.namespace ?? '');
        return informer;
      },
      enqueue: (key, delayMs = 0, spec = 0) => this.#queues[spec]?.addAfter(key, delayMs),
    };
    this.#specs = this.#setUp(controller, environment);
    for (const [i, spec] of this.#specs.entries()) {
      const meter = options.queueMetrics?.meter(i === 0 ? this.name : `${this.name}_${i + 1}`);
      const queue = new WorkQueue(clock, new ControllerRateLimiter(clock, spec.rateLimit), meter);
      this.#queues.push(this.#disposables.add(queue));
      for (const watch of watchesOf(spec)) this.#connect(watch, queue, environment);
      for (const key of spec.initialKeys ?? []) queue.add(key);
    }
  }

  get idle(): boolean {
    return this.#queues.every(queue => queue.idle);
  }

  get needs(): Needs {
    return {
      controller: this.name,
      reconciles: this.#specs.flatMap(spec => spec.for ?? []),
      watches: Array.from(this.#informers, ([{ ref }, namespace]) => ({ ref, namespace })),
    };
  }

  /** Whether all is there that it reads; what is not is logged. */
  isServed(isServed: (ref: ResourceRef) => boolean): boolean {
    const missing = this.needs.watches.filter(({ ref }) => !isServed(ref));
    if (missing.length === 0) return true;
    const kinds = missing.map(({ ref }) => qualified(ref));
    this.#log.warn('does not run, since what it reads is not served', { kinds });
    return false;
  }

  get problem(): string | undefined {
    const unread = [...this.#informers.keys()].filter(informer => !informer.synced);
    if (unread.length > 0) return `waits to read ${unread.map(({ ref }) => qualified(ref)).join(', ')}`;
    const [first] = this.#failing;
    if (!first) return undefined;
    const more = this.#failing.size > 1 ? ` (and ${this.#failing.size - 1} more)` : '';
    return `${first[0]} fails${more}: ${first[1]}`;
  }

  async start(): Promise<void> {
    await Promise.all([...this.#informers.keys()].map(informer => informer.whenSynced()));
    if (this.#disposables.disposed) return;
    this.#specs.forEach((spec, i) => {
      const queue = this.#queues[i]!;
      for (let n = spec.concurrency ?? 5; n > 0; n--) this.#workers.push(this.#work(spec, queue));
    });
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    this.#disposables[Symbol.dispose]();
    await Promise.all(this.#workers);
  }

  /** Nothing is left of a set-up that throws. */
  #setUp(controller: Controller, environment: ControllerEnvironment): readonly ControllerSpec[] {
    try {
      const specs = controller.setup(environment);
      return Array.isArray(specs) ? specs : [specs as ControllerSpec];
    } catch (error) {
      this.#disposables[Symbol.dispose]();
      throw error;
    }
  }

  #connect(watch: Watch, queue: WorkQueue, environment: ControllerEnvironment): void {
    const enqueue = (change: Change<KubeObject>) => {
      for (const key of watch.toKeys(change)) queue.addAfter(key, watch.delayMs);
    };
    const informer = environment.informer(watch.ref, watch.options);
    this.#disposables.add(
      informer.on({
        added: object => enqueue({ type: 'added', object }),
        updated: (object, old) => enqueue({ type: 'updated', object, old }),
        deleted: object => enqueue({ type: 'deleted', object }),
      }),
    );
  }

  async #work(spec: ControllerSpec, queue: WorkQueue): Promise<void> {
    for (;;) {
      const key = await queue.take();
      if (key === undefined) return;
      const busyMs = await this.#run(spec, queue, key);
      queue.done(key, this.#restMs(busyMs));
      await this.#slice.breathe();
    }
  }

  /** What looks at thousands of objects takes a tenth of the time at most, all keys together, however often they change. */
  #restMs(busyMs: number): number {
    if (busyMs < busyMsMin) return 0;
    const nowMs = this.#clock.monotonicMs();
    this.#restedMs = Math.min(Math.max(this.#restedMs, nowMs) + 9 * busyMs, nowMs + restMsMax);
    return Math.min(this.#restedMs - nowMs, ownRestMax * busyMs);
  }

  /** Answers how long it held the event loop at a stretch, in the part that comes before it waits for anything. */
  async #run(spec: ControllerSpec, queue: WorkQueue, key: string): Promise<number> {
    let busyMs = 0;
    try {
      const context = { signal: this.#abort.signal, failures: queue.failures(key) };
      const startMs = this.#clock.monotonicMs();
      const running = spec.reconcile(key, context);
      busyMs = this.#clock.monotonicMs() - startMs;
      const result = await running;
      queue.forget(key);
      this.#failing.delete(key);
      if (result?.requeueAfterMs) queue.addAfter(key, result.requeueAfterMs);
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#failed(queue, key, error);
    }
    return busyMs;
  }

  #failed(queue: WorkQueue, key: string, error: unknown): void {
    const fields = { key, error: error instanceof Error ? error.message : String(error) };
    this.#failing.set(key, fields.error);
    if (error instanceof TerminalError) {
      queue.forget(key);
      this.#log.error('reconcile failed for good', fields);
      return;
    }
    // A conflict is the normal way to learn that the cache is behind.
    if (hasReason(error, 'Conflict')) this.#log.debug('reconcile met a conflict', fields);
    else this.#log.warn('reconcile failed', fields);
    queue.addRateLimited(key);
  }
}

function watchesOf(spec: ControllerSpec): Watch[] {
  const watches = [...(spec.watches ?? [])];
  if (spec.for) {
    const keys = controllerKeys(spec.for);
    for (const ref of spec.owns ?? []) watches.push(watching(ref as ResourceRef<KubeObject>, keys));
    watches.push(watching(spec.for as ResourceRef<KubeObject>, itself));
  }
  return watches;
}
