import type { Clock } from '#base/clock.ts';
import {
  CounterFamily,
  type FamilyOptions,
  HistogramFamily,
  type Labels,
  type MetricFamily,
  SampledFamily,
  type Stability,
  exponentialBuckets,
} from '#base/metric-families.ts';
import { TimedRatioFamily } from '#base/timing-family.ts';
import { type FlowLabels, FlowMeter } from './flow-meter.ts';
import { RequestMarks } from './request-marks.ts';
import type { DispatchFacts, LevelMeter } from './queue-set.ts';
import type { DemandPeriod } from './seat-demand.ts';

/** Seconds; upstream's buckets of the time that requests wait, and of the time that they take. */
const secondsBuckets = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

/** A priority level as it is now, in seats. */
interface MeasuredLevel {
  readonly name: string;
  readonly limits: { readonly nominal: number; readonly least: number; readonly most: number };
  readonly current: number;
  readonly target: number;
  readonly period: DemandPeriod;
  readonly queues: { readonly virtual: number; readonly lastDispatch: DispatchFacts | undefined };
}

/** What priority and fairness as a whole is at. */
export interface MeasuredControl {
  /** Those that there are now. */
  readonly levels: Iterable<MeasuredLevel>;
  /** Of its target that each level got when seats were last lent. */
  readonly fairFraction: number;
}

/** Undefined: nothing is told of it. */
type OfMeter = (meter: FlowMeter) => number | undefined;

