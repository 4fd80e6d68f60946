/** What work queues are about, as client-go's users tell it. */
import type { Clock } from '#base/clock.ts';
import {
  CounterFamily,
  exponentialBuckets,
  SampledFamily,
  HistogramFamily,
  type Labels,
  type MetricFamily,
} from '#base/metric-families.ts';

const stability = 'BETA';
const buckets = exponentialBuckets(1e-8, 10, 10);

/** Of all queues of a process. */
export class QueueMetrics {
  readonly #clock: Clock;
  readonly #meters = new Map<string, QueueMeter>();
  readonly #adds = new CounterFamily({
    name: 'workqueue_adds_total',
    help: 'Keys that were added.',
    stability,
  });
  readonly #retries = new CounterFamily({
    name: 'workqueue_retries_total',
    help: 'Keys that were to be added later.',
    stability,
  });
  readonly #waitSeconds = new HistogramFamily({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long keys waited for a worker.',
    stability,
    buckets,
  });
  readonly #workSeconds = new HistogramFamily({
    name: 'workqueue_work_duration_seconds',
    help: 'How long workers had keys.',
    stability,
    buckets,
  });
  readonly families: readonly MetricFamily[] = [
    this.#adds,
    this.#gauge('workqueue_depth', 'Keys that wait for a worker.', meter => meter.depth),
    this.#gauge(
      'workqueue_longest_running_processor_seconds',
      'For how long a worker has had a key, at most.',
      meter => meter.unfinished(this.#clock).reduce((a, b) => Math.max(a, b), 0),
    ),
    this.#waitSeconds,
    this.#retries,
    this.#gauge(
      'workqueue_unfinished_work_seconds',
      'For how long workers have had the keys that they have now, taken together.',
      meter => meter.unfinished(this.#clock).reduce((a, b) => a + b, 0),
    ),
    this.#workSeconds,
  ];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the queue of this name tells of itself. */
  meter(name: string): QueueMeter {
    const labels = { name };
    const meter = new QueueMeter({
      add: this.#adds.of(labels),
      retry: this.#retries.of(labels),
      waited: this.#waitSeconds.of(labels),
      worked: this.#workSeconds.of(labels),
    });
    this.#meters.set(name, meter);
    return meter;
  }

  #gauge(name: string, help: string, read: (meter: QueueMeter) => number): SampledFamily {
    const samples = (): (readonly [Labels, number])[] =>
      Array.from(this.#meters, ([queue, meter]) => [{ name: queue }, read(meter)]);
    return new SampledFamily({ name, help, stability }, samples);
  }
}

interface QueueMeterOptions {
  readonly add: () => void;
  readonly retry: () => void;
  /** Seconds. */
  readonly waited: (seconds: number) => void;
  readonly worked: (seconds: number) => void;
}

/** What a queue knows of its keys. */
interface MeteredQueue {
  readonly waiting: number;
  /** On the monotonic clock, in milliseconds. */
  runningSince(): Iterable<number>;
}

/** Is told what becomes of the keys of one queue. */
export class QueueMeter {
  readonly #options: QueueMeterOptions;
  #queue: MeteredQueue | undefined;

  constructor(options: QueueMeterOptions) {
    this.#options = options;
  }

  get depth(): number {
    return this.#queue?.waiting ?? 0;
  }

  /** For how many seconds each key that a worker has has been with it. */
  unfinished(clock: Clock): number[] {
    const nowMs = clock.monotonicMs();
    return Array.from(this.#queue?.runningSince() ?? [], sinceMs => (nowMs - sinceMs) / 1000);
  }

  follow(queue: MeteredQueue): void {
    this.#queue = queue;
  }

  added(): void {
    this.#options.add();
  }

  retried(): void {
    this.#options.retry();
  }

  taken(waitedMs: number): void {
    this.#options.waited(waitedMs / 1000);
  }

  done(workedMs: number): void {
    this.#options.worked(workedMs / 1000);
  }
}
