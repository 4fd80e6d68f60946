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
const buckets = exponentialBuckets(1e-6, 10, 10);

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
      meter => meter.unfinished.reduce((a, b) => Math.max(a, b), 0),
    ),
    this.#waitSeconds,
    this.#retries,
    this.#gauge(
      'workqueue_unfinished_work_seconds',
      'For how long workers have had the keys that they have now, taken together.',
      meter => meter.unfinished.reduce((a, b) => a + b, 0),
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
      clock: this.#clock,
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
  readonly clock: Clock;
  readonly add: () => void;
  readonly retry: () => void;
  /** Seconds. */
  readonly waited: (seconds: number) => void;
  readonly worked: (seconds: number) => void;
}

/** Follows the keys of one queue. */
export class QueueMeter {
  readonly #options: QueueMeterOptions;
  /** Since when, on the monotonic clock. */
  readonly #waiting = new Map<string, number>();
  readonly #running = new Map<string, number>();

  constructor(options: QueueMeterOptions) {
    this.#options = options;
  }

  get depth(): number {
    return this.#waiting.size;
  }

  /** For how many seconds each key that a worker has has been with it. */
  get unfinished(): number[] {
    return Array.from(this.#running.values(), sinceMs => this.#secondsSince(sinceMs));
  }

  added(key: string): void {
    this.#options.add();
    this.#waiting.set(key, this.#options.clock.monotonicMs());
  }

  retried(): void {
    this.#options.retry();
  }

  taken(key: string): void {
    this.#options.waited(this.#secondsSince(this.#waiting.get(key)!));
    this.#waiting.delete(key);
    this.#running.set(key, this.#options.clock.monotonicMs());
  }

  done(key: string): void {
    this.#options.worked(this.#secondsSince(this.#running.get(key)!));
    this.#running.delete(key);
  }

  closed(): void {
    this.#waiting.clear();
  }

  #secondsSince(sinceMs: number): number {
    return (this.#options.clock.monotonicMs() - sinceMs) / 1000;
  }
}
