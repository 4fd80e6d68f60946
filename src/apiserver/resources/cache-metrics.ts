import { CounterFamily, HistogramFamily, type MetricFamily } from '#base/metric-families.ts';
import type { ServedResource } from './served.ts';

/** What readers of the state had to wait for, and who could not keep up with its changes, under upstream's names. */
export class CacheMetrics {
  readonly #waits = new HistogramFamily({
    name: 'apiserver_watch_cache_read_wait_seconds',
    help: 'Histogram of time spent waiting for a watch cache to become fresh.',
    stability: 'ALPHA',
    buckets: [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3],
  });
  readonly #terminated = new CounterFamily({
    name: 'apiserver_terminated_watchers_total',
    help: 'Counter of watchers closed due to unresponsiveness broken by resource type.',
    stability: 'ALPHA',
  });
  readonly #found = new WeakMap<ServedResource, (seconds: number) => void>();
  readonly families: readonly MetricFamily[] = [this.#waits, this.#terminated];

  /** Somebody who asked for a state that is so new at least had to wait for so long. */
  waited(served: ServedResource, seconds: number): void {
    let observe = this.#found.get(served);
    if (!observe) {
      observe = this.#waits.of(served.what);
      this.#found.set(served, observe);
    }
    observe(seconds);
  }

  terminated({ what }: ServedResource): void {
    this.#terminated.add(what);
  }
}
