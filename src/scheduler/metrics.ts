/** What the scheduler does, in numbers: upstream's names, labels and buckets. */
import type { Clock } from '#base/clock.ts';
import {
  CounterFamily,
  exponentialBuckets,
  SampledFamily,
  HistogramFamily,
  type Labels,
  type MetricFamily,
} from '#base/metric-families.ts';
import { type ExtensionPoint, type Lap, pointName, type PointStatus } from './framework/points.ts';
import type { NodeTable } from './node-table.ts';
import type { Entry, SchedulingQueue } from './queue.ts';

/** How an attempt ended: bound, fit nowhere, or stopped by something that went wrong. */
export type AttemptResult = 'scheduled' | 'unschedulable' | 'error';

/** Attempts of one pod that are told apart. */
const attemptsMax = 15;

export class SchedulerMetrics {
  readonly #clock: Clock;
  readonly #attempts = new CounterFamily({
    name: 'scheduler_schedule_attempts_total',
    help: "Attempts to schedule pods, by what came of them; 'error' is a problem of the scheduler's own.",
    stability: 'STABLE',
  });
  readonly #attemptSeconds = new HistogramFamily({
    name: 'scheduler_scheduling_attempt_duration_seconds',
    help: 'How long attempts took, their bindings included.',
    stability: 'STABLE',
    buckets: exponentialBuckets(0.001, 2, 15),
  });
  readonly #algorithmSeconds = new HistogramFamily({
    name: 'scheduler_scheduling_algorithm_duration_seconds',
    help: 'How long it took to choose a node.',
    stability: 'ALPHA',
    buckets: exponentialBuckets(0.001, 2, 15),
  });
  readonly #pointSeconds = new HistogramFamily({
    name: 'scheduler_framework_extension_point_duration_seconds',
    help: 'How long all plugins of an extension point took.',
    stability: 'STABLE',
    buckets: exponentialBuckets(0.0001, 2, 12),
  });
  readonly #podSeconds = new HistogramFamily({
    name: 'scheduler_pod_scheduling_sli_duration_seconds',
    help: 'How long pods took from their first attempt until they were bound, by the attempts that they needed.',
    stability: 'BETA',
    buckets: exponentialBuckets(0.01, 2, 20),
  });
  readonly #podAttempts = new HistogramFamily({
    name: 'scheduler_pod_scheduling_attempts',
    help: 'Attempts that pods needed to be bound.',
    stability: 'STABLE',
    buckets: exponentialBuckets(1, 2, 5),
  });
  readonly #preemptions = new CounterFamily({
    name: 'scheduler_preemption_attempts_total',
    help: 'Attempts to make room for a pod by evicting others.',
    stability: 'STABLE',
  });
  readonly #victims = new HistogramFamily({
    name: 'scheduler_preemption_victims',
    help: 'Pods that one preemption evicts.',
    stability: 'STABLE',
    buckets: exponentialBuckets(1, 2, 7),
  });
  readonly #incoming = new CounterFamily({
    name: 'scheduler_queue_incoming_pods_total',
    help: 'Pods that came into a queue, by what sent them there.',
    stability: 'STABLE',
  });
  readonly #algorithmTook = this.#algorithmSeconds.of({});
  readonly #neededAttempts = this.#podAttempts.of({});
  readonly #countPreemption = this.#preemptions.of({});
  readonly #countVictims = this.#victims.of({});
  /** By the attempts that pods needed. */
  readonly #podTook: ((seconds: number) => void)[] = [];
  readonly #entered = new Map<string, () => void>();
  readonly #profiles = new Map<string, ProfileMeter>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A pod came into a queue. */
  incoming(queue: string, event: string): void {
    const key = `${queue} ${event}`;
    let count = this.#entered.get(key);
    if (!count) {
      count = this.#incoming.of({ queue, event });
      this.#entered.set(key, count);
    }
    count();
  }

  /** A node was chosen. */
  chosen(seconds: number): void {
    this.#algorithmTook(seconds);
  }

  preempting(): void {
    this.#countPreemption();
  }

  preempted(victims: number): void {
    this.#countVictims(victims);
  }

  bound({ attempts, firstTriedMs }: Entry): void {
    this.#neededAttempts(attempts);
    const seconds = (this.#clock.monotonicMs() - firstTriedMs) / 1000;
    const told = Math.min(attempts, attemptsMax);
    this.#podTook[told] ??= this.#podSeconds.of({ attempts: told < attemptsMax ? told : `${attemptsMax}+` });
    this.#podTook[told](seconds);
  }

  profile(name: string): ProfileMeter {
    let meter = this.#profiles.get(name);
    if (!meter) {
      meter = new ProfileMeter(name, {
        attempts: this.#attempts,
        attemptSeconds: this.#attemptSeconds,
        pointSeconds: this.#pointSeconds,
      });
      this.#profiles.set(name, meter);
    }
    return meter;
  }

  /** All of it, with what waits and what is known now. */
  families(queue: SchedulingQueue, table: NodeTable): readonly MetricFamily[] {
    return [
      this.#pointSeconds,
      new SampledFamily(
        {
          name: 'scheduler_pending_pods',
          help: "Pods that wait, by where; 'gated' are those that may not even be tried.",
          stability: 'STABLE',
        },
        () => pendingPods(queue),
      ),
      this.#podAttempts,
      this.#podSeconds,
      this.#preemptions,
      this.#victims,
      this.#incoming,
      this.#attempts,
      new SampledFamily(
        {
          name: 'scheduler_cache_size',
          help: 'Nodes, pods on nodes, and pods whose binding the server has not shown yet.',
          stability: 'ALPHA',
        },
        () => Object.entries(table.sizes()).map(([type, size]) => [{ type }, size]),
      ),
      this.#algorithmSeconds,
      this.#attemptSeconds,
      new SampledFamily(
        {
          name: 'scheduler_unschedulable_pods',
          help: 'Pods that fit nowhere, by each plugin that refused them.',
          stability: 'ALPHA',
        },
        () => refusedPods(queue),
      ),
    ];
  }
}

