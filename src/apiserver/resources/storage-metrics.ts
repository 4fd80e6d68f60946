import type { Clock } from '#base/clock.ts';
import { HistogramFamily, type MetricFamily } from '#base/metric-families.ts';
import type { ServedResource } from './served.ts';

export type StorageOperation = 'create' | 'delete' | 'update';

/** Seconds; upstream's buckets. */
const buckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

/**
 * How long the store takes to write objects, under the name that dashboards know. Reads are answered from what is held in
 * memory: the store is not asked.
 */
export class StorageMetrics {
  readonly #clock: Clock;
  readonly #observers = new Map<string, (seconds: number) => void>();
  readonly #seconds = new HistogramFamily({
    name: 'etcd_request_duration_seconds',
    help: 'How long the store took to write, by what was asked of it.',
    stability: 'ALPHA',
    buckets,
  });
  readonly families: readonly MetricFamily[] = [this.#seconds];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async timed<T>(operation: StorageOperation, served: ServedResource, write: () => Promise<T>): Promise<T> {
    const startMs = this.#clock.monotonicMs();
    try {
      return await write();
    } finally {
      this.#observer(operation, served)((this.#clock.monotonicMs() - startMs) / 1000);
    }
  }

  #observer(operation: StorageOperation, { bucket, definition }: ServedResource): (seconds: number) => void {
    const key = `${operation} ${bucket}`;
    let observe = this.#observers.get(key);
    if (!observe) {
      const { group, resource } = definition;
      observe = this.#seconds.of({ operation, group, resource });
      this.#observers.set(key, observe);
    }
    return observe;
  }
}
