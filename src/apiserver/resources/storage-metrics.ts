import type { Clock } from '#base/clock.ts';
import { CounterFamily, HistogramFamily, type MetricFamily } from '#base/metric-families.ts';
import type { ServedResource } from './served.ts';

export type StorageOperation = 'create' | 'delete' | 'list' | 'update';

/** Seconds; upstream's buckets. */
const buckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

interface Series {
  readonly count: () => void;
  readonly took: (seconds: number) => void;
  readonly failed: () => void;
}

/**
 * How often the store is asked, and how long it takes, under the names that dashboards know. Reads of now are answered from
 * what is held in memory: the store is not asked.
 */
export class StorageMetrics {
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();
  readonly #seconds = new HistogramFamily({
    name: 'etcd_request_duration_seconds',
    help: 'Etcd request latency in seconds for each operation and object type.',
    stability: 'ALPHA',
    buckets,
  });
  readonly #total = new CounterFamily({
    name: 'etcd_requests_total',
    help: 'Etcd request counts for each operation and object type.',
    stability: 'ALPHA',
  });
  readonly #errors = new CounterFamily({
    name: 'etcd_request_errors_total',
    help: 'Etcd failed request counts for each operation and object type.',
    stability: 'ALPHA',
  });
  readonly #leases = new HistogramFamily({
    name: 'etcd_lease_object_counts',
    help: 'Number of objects attached to a single etcd lease.',
    stability: 'ALPHA',
    buckets: [10, 50, 100, 500, 1000, 2500, 5000],
  });
  /** A lease is given to no more objects than these. */
  readonly leaseUsed = this.#leases.of({});
  readonly families: readonly MetricFamily[] = [this.#seconds, this.#total, this.#errors, this.#leases];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async timed<T>(operation: StorageOperation, served: ServedResource, ask: () => Promise<T>): Promise<T> {
    const startMs = this.#clock.monotonicMs();
    const series = this.#seriesOf(operation, served);
    series.count();
    try {
      return await ask();
    } catch (error) {
      series.failed();
      throw error;
    } finally {
      series.took((this.#clock.monotonicMs() - startMs) / 1000);
    }
  }

  #seriesOf(operation: StorageOperation, { bucket, definition }: ServedResource): Series {
    const key = `${operation} ${bucket}`;
    let series = this.#series.get(key);
    if (!series) {
      const { group, resource } = definition;
      const labels = { operation, group, resource };
      series = {
        count: this.#total.of(labels),
        took: this.#seconds.of(labels),
        failed: () => this.#errors.add(labels),
      };
      this.#series.set(key, series);
    }
    return series;
  }
}
