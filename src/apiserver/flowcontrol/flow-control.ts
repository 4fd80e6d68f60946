import type { FlowSchema, PriorityLevelConfiguration } from '#api/generated/types/flowcontrol.v1.ts';
import type { Clock } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import type { TimeSlice } from '#base/time-slice.ts';
import type { UserInfo } from '../identity.ts';
import { defaultLimits } from '../limits.ts';
import type { RequestInfo, Target } from '../request.ts';
import type { StateCache } from '../resources/state-cache.ts';
import { allocateSeats } from './allocate.ts';
import { mandatoryLevels, mandatorySchemas } from '#api/flow-control-defaults.ts';
import { bySequence, matchesSchema } from './match.ts';
import type { FlowMeter } from './flow-meter.ts';
import { FlowMetrics } from './metrics.ts';
import { PriorityLevel } from './priority-level.ts';
import type { Asking, Rejection, Seat, Work } from './seat.ts';
import { dealHand } from './shuffle-sharding.ts';

export const schemasBucket = 'flowcontrol.apiserver.k8s.io/flowschemas';
export const levelsBucket = 'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations';

/** Where a request belongs. */
export interface Flow {
  readonly id: string;
  readonly meter: FlowMeter;
  readonly schemaUid: string;
  readonly level: PriorityLevel;
  readonly hand: readonly number[];
}

export interface FlowControlOptions {
  readonly cache: StateCache;
  readonly clock: Clock;
  /** What requests wait for before they go on. */
  readonly turns: TimeSlice;
  /** Of all levels together (upstream: --max-requests-inflight plus --max-mutating-requests-inflight). */
  readonly serverSeats?: number;
  /** What a request may take, of which it may wait a quarter. */
  readonly requestMsMax?: number;
  /** Observes how long each request waited, in seconds. */
  readonly passed?: (seconds: number) => void;
}

const borrowMs = 10_000;
const knownMax = 10_000;

/** API priority and fairness (KEP-1040): who is let in, when, and who is turned away. */
export class FlowControl implements Disposable {
  readonly metrics: FlowMetrics;
  readonly #options: FlowControlOptions;
  readonly #waitMsMax: number;
  readonly #life = new DisposableStore();
  readonly #levels = new Map<string, PriorityLevel>();
  readonly #flows = new Map<string, Flow>();
  /** The same, for users and targets that come again as the same objects: a key costs more than all that it is good for. */
  #found = new WeakMap<UserInfo, WeakMap<Target, Flow>>();
  #schemas: FlowSchema[] = [];
  #stale = true;
  #nominalSum = 0;
  #fairFraction = 0;
  #borrowing: Disposable | undefined;
  #activity = false;

