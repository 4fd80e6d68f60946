import type { Clock } from '#base/clock.ts';
import type { AdmissionMetrics, Step } from './metrics.ts';
import type { AdmissionRequest } from './request.ts';

/** The runs of the mutating plugins over one request: one, and a second where a plugin asks for it. */
export class Mutation {
  readonly #memory = new Map<string, unknown>();
  #round = 0;
  #again = false;

  /** 0, or 1 while plugins are invoked again. */
  get round(): number {
    return this.#round;
  }

  /** All plugins are to see the object once more, since it changed after some of them had. */
  requireAnother(): void {
    this.#again = true;
  }

  /** What a plugin keeps from one run for the next. */
  memory<T>(plugin: string, make: () => T): T {
    if (!this.#memory.has(plugin)) this.#memory.set(plugin, make());
    return this.#memory.get(plugin) as T;
  }

  /** True where another run is due, which then begins. Never a third. */
  startAnother(): boolean {
    if (!this.#again || this.#round > 0) return false;
    this.#round = 1;
    return true;
  }
}

/** Throws StatusError to refuse. One file a plugin and one line in `registry.ts`. */
export interface AdmissionPlugin {
  /** Upstream's name, as in --enable-admission-plugins. */
  readonly name: string;
  mutate?(request: AdmissionRequest, mutation: Mutation): void | Promise<void>;
  /** Runs once, when all that mutates is through: for what is handed out and never changes again. */
  complete?(request: AdmissionRequest): void | Promise<void>;
  validate?(request: AdmissionRequest): void | Promise<void>;
}

/** Where the chain tells how long its plugins took. */
export interface AdmissionTiming {
  readonly clock: Clock;
  readonly metrics: AdmissionMetrics;
}

type Observers = Partial<Record<AdmissionRequest['operation'], (seconds: number) => void>>;

/** The plugins of one step, with what observes each of them, by operation. */
class StepPlugins {
  readonly #step: Step;
  readonly #plugins: readonly { readonly plugin: AdmissionPlugin; readonly observers: Observers }[];
  readonly #observers: Observers = {};
  readonly #timing: AdmissionTiming | undefined;

  constructor(step: Step, plugins: readonly AdmissionPlugin[], timing: AdmissionTiming | undefined) {
    this.#step = step;
    this.#plugins = plugins.map(plugin => ({ plugin, observers: {} }));
    this.#timing = timing;
  }

  async run(
    operation: AdmissionRequest['operation'],
    call: (plugin: AdmissionPlugin) => void | Promise<void>,
  ): Promise<void> {
    if (!this.#timing) {
      for (const { plugin } of this.#plugins) await call(plugin);
      return;
    }
    const { clock, metrics } = this.#timing;
    const startMs = clock.monotonicMs();
    let sinceMs = startMs;
    let running = '';
    try {
      for (const { plugin, observers } of this.#plugins) {
        running = plugin.name;
        const pending = call(plugin);
        if (pending) await pending;
        const nowMs = clock.monotonicMs();
        observers[operation] ??= metrics.plugin(running, this.#step, operation, false);
        observers[operation]((nowMs - sinceMs) / 1000);
        sinceMs = nowMs;
      }
    } catch (error) {
      const nowMs = clock.monotonicMs();
      metrics.plugin(running, this.#step, operation, true)((nowMs - sinceMs) / 1000);
      metrics.step(this.#step, operation, true)((nowMs - startMs) / 1000);
      throw error;
    }
    this.#observers[operation] ??= metrics.step(this.#step, operation, false);
    this.#observers[operation]((sinceMs - startMs) / 1000);
  }
}

/** Runs the plugins in their order: all that mutate, later all that validate. */
export class AdmissionChain {
  readonly #mutating: StepPlugins;
  readonly #completing: readonly AdmissionPlugin[];
  readonly #validating: StepPlugins;

  constructor(plugins: readonly AdmissionPlugin[], timing?: AdmissionTiming) {
    const having = (hook: 'mutate' | 'complete' | 'validate') => plugins.filter(plugin => plugin[hook]);
    this.#mutating = new StepPlugins('admit', having('mutate'), timing);
    this.#completing = having('complete');
    this.#validating = new StepPlugins('validate', having('validate'), timing);
  }

  async mutate(request: AdmissionRequest): Promise<void> {
    const mutation = new Mutation();
    do {
      await this.#mutating.run(request.operation, plugin => plugin.mutate!(request, mutation));
    } while (mutation.startAnother());
    for (const plugin of this.#completing) await plugin.complete!(request);
  }

  validate(request: AdmissionRequest): Promise<void> {
    return this.#validating.run(request.operation, plugin => plugin.validate!(request));
  }
}
