import type { Clock } from '#base/clock.ts';
import type { AdmissionMetrics, Step } from './metrics.ts';
import type { ServedResource } from '../resources/served.ts';
import type { AdmissionRequest } from './request.ts';

/** The runs of the mutating plugins over one request: one, and a second where a plugin asks for it. */
export class Mutation {
  #memory: Map<string, unknown> | undefined;
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
    this.#memory ??= new Map();
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

/** What of a request is the same for all of its kind. */
export type RequestKind = Pick<AdmissionRequest, 'served' | 'operation' | 'subresource'>;

/** Throws StatusError to refuse. One file a plugin and one line in `registry.ts`. */
export interface AdmissionPlugin {
  /** Upstream's name, as in --enable-admission-plugins. */
  readonly name: string;
  /** Whether it may have anything to do with requests of a kind: asked once for each kind. Absent: with all. */
  concerns?(kind: RequestKind): boolean;
  mutate?(request: AdmissionRequest, mutation: Mutation): void | Promise<void>;
  /** Runs when all that mutates is through: for what is handed out. Again where others took that first. */
  complete?(request: AdmissionRequest): void | Promise<void>;
  validate?(request: AdmissionRequest): void | Promise<void>;
  /** The write that was to be validated is over, and readers see it if it happened. It is answered when this resolves. */
  settled?(request: AdmissionRequest): void | Promise<void>;
}

/** Where the chain tells how long its plugins took. */
export interface AdmissionTiming {
  readonly clock: Clock;
  readonly metrics: AdmissionMetrics;
}

/** For plugins that concern the creation of one resource's objects alone. */
export function creationOf(bucket: string): (kind: RequestKind) => boolean {
  return ({ served, operation, subresource }) =>
    served.bucket === bucket && operation === 'CREATE' && subresource === '';
}

/** For plugins that concern what one resource's objects are and become, and none of their parts. */
export function changeOf(bucket: string): (kind: RequestKind) => boolean {
  return ({ served, operation, subresource }) =>
    served.bucket === bucket && (operation === 'CREATE' || operation === 'UPDATE') && subresource === '';
}

function isConcerned(plugin: AdmissionPlugin, kind: RequestKind): boolean {
  return plugin.concerns?.(kind) ?? true;
}

type Hook = 'mutate' | 'complete' | 'validate' | 'settled';
type Observe = (seconds: number) => void;

interface ChosenPlugin {
  readonly plugin: AdmissionPlugin;
  readonly observe: Observe | undefined;
}

/** When a step began, and the plugin of it that is running. */
interface Times {
  readonly startMs: number;
  sinceMs: number;
}

/** The plugins of one step that requests of one kind concern. */
class ChosenStep {
  readonly #step: Step;
  readonly #kind: RequestKind;
  readonly #timing: AdmissionTiming | undefined;
  readonly #plugins: readonly ChosenPlugin[];
  readonly #observe: Observe | undefined;
  readonly #passed: (() => void) | undefined;