/** What priority and fairness did, as /metrics tells it. */
export class FlowMetrics {
  readonly #meters = new Map<string, FlowMeter>();
  readonly #clock: Clock;
  readonly #passed: (seconds: number) => void;
  readonly marks: RequestMarks;
  readonly #dispatched = counter(
    'dispatched_requests_total',
    'Number of requests executed by API Priority and Fairness subsystem',
    'BETA',
  );
  readonly #rejected = counter(
    'rejected_requests_total',
    'Number of requests rejected by API Priority and Fairness subsystem',
    'BETA',
  );
  readonly #noRoom = counter(
    'request_dispatch_no_accommodation_total',
    'Number of times a dispatch attempt resulted in a non accommodation due to lack of available seats',
  );
  readonly #waitSeconds = histogram(
    'request_wait_duration_seconds',
    'Length of time a request spent waiting in its queue',
    secondsBuckets,
    'BETA',
  );
  readonly #executionSeconds = histogram(
    'request_execution_seconds',
    'Duration of initial stage (for a WATCH) or any (for a non-WATCH) stage of request execution in the API Priority and Fairness subsystem',
    secondsBuckets,
  );
  readonly #queueLength = histogram(
    'request_queue_length_after_enqueue',
    'Length of queue in the API Priority and Fairness subsystem, as seen by each request after it is enqueued',
    [0, 10, 25, 50, 100, 250, 500, 1000],
  );
  readonly #estimatedSeats = histogram(
    'work_estimated_seats',
    'Number of estimated seats (maximum of initial and final seats) associated with requests in API Priority and Fairness',
    [...exponentialBuckets(1, 2, 7), 100],
  );
  readonly #watchers = histogram(
    'watch_count_samples',
    'count of watchers for mutating requests in API Priority and Fairness',
    [0, ...exponentialBuckets(1, 10, 5)],
  );
  readonly #demand = this.#timed(
    'demand_seats',
    'Observations, at the end of every nanosecond, of (the number of seats each priority level could use) / (nominal number of seats for that level)',
    [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.7, 2, 2.8, 4, 6],
  );
  readonly #seatUse = this.#timed(
    'priority_level_seat_utilization',
    'Observations, at the end of every nanosecond, of utilization of seats for any stage of execution (but only initial stage for WATCHes)',
    [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1],
  );
  readonly #requestUse = this.#timed(
    'priority_level_request_utilization',
    'Observations, at the end of every nanosecond, of number of requests (as a fraction of the relevant limit) waiting or in any stage of execution (but only initial stage for WATCHes)',
    [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.25, 0.5, 0.75, 1],
  );
  readonly families: readonly MetricFamily[];

  /** `passed` observes how long each request waited, in seconds. */
  constructor(control: () => MeasuredControl, clock: Clock, passed: (seconds: number) => void) {
    this.#clock = clock;
    this.#passed = passed;
    this.marks = new RequestMarks(clock);
    this.families = [
      this.#dispatched,
      this.#rejected,
      this.#noRoom,
      ...this.#ofFlows(),
      ...ofLevels(control),
      sampled(
        'seat_fair_frac',
        "Fair fraction of server's concurrency to allocate to each priority level that can use it",
        'ALPHA',
        () => [[{}, control().fairFraction]],
      ),
      this.#waitSeconds,
      this.#executionSeconds,
      this.#queueLength,
      this.#estimatedSeats,
      this.#watchers,
      this.#demand,
      this.#seatUse,
      this.#requestUse,
      ...this.marks.families,
    ];
  }

  /** The one meter of the requests of a schema in a level that have this verb, or one like it. */
  meter(level: string, schema: string, verb: string): FlowMeter {
    const kind = this.marks.kindOf(verb);
    const type = verb === 'watch' ? 'watch' : 'regular';
    const key = `${level} ${schema} ${kind} ${type}`;
    let meter = this.#meters.get(key);
    if (!meter) {
      const labels = { flow_schema: schema, priority_level: level };
      meter = new FlowMeter({
        labels,
        mark: this.marks.of(kind),
        passed: this.#passed,
        dispatch: this.#dispatched.of(labels),
        waited: this.#waitSeconds.of({ execute: true, ...labels }),
        executed: this.#executionSeconds.of({ type, ...labels }),
        enqueued: this.#queueLength.of(labels),
        estimated: this.#estimatedSeats.of(labels),
        watched: this.#watchers.of(labels),
        noRoom: () => this.#noRoom.add(labels),
        reject: (reason, seconds) => {
          this.#rejected.add({ ...labels, reason });
          if (seconds !== undefined) this.#waitSeconds.observe({ execute: false, ...labels }, seconds);
        },
      });
      this.#meters.set(key, meter);
    }
    return meter;
  }

  /** What measures a level over time. */
  level(name: string): LevelMeter {
    const labels = { priority_level: name };
    return {
      demand: this.#demand.of(labels),
      seats: this.#seatUse.of({ phase: 'executing', ...labels }),
      waiting: this.#requestUse.of({ phase: 'waiting', ...labels }),
      executing: this.#requestUse.of({ phase: 'executing', ...labels }),
    };
  }

  #timed(name: string, help: string, buckets: readonly number[]): TimedRatioFamily {
    const options = { ...named(name, help, 'ALPHA'), buckets, unmarked: true } as const;
    return new TimedRatioFamily(options, () => this.#clock.monotonicMs());
  }

  #ofFlows(): MetricFamily[] {
    const family = (name: string, help: string, stability: Stability, of: OfMeter) =>
      sampled(name, help, stability, () => this.#sums(of));
    return [
      family(
        'current_inqueue_requests',
        'Number of requests currently pending in queues of the API Priority and Fairness subsystem',
        'BETA',
        ({ waiting, hasQueued }) => (hasQueued ? waiting : undefined),
      ),
      family(
        'current_inqueue_seats',
        'Number of seats currently pending in queues of the API Priority and Fairness subsystem',
        'ALPHA',
        ({ waitingSeats, hasQueued }) => (hasQueued ? waitingSeats : undefined),
      ),
      family(
        'current_executing_requests',
        'Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem',
        'BETA',
        ({ executing }) => executing,
      ),
      family(
        'current_executing_seats',
        'Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem',
        'BETA',
        ({ seats }) => seats,
      ),
    ];
  }

  /** Of the meters of each schema in each level together. */
  #sums(of: OfMeter): (readonly [FlowLabels, number])[] {
    const sums = new Map<string, [FlowLabels, number]>();
    for (const meter of this.#meters.values()) {
      const value = of(meter);
      if (value === undefined) continue;
      const key = `${meter.labels.priority_level} ${meter.labels.flow_schema}`;
      const sum = sums.get(key) ?? [meter.labels, 0];
      sum[1] += value;
      sums.set(key, sum);
    }
    return [...sums.values()];
  }
}

