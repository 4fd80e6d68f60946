import type { QueueSet, Rejection } from './queue-set.ts';

/** Seconds; upstream's buckets of the time that requests wait. */
const waitBuckets = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

/** Requests of one level and schema that were let in, and how long they waited. */
interface Waits {
  readonly labels: string;
  readonly counts: number[];
  sum: number;
  count: number;
}

/** What is told of a priority level as it is now, in seats. */
interface MeasuredLevel {
  readonly name: string;
  readonly queues: Pick<QueueSet, 'state'>;
  readonly limits: { readonly nominal: number; readonly least: number; readonly most: number };
  readonly current: number;
}

/** What priority and fairness did, as /metrics tells it. */
export class FlowMetrics {
  /** By level and schema: their names are there already, and a key made of them would be made for each request. */
  readonly #waits = new Map<string, Map<string, Waits>>();
  readonly #rejected = new Map<string, number>();

  dispatched(level: string, schema: string, waitedMs: number): void {
    const waits = this.#waits.get(level)?.get(schema) ?? this.#newWaits(level, schema);
    const seconds = waitedMs / 1000;
    const bucket = waitBuckets.findIndex(bound => seconds <= bound);
    if (bucket >= 0) waits.counts[bucket]!++;
    waits.sum += seconds;
    waits.count++;
  }

  rejected(level: string, schema: string, why: Rejection): void {
    const labels = `${labelsOf(level, schema)},reason="${why}"`;
    this.#rejected.set(labels, (this.#rejected.get(labels) ?? 0) + 1);
  }

  /** Lines in Prometheus' text format. */
  render(levels: Iterable<MeasuredLevel>): string[] {
    const all = [...levels];
    const waits = [...this.#waits.values()].flatMap(bySchema => [...bySchema.values()]);
    const gauge = (name: string, help: string, of: (level: MeasuredLevel) => number) => [
      ...header(name, 'gauge', help),
      ...all.map(level => `${prefix}${name}{priority_level="${level.name}"} ${of(level)}`),
    ];
    return [
      ...header('dispatched_requests_total', 'counter', 'Requests that were let in.'),
      ...waits.map(({ labels, count }) => `${prefix}dispatched_requests_total{${labels}} ${count}`),
      ...header('rejected_requests_total', 'counter', 'Requests that were turned away.'),
      ...[...this.#rejected].map(([labels, count]) => `${prefix}rejected_requests_total{${labels}} ${count}`),
      ...gauge('current_inqueue_requests', 'Requests that wait.', ({ queues }) => queues.state.waiting),
      ...gauge(
        'current_executing_requests',
        'Requests that are being answered.',
        ({ queues }) => queues.state.executing,
      ),
      ...gauge('current_executing_seats', 'Seats that are taken.', ({ queues }) => queues.state.seatsInUse),
      ...gauge('nominal_limit_seats', 'Seats by configuration.', ({ limits }) => limits.nominal),
      ...gauge('lower_limit_seats', 'Seats that are never lent.', ({ limits }) => limits.least),
      ...gauge('upper_limit_seats', 'Seats with all that may be borrowed.', ({ limits }) => limits.most),
      ...gauge('current_limit_seats', 'Seats by now.', ({ current }) => current),
      ...header('request_wait_duration_seconds', 'histogram', 'How long requests waited.'),
      ...waits.flatMap(waitLines),
    ];
  }

  #newWaits(level: string, schema: string): Waits {
    const waits = {
      labels: labelsOf(level, schema),
      counts: waitBuckets.map(() => 0),
      sum: 0,
      count: 0,
    };
    const bySchema = this.#waits.get(level) ?? new Map<string, Waits>();
    this.#waits.set(level, bySchema.set(schema, waits));
    return waits;
  }
}

function waitLines({ labels, counts, sum, count }: Waits): string[] {
  const name = `${prefix}request_wait_duration_seconds`;
  const all = `execute="true",${labels}`;
  let below = 0;
  const lines = waitBuckets.map((bound, i) => {
    below += counts[i]!;
    return `${name}_bucket{${all},le="${bound}"} ${below}`;
  });
  return [
    ...lines,
    `${name}_bucket{${all},le="+Inf"} ${count}`,
    `${name}_sum{${all}} ${sum}`,
    `${name}_count{${all}} ${count}`,
  ];
}

const prefix = 'apiserver_flowcontrol_';

function header(name: string, type: string, help: string): string[] {
  return [`# HELP ${prefix}${name} [BETA] ${help}`, `# TYPE ${prefix}${name} ${type}`];
}

function labelsOf(level: string, schema: string): string {
  return `flow_schema="${schema}",priority_level="${level}"`;
}