  constructor(
    step: Step,
    kind: RequestKind,
    plugins: readonly AdmissionPlugin[],
    timing: AdmissionTiming | undefined,
  ) {
    this.#step = step;
    this.#kind = kind;
    this.#timing = timing;
    const { operation } = kind;
    const chosen = plugins.filter(plugin => isConcerned(plugin, kind));
    this.#plugins = chosen.map(plugin => ({
      plugin,
      observe: timing?.metrics.plugin(plugin.name, step, operation, false),
    }));
    this.#observe = timing?.metrics.step(step, operation, false);
    // Upstream's others have a look at each request, and its metrics count that.
    const others = plugins.filter(plugin => !chosen.includes(plugin)).map(plugin => plugin.name);
    this.#passed = timing?.metrics.passed(others, step, operation);
  }

  /** At once, unless a plugin has to wait for something. */
  run(call: (plugin: AdmissionPlugin) => void | Promise<void>): void | Promise<void> {
    const nowMs = this.#timing?.clock.monotonicMs() ?? 0;
    return this.#runFrom(0, call, { startMs: nowMs, sinceMs: nowMs });
  }

  #runFrom(
    first: number,
    call: (plugin: AdmissionPlugin) => void | Promise<void>,
    times: Times,
  ): void | Promise<void> {
    let at = first;
    try {
      for (; at < this.#plugins.length; at++) {
        const pending = call(this.#plugins[at]!.plugin);
        if (pending) return this.#await(pending, at, call, times);
        this.#passedBy(at, times);
      }
    } catch (error) {
      this.#refused(at, times);
      throw error;
    }
    this.#observe?.((times.sinceMs - times.startMs) / 1000);
    this.#passed?.();
  }

  async #await(
    pending: Promise<void>,
    at: number,
    call: (plugin: AdmissionPlugin) => void | Promise<void>,
    times: Times,
  ): Promise<void> {
    try {
      await pending;
    } catch (error) {
      this.#refused(at, times);
      throw error;
    }
    this.#passedBy(at, times);
    await this.#runFrom(at + 1, call, times);
  }

  #passedBy(at: number, times: Times): void {
    if (!this.#timing) return;
    const nowMs = this.#timing.clock.monotonicMs();
    this.#plugins[at]!.observe!((nowMs - times.sinceMs) / 1000);
    times.sinceMs = nowMs;
  }

  #refused(at: number, { startMs, sinceMs }: Times): void {
    if (!this.#timing) return;
    const { clock, metrics } = this.#timing;
    const nowMs = clock.monotonicMs();
    const { operation } = this.#kind;
    const { name } = this.#plugins[at]!.plugin;
    metrics.plugin(name, this.#step, operation, true)((nowMs - sinceMs) / 1000);
    metrics.step(this.#step, operation, true)((nowMs - startMs) / 1000);
  }
}

/** What runs for the requests of one kind. */
interface Chosen {
  readonly mutating: ChosenStep;
  readonly completing: readonly AdmissionPlugin[];
  readonly validating: ChosenStep;
  readonly settling: readonly AdmissionPlugin[];
}

async function completeAll(request: AdmissionRequest, plugins: readonly AdmissionPlugin[]): Promise<void> {
  for (const plugin of plugins) await plugin.complete!(request);
}

/** Runs the plugins in their order: all that mutate, later all that validate. Which they are is chosen once for each kind. */
export class AdmissionChain {
  readonly #plugins: readonly AdmissionPlugin[];
  readonly #timing: AdmissionTiming | undefined;
  readonly #chosen = new WeakMap<ServedResource, Map<string, Chosen>>();

  constructor(plugins: readonly AdmissionPlugin[], timing?: AdmissionTiming) {
    this.#plugins = plugins;
    this.#timing = timing;
  }

  /** At once, unless a plugin has to wait for something; so does `validate`. */
  mutate(request: AdmissionRequest): void | Promise<void> {
    return this.#mutate(request, this.#chosenFor(request), new Mutation());
  }

  #mutate(request: AdmissionRequest, chosen: Chosen, mutation: Mutation): void | Promise<void> {
    const pending = chosen.mutating.run(plugin => plugin.mutate!(request, mutation));
    const goOn = () => (mutation.startAnother() ? this.#mutate(request, chosen, mutation) : undefined);
    return pending ? pending.then(goOn) : goOn();
  }

  /** After `mutate`, of what bears its name by then. */
  complete(request: AdmissionRequest): void | Promise<void> {
    const { completing } = this.#chosenFor(request);
    return completing.length === 0 ? undefined : completeAll(request, completing);
  }

  validate(request: AdmissionRequest): void | Promise<void> {
    return this.#chosenFor(request).validating.run(plugin => plugin.validate!(request));
  }

  /** Validates the request, then does its `write`; whoever has to know is told when that is over, however it went. */
  async carryOut<T>(request: AdmissionRequest, write: () => T | Promise<T>): Promise<T> {
    try {
      const validating = this.validate(request);
      if (validating) await validating;
      return await write();
    } finally {
      for (const plugin of this.#chosenFor(request).settling) {
        const settling = plugin.settled!(request);
        if (settling) await settling;
      }
    }
  }

  #chosenFor(kind: RequestKind): Chosen {
    const { served, operation, subresource } = kind;
    let ofServed = this.#chosen.get(served);
    if (!ofServed) {
      ofServed = new Map();
      this.#chosen.set(served, ofServed);
    }
    const key = subresource === '' ? operation : `${operation}/${subresource}`;
    let chosen = ofServed.get(key);
    if (!chosen) {
      chosen = this.#choose({ served, operation, subresource });
      ofServed.set(key, chosen);
    }
    return chosen;
  }

  #choose(kind: RequestKind): Chosen {
    const having = (hook: Hook) => this.#plugins.filter(plugin => plugin[hook]);
    return {
      mutating: new ChosenStep('admit', kind, having('mutate'), this.#timing),
      completing: having('complete').filter(plugin => isConcerned(plugin, kind)),
      validating: new ChosenStep('validate', kind, having('validate'), this.#timing),
      settling: having('settled').filter(plugin => isConcerned(plugin, kind)),
    };
  }
}
