import type { PriorityLevel } from './priority-level.ts';
import type { Rejection } from './queue-set.ts';

/** Seconds; upstream's buckets of the time that requests wait. */
const waitBuckets = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];

interface Waits {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** What priority and fairness did, as /metrics tells it. */
export class FlowMetrics {
  readonly #dispatched = new Map<string, number>();
  readonly #rejected = new Map<string, number>();
  readonly #waits = new Map<string, Waits>();

  dispatched(level: string, schema: string, waitedMs: number): void {
    const labels = labelsOf(level, schema);
    this.#dispatched.set(labels, (this.#dispatched.get(labels) ?? 0) + 1);
    this.#observe(`execute="true",${labels}`, waitedMs / 1000);
  }

  rejected(level: string, schema: string, why: Rejection): void {
    const labels = `${labelsOf(level, schema)},reason="${why}"`;
    this.#rejected.set(labels, (this.#rejected.get(labels) ?? 0) + 1);
  }

  /** Lines in Prometheus' text format. */
  render(levels: Iterable<PriorityLevel>): string[] {
    const all = [...levels];
    const gauge = (name: string, help: string, of: (level: PriorityLevel) => number) => [
      ...header(name, 'gauge', help),
      ...all.map(level => `${prefix}${name}{priority_level="${level.name}"} ${of(level)}`),
    ];
    return [
      ...header('dispatched_requests_total', 'counter', 'Requests that were let in.'),
      ...[...this.#dispatched].map(
        ([labels, count]) => `${prefix}dispatched_requests_total{${labels}} ${count}`,
      ),
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
      ...this.#renderWaits(),
    ];
  }

  #observe(labels: string, seconds: number): void {
    let waits = this.#waits.get(labels);
    if (!waits) {
      waits = { counts: waitBuckets.map(() => 0), sum: 0, count: 0 };
      this.#waits.set(labels, waits);
    }
    const bucket = waitBuckets.findIndex(bound => seconds <= bound);
    if (bucket >= 0) waits.counts[bucket]!++;
    waits.sum += seconds;
    waits.count++;
  }

  #renderWaits(): string[] {
    const name = `${prefix}request_wait_duration_seconds`;
    const lines = [...this.#waits].flatMap(([labels, { counts, sum, count }]) => {
      let below = 0;
      return [
        ...waitBuckets.map((bound, i) => {
          below += counts[i]!;
          return `${name}_bucket{${labels},le="${bound}"} ${below}`;
        }),
        `${name}_bucket{${labels},le="+Inf"} ${count}`,
        `${name}_sum{${labels}} ${sum}`,
        `${name}_count{${labels}} ${count}`,
      ];
    });
    return [...header('request_wait_duration_seconds', 'histogram', 'How long requests waited.'), ...lines];
  }
}

const prefix = 'apiserver_flowcontrol_';

function header(name: string, type: string, help: string): string[] {
  return [`# HELP ${prefix}${name} [BETA] ${help}`, `# TYPE ${prefix}${name} ${type}`];
}

function labelsOf(level: string, schema: string): string {
  return `flow_schema="${schema}",priority_level="${level}"`;
}
