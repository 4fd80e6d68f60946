import type { Clock } from '#base/clock.ts';
import { HistogramFamily, type MetricFamily } from '#base/metric-families.ts';

/** Seconds; those of Prometheus' client where nobody names others. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How long the rules of custom resources take, under upstream's names. */
export class CelMetrics {
  readonly #clock: Clock;
  readonly #compilation = new HistogramFamily({
    name: 'apiserver_cel_compilation_duration_seconds',
    help: 'How long it took to compile the rules of a schema.',
    stability: 'BETA',
    buckets,
  });
  readonly #evaluation = new HistogramFamily({
    name: 'apiserver_cel_evaluation_duration_seconds',
    help: 'How long it took to hold an object to the rules of its schema.',
    stability: 'BETA',
    buckets,
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