  constructor(options: FlowControlOptions) {
    this.#options = options;
    this.#waitMsMax = (options.requestMsMax ?? defaultLimits.requestMsMax) / 4;
    this.metrics = new FlowMetrics(
      () => ({ levels: this.levels, fairFraction: this.#fairFraction }),
      options.clock,
      options.passed ?? (() => {}),
    );
    for (const name of [schemasBucket, levelsBucket]) {
      const bucket = options.cache.bucket(name);
      const change = () => {
        this.#stale = true;
      };
      this.#life.add(bucket.watch(bucket.lastChange, { prefix: '', change }));
    }
    this.#life.defer(() => this.#borrowing?.[Symbol.dispose]());
  }

  get levels(): Iterable<PriorityLevel> {
    this.#digest();
    return this.#levels.values();
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  /** The flow of a request; the same for requests that differ in their objects' names alone. */
  flowOf(user: UserInfo, info: RequestInfo): Flow {
    this.#digest();
    const { target } = info;
    if (!target) return this.#lookUp(user, info);
    let found = this.#found.get(user);
    if (!found) {
      found = new WeakMap();
      this.#found.set(user, found);
    }
    let flow = found.get(target);
    if (!flow) {
      flow = this.#lookUp(user, info);
      found.set(target, flow);
    }
    return flow;
  }

  #lookUp(user: UserInfo, info: RequestInfo): Flow {
    const key = keyOf(user, info);
    let flow = this.#flows.get(key);
    if (!flow) {
      flow = this.#classify(user, info);
      if (this.#flows.size >= knownMax) this.#flows.clear();
      this.#flows.set(key, flow);
    }
    return flow;
  }

  /** A seat at once or in time. Throws or rejects with a RejectedError. */
  enter(flow: Flow, work: Work, asking: Asking): Seat | Promise<Seat> {
    this.#watchDemand();
    const seat = flow.level.queues.enter(flow.meter, flow.hand, work, this.#waitMsMax, asking);
    if (typeof seat === 'string') throw new RejectedError(seat, flow.level.retryAfterSeconds);
    return seat instanceof Promise ? this.#waited(seat, flow, asking) : seat;
  }

  /** A seat that another request left in this turn of the event loop is no leave to go on in it. */
  async #waited(coming: Promise<Seat>, { level }: Flow, { request }: Asking): Promise<Seat> {
    let seat: Seat;
    try {
      seat = await coming;
    } catch (error) {
      throw new RejectedError(error as Rejection, level.retryAfterSeconds);
    }
    await this.#options.turns.breathe(request.user.name);
    return seat;
  }

  #classify(user: UserInfo, info: RequestInfo): Flow {
    const schema =
      this.#schemas.find(candidate => matchesSchema(candidate, user, info)) ?? this.#schemas.at(-1)!;
    const level = this.#levels.get(schema.spec!.priorityLevelConfiguration.name)!;
    const name = schema.metadata.name!;
    const method = schema.spec?.distinguisherMethod?.type;
    const distinguisher = method === 'ByUser' ? user.name : method === 'ByNamespace' ? info.namespace : '';
    const { queuing } = level;
    const id = `${name}/${distinguisher}`;
    const hand = queuing ? dealHand(id, queuing.queues ?? 64, queuing.handSize ?? 8) : [];
    const meter = this.metrics.meter(level.name, name, info.verb);
    return { id, meter, schemaUid: schema.metadata.uid ?? '', level, hand };
  }

  #digest(): void {
    if (!this.#stale) return;
    this.#stale = false;
    this.#flows.clear();
    this.#found = new WeakMap();
    this.#digestLevels();
    const { cache, serverSeats = defaultLimits.serverSeats } = this.#options;
    const shareSum = [...this.#levels.values()].reduce((sum, level) => sum + level.shares, 0);
    for (const level of this.#levels.values()) level.share(serverSeats, shareSum);
    this.#nominalSum = [...this.#levels.values()].reduce((sum, level) => sum + level.limits.nominal, 0);
    this.#adjust();
    this.#tellLimits();
    const stored = [...cache.bucket(schemasBucket).objects()].map(({ object }) => object as FlowSchema);
    const names = new Set(stored.map(({ metadata }) => metadata.name));
    const missing = mandatorySchemas.filter(({ metadata }) => !names.has(metadata.name));
    this.#schemas = [...stored, ...missing]
      .filter(({ spec }) => this.#levels.has(spec?.priorityLevelConfiguration.name ?? ''))
      .sort(bySequence);
  }

  #tellLimits(): void {
    let waiting = 0;
    for (const { queuing } of this.#levels.values()) {
      if (queuing) waiting += (queuing.queues ?? 64) * (queuing.queueLengthLimit ?? 50);
    }
    this.metrics.marks.setWholes(waiting, this.#nominalSum);
  }

  #digestLevels(): void {
    const { cache, clock } = this.#options;
    const stored = [...cache.bucket(levelsBucket).objects()].map(
      ({ object }) => object as PriorityLevelConfiguration,
    );
    const names = new Set(stored.map(({ metadata }) => metadata.name!));
    const missing = mandatoryLevels.filter(({ metadata }) => !names.has(metadata.name!));
    const all = [...stored, ...missing].filter(isSound);
    const wanted = new Set(all.map(({ metadata }) => metadata.name!));
    // Requests that wait in a level that is gone have their seats still; nothing new enters it.
    for (const name of this.#levels.keys()) if (!wanted.has(name)) this.#levels.delete(name);
    for (const configuration of all) {
      const name = configuration.metadata.name!;
      const level =
        this.#levels.get(name) ?? new PriorityLevel(configuration, clock, this.metrics.level(name));
      this.#levels.set(name, level);
      level.configure(configuration);
    }
  }

  /** Adjusts what levels lend each other while anything goes on, and rests with it. */
  #watchDemand(): void {
    this.#activity = true;
    if (this.#borrowing) return;
    const { clock } = this.#options;
    const arm = () => {
      this.#activity = false;
      this.#borrowing = clock.after(borrowMs, () => {
        this.#borrowing = undefined;
        this.#adjust();
        if (this.#activity || [...this.#levels.values()].some(({ queues }) => !queues.isIdle)) arm();
      });
    };
    arm();
  }

  /** Gives each level what it needs of what the others do not (KEP-1040: dynamic borrowing). */
  #adjust(): void {
    const now = this.#options.clock.monotonicMs();
    const limited: { level: PriorityLevel; least: number; target: number }[] = [];
    let remaining = this.#nominalSum;
    for (const level of this.#levels.values()) {
      level.period = level.queues.demand.takePeriod(now);
      const { peak, smoothed } = level.period;
      if (level.isExempt) {
        level.current = Math.max(level.limits.least, peak);
        level.target = level.current;
        remaining -= level.current;
        continue;
      }
      const least = Math.max(level.limits.least, Math.min(level.limits.nominal, peak));
      level.target = Math.max(least, smoothed);
      limited.push({ level, least, target: level.target });
    }
    const leastSum = limited.reduce((sum, { least }) => sum + least, 0);
    // Exempt requests may take so much that the others keep what is never lent.
    const claims = limited.map(({ level, least, target }) => {
      return { least, target, most: remaining > leastSum ? level.limits.most : least };
    });
    const { seats, fraction } = allocateSeats(this.#nominalSum, claims);
    this.#fairFraction = remaining > leastSum ? fraction : 0;
    limited.forEach(({ level }, i) => {
      level.current = Math.round(seats[i]!);
    });
  }
}

/** A request that is turned away: 429. */
export class RejectedError extends Error {
  override readonly name = 'RejectedError';
  readonly reason: Rejection;
  /** When to come again. */
  readonly retryAfterSeconds: number;

  constructor(reason: Rejection, retryAfterSeconds: number) {
    super(reason);
    this.retryAfterSeconds = retryAfterSeconds;
    this.reason = reason;
  }
}

/** What a level is served by; others are as good as absent. */
function isSound({ metadata, spec }: PriorityLevelConfiguration): boolean {
  if ((spec?.type === 'Exempt') !== (metadata.name === 'exempt')) return false;
  return spec?.type === 'Exempt' || spec?.limited !== undefined;
}

function keyOf(user: UserInfo, info: RequestInfo): string {
  const who = `${user.name}\n${user.groups.length === 1 ? user.groups[0] : user.groups.join('\n')}`;
  return info.isResource
    ? `${who}\n\n${info.verb} ${info.group}/${info.resource}/${info.subresource} ${info.namespace}`
    : `${who}\n\n${info.verb}${info.path}`;
}