type LevelRow = readonly [
  name: string,
  help: string,
  of: (level: MeasuredLevel) => number | undefined,
  stability?: Stability,
];

const levelRows: readonly LevelRow[] = [
  [
    'nominal_limit_seats',
    'Nominal number of execution seats configured for each priority level',
    ({ limits }) => limits.nominal,
    'BETA',
  ],
  [
    'lower_limit_seats',
    'Configured lower bound on number of execution seats available to each priority level',
    ({ limits }) => limits.least,
  ],
  [
    'upper_limit_seats',
    'Configured upper bound on number of execution seats available to each priority level',
    ({ limits }) => limits.most,
  ],
  [
    'current_limit_seats',
    'current derived number of execution seats available to each priority level',
    ({ current }) => current,
  ],
  ['target_seats', 'Seat allocation targets', ({ target }) => target],
  [
    'demand_seats_high_watermark',
    'High watermark, over last adjustment period, of demand_seats',
    ({ period }) => period.peak,
  ],
  [
    'demand_seats_average',
    'Time-weighted average, over last adjustment period, of demand_seats',
    ({ period }) => period.average,
  ],
  [
    'demand_seats_stdev',
    'Time-weighted standard deviation, over last adjustment period, of demand_seats',
    ({ period }) => period.deviation,
  ],
  ['demand_seats_smoothed', 'Smoothed seat demands', ({ period }) => period.smoothed],
  ['current_r', 'R(time of last change)', ({ queues }) => queues.virtual],
  ['dispatch_r', 'R(time of last dispatch)', ({ queues }) => queues.lastDispatch?.virtual],
  ['latest_s', 'S(most recently dispatched request)', ({ queues }) => queues.lastDispatch?.start],
];

type BoundsRow = readonly [name: string, help: string, min: keyof DispatchFacts, max: keyof DispatchFacts];

const boundsRows: readonly BoundsRow[] = [
  ['next_s_bounds', 'min and max, over queues, of S(oldest waiting request in queue)', 'least', 'most'],
  [
    'next_discounted_s_bounds',
    'min and max, over queues, of S(oldest waiting request in queue) - estimated work in progress',
    'discountedLeast',
    'discountedMost',
  ],
];

function ofLevels(control: () => MeasuredControl): MetricFamily[] {
  const rows = levelRows.map(([name, help, of, stability = 'ALPHA']) =>
    sampled(name, help, stability, () =>
      Array.from(control().levels, level => [{ priority_level: level.name }, of(level)] as const).filter(
        (told): told is readonly [{ priority_level: string }, number] => told[1] !== undefined,
      ),
    ),
  );
  const bounds = boundsRows.map(([name, help, min, max]) =>
    sampled(name, help, 'ALPHA', () =>
      [...control().levels].flatMap(({ name: priority_level, queues: { lastDispatch } }) =>
        lastDispatch
          ? [
              [{ priority_level, bound: 'min' }, lastDispatch[min]] as const,
              [{ priority_level, bound: 'max' }, lastDispatch[max]] as const,
            ]
          : [],
      ),
    ),
  );
  return [...rows, ...bounds];
}

function named(name: string, help: string, stability: Stability): FamilyOptions {
  return { name: `apiserver_flowcontrol_${name}`, help, stability };
}

function counter(name: string, help: string, stability: Stability = 'ALPHA'): CounterFamily {
  return new CounterFamily(named(name, help, stability));
}

function histogram(
  name: string,
  help: string,
  buckets: readonly number[],
  stability: Stability = 'ALPHA',
): HistogramFamily {
  return new HistogramFamily({ ...named(name, help, stability), buckets });
}

function sampled(
  name: string,
  help: string,
  stability: Stability,
  read: () => Iterable<readonly [Labels, number]>,
): SampledFamily {
  return new SampledFamily(named(name, help, stability), read);
}