function pendingPods(queue: SchedulingQueue): [Labels, number][] {
  const { active, backoff, unschedulable } = queue.counts();
  const gated = queue.parked().filter(({ gated }) => gated).length;
  const counts = { active, backoff, unschedulable: unschedulable - gated, gated };
  return Object.entries(counts).map(([name, count]) => [{ queue: name }, count]);
}

function refusedPods(queue: SchedulingQueue): [Labels, number][] {
  const counts = new Map<string, [Labels, number]>();
  for (const { info, rejectedBy } of queue.parked()) {
    const profile = info.pod.spec?.schedulerName ?? '';
    for (const plugin of rejectedBy) {
      const key = `${plugin} ${profile}`;
      const [labels, count] = counts.get(key) ?? [{ plugin, profile }, 0];
      counts.set(key, [labels, count + 1]);
    }
  }
  return [...counts.values()];
}

interface ProfileFamilies {
  readonly attempts: CounterFamily;
  readonly attemptSeconds: HistogramFamily;
  readonly pointSeconds: HistogramFamily;
}

/** What is told of each profile on its own. */
export class ProfileMeter {
  readonly #profile: string;
  readonly #families: ProfileFamilies;
  readonly #points = new Map<string, (seconds: number) => void>();
  readonly #results = new Map<AttemptResult, (seconds: number) => void>();

  constructor(profile: string, families: ProfileFamilies) {
    this.#profile = profile;
    this.#families = families;
  }

  attempted(result: AttemptResult, seconds: number): void {
    let tell = this.#results.get(result);
    if (!tell) {
      const labels = { result, profile: this.#profile };
      const count = this.#families.attempts.of(labels);
      const observe = this.#families.attemptSeconds.of(labels);
      tell = took => {
        count();
        observe(took);
      };
      this.#results.set(result, tell);
    }
    tell(seconds);
  }

  point(point: ExtensionPoint, status: PointStatus, seconds: number): void {
    const key = status === 'Success' ? point : `${point} ${status}`;
    let observe = this.#points.get(key);
    if (!observe) {
      const labels = { extension_point: pointName(point), status, profile: this.#profile };
      observe = this.#families.pointSeconds.of(labels);
      this.#points.set(key, observe);
    }
    observe(seconds);
  }
}

/** Times one attempt, and its extension points one after the other. */
export class Stopwatch {
  readonly #clock: Clock;
  readonly #meter: ProfileMeter;
  readonly #startMs: number;
  #lapMs: number;

  constructor(clock: Clock, meter: ProfileMeter) {
    this.#clock = clock;
    this.#meter = meter;
    this.#startMs = clock.monotonicMs();
    this.#lapMs = this.#startMs;
  }

  readonly lap: Lap = (point, status = 'Success') => {
    const now = this.#clock.monotonicMs();
    this.#meter.point(point, status, (now - this.#lapMs) / 1000);
    this.#lapMs = now;
  };

  /** What was until now is of no extension point. */
  skip(): void {
    this.#lapMs = this.#clock.monotonicMs();
  }

  /** Seconds until the end of the last extension point. */
  get seconds(): number {
    return (this.#lapMs - this.#startMs) / 1000;
  }

  end(result: AttemptResult): void {
    this.#meter.attempted(result, (this.#clock.monotonicMs() - this.#startMs) / 1000);
  }
}
