import type { Clock } from '#base/clock.ts';
import { HistogramFamily, type MetricFamily, defaultBuckets } from '#base/metric-families.ts';

/** Seconds; those of Prometheus' client where nobody names others. */

/** How long the rules of custom resources take, under upstream's names. */
export class CelMetrics {
  readonly #clock: Clock;
  readonly #compilation = new HistogramFamily({
    name: 'apiserver_cel_compilation_duration_seconds',
    help: 'How long it took to compile the rules of a schema.',
    stability: 'BETA',
    buckets: defaultBuckets,
  });
  readonly #evaluation = new HistogramFamily({
    name: 'apiserver_cel_evaluation_duration_seconds',
    help: 'How long it took to hold an object to the rules of its schema.',
    stability: 'BETA',
    buckets: defaultBuckets,
  });
  readonly #compiled = this.#compilation.of({});
  readonly #evaluated = this.#evaluation.of({});
  readonly families: readonly MetricFamily[] = [this.#compilation, this.#evaluation];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does the work, which compiles the rules of one schema. */
  compiling<T>(work: () => T): T {
    return this.#timed(this.#compiled, work);
  }

  /** Does the work, which holds one object to its rules. */
  evaluating<T>(work: () => T): T {
    return this.#timed(this.#evaluated, work);
  }

  #timed<T>(observe: (seconds: number) => void, work: () => T): T {
    const startMs = this.#clock.monotonicMs();
    try {
      return work();
    } finally {
      observe((this.#clock.monotonicMs() - startMs) / 1000);
    }
  }
}
