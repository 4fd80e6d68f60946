import type { Clock } from '#base/clock.ts';
import {
  CounterFamily,
  HistogramFamily,
  type FamilyOptions,
  type Labels,
  type MetricFamily,
  exponentialBuckets,
} from '#base/metric-families.ts';
import { MetricFailure } from './metrics.ts';
import { SelectorFailure } from './selectors.ts';

/** What a look, or one metric, called for. */
export type ScaleAction = 'none' | 'scale_down' | 'scale_up';

const family = (name: string, help: string): FamilyOptions => ({
  name: `horizontal_pod_autoscaler_controller_${name}`,
  help,
  stability: 'BETA',
});
const buckets = exponentialBuckets(0.001, 2, 15);

/** How looks at autoscalers went, and their metrics, under upstream's names. */
export class AutoscalingTelemetry {
  readonly #clock: Clock;
  readonly #looks = new CounterFamily(family('reconciliations_total', 'Looks at autoscalers.'));
  readonly #lookSeconds = new HistogramFamily({
    ...family('reconciliation_duration_seconds', 'How long a look at an autoscaler took.'),
    buckets,
  });
  readonly #metrics = new CounterFamily(family('metric_computation_total', 'Metrics that were computed.'));
  readonly #metricSeconds = new HistogramFamily({
    ...family('metric_computation_duration_seconds', 'How long it took to compute a metric.'),
    buckets,
  });
  readonly families: readonly MetricFamily[] = [
    this.#looks,
    this.#lookSeconds,
    this.#metrics,
    this.#metricSeconds,
  ];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `run` says what was done as soon as it is. */
  async look<T>(run: (done: (action: ScaleAction) => void) => Promise<T>): Promise<T> {
    let action: ScaleAction = 'none';
    const done = (what: ScaleAction) => {
      action = what;
    };
    return this.#timed(
      () => run(done),
      (error, seconds) => {
        this.#looks.add({ action, error });
        this.#lookSeconds.observe({ action, error }, seconds);
      },
    );
  }

  /** `actionOf`: what the result calls for. */
  async metric<T>(
    metric_type: string,
    compute: () => Promise<T>,
    actionOf: (result: T) => ScaleAction,
  ): Promise<T> {
    let action: ScaleAction = 'none';
    return this.#timed(
      async () => {
        const result = await compute();
        action = actionOf(result);
        return result;
      },
      (error, seconds) => {
        const labels: Labels = { action, error, metric_type };
        this.#metrics.add(labels);
        this.#metricSeconds.observe(labels, seconds);
      },
    );
  }

  async #timed<T>(run: () => Promise<T>, tell: (error: string, seconds: number) => void): Promise<T> {
    const startMs = this.#clock.monotonicMs();
    let error = 'none';
    try {
      return await run();
    } catch (failure) {
      error = isOfSpec(failure) ? 'spec' : 'internal';
      throw failure;
    } finally {
      tell(error, (this.#clock.monotonicMs() - startMs) / 1000);
    }
  }
}

/** What would be done to get from so many replicas to so many. */
export function actionBetween(from: number, to: number): ScaleAction {
  return to > from ? 'scale_up' : to < from ? 'scale_down' : 'none';
}

/** The autoscaler asks for what cannot be, whatever the cluster is like. */
function isOfSpec(error: unknown): boolean {
  if (error instanceof SelectorFailure) return true;
  if (error instanceof MetricFailure) return error.reason === 'InvalidMetricSourceType';
  return error instanceof Error && error.cause !== undefined && isOfSpec(error.cause);
}
