import {
  CounterFamily,
  type FamilyOptions,
  HistogramFamily,
  type MetricFamily,
  SampledFamily,
  type Stability,
} from '#base/metric-families.ts';
import type { QueueMeter, Rejection } from './seat.ts';

/** Seconds; upstream's buckets of the time that requests wait. */
const waitBuckets = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

/** A priority level as it is now, in seats. */
interface MeasuredLevel {
  readonly name: string;
  readonly limits: { readonly nominal: number; readonly least: number; readonly most: number };
  readonly current: number;
}

interface MeterOptions {
  readonly labels: FlowLabels;
  readonly dispatch: () => void;
  /** Seconds. */
  readonly waited: (seconds: number) => void;
  readonly reject: (why: Rejection) => void;
}

type FlowLabels = { readonly flow_schema: string; readonly priority_level: string };

/** Requests of one schema in one level: as many as there are now, and what became of the others. */
export class FlowMeter implements QueueMeter {
  readonly labels: FlowLabels;
  readonly #options: MeterOptions;
  waiting = 0;
  executing = 0;
  seats = 0;

  constructor(options: MeterOptions) {
    this.labels = options.labels;
    this.#options = options;
  }

  dispatched(waitedMs: number): void {
    this.#options.dispatch();
    this.#options.waited(waitedMs / 1000);
  }

  rejected(why: Rejection): void {
    this.#options.reject(why);
  }
}

/** What priority and fairness did, as /metrics tells it. */
export class FlowMetrics {
  readonly #meters = new Map<string, FlowMeter>();
  readonly #dispatched = new CounterFamily(
    named('dispatched_requests_total', 'Requests that were let in.', 'BETA'),
  );
  readonly #rejected = new CounterFamily(
    named('rejected_requests_total', 'Requests that were turned away.', 'BETA'),
  );
  readonly #waitSeconds = new HistogramFamily({
    ...named('request_wait_duration_seconds', 'How long requests waited.', 'BETA'),
    buckets: waitBuckets,
  });
  readonly families: readonly MetricFamily[];

  /** `levels`: those that there are now. */
  constructor(levels: () => Iterable<MeasuredLevel>) {
    const ofFlows = (name: string, help: string, of: (meter: FlowMeter) => number) =>
      new SampledFamily(named(name, help, 'BETA'), () =>
        Array.from(this.#meters.values(), meter => [meter.labels, of(meter)] as const),
      );
    const ofLevels = (
      name: string,
      help: string,
      stability: Stability,
      of: (level: MeasuredLevel) => number,
    ) =>
      new SampledFamily(named(name, help, stability), () =>
        Array.from(levels(), level => [{ priority_level: level.name }, of(level)] as const),
      );
    this.families = [
      this.#dispatched,
      this.#rejected,
      ofFlows('current_inqueue_requests', 'Requests that wait.', ({ waiting }) => waiting),
      ofFlows(
        'current_executing_requests',
        'Requests that are being answered.',
        ({ executing }) => executing,
      ),
      ofFlows('current_executing_seats', 'Seats that are taken.', ({ seats }) => seats),
      ofLevels('nominal_limit_seats', 'Seats by configuration.', 'BETA', ({ limits }) => limits.nominal),
      ofLevels('lower_limit_seats', 'Seats that are never lent.', 'ALPHA', ({ limits }) => limits.least),
      ofLevels('upper_limit_seats', 'Seats with all that is lent.', 'ALPHA', ({ limits }) => limits.most),
      ofLevels('current_limit_seats', 'Seats by now.', 'ALPHA', ({ current }) => current),
      this.#waitSeconds,
    ];
  }

  /** The one meter of a schema in a level. */
  meter(level: string, schema: string): FlowMeter {
    const key = `${level} ${schema}`;
    let meter = this.#meters.get(key);
    if (!meter) {
      const labels = { flow_schema: schema, priority_level: level };
      meter = new FlowMeter({
        labels,
        dispatch: this.#dispatched.of(labels),
        waited: this.#waitSeconds.of({ execute: true, ...labels }),
        reject: reason => this.#rejected.add({ ...labels, reason }),
      });
      this.#meters.set(key, meter);
    }
    return meter;
  }
}

function named(name: string, help: string, stability: Stability): FamilyOptions {
  return { name: `apiserver_flowcontrol_${name}`, help, stability };
}
