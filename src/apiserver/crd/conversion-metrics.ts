import type { Clock } from '#base/clock.ts';
import {
  CounterFamily,
  HistogramFamily,
  type MetricFamily,
  exponentialBuckets,
} from '#base/metric-families.ts';
import { parseApiVersion } from '#machinery/object.ts';

/** What became of a call of a conversion webhook; '': it converted. */
export type ConversionFailure =
  | ''
  | 'conversion_webhook_call_failure'
  | 'conversion_webhook_malformed_response_failure'
  | 'conversion_webhook_partial_response_failure'
  | 'conversion_webhook_invalid_converted_object_failure';

/** What webhooks that convert custom resources came to, under upstream's names. */
export class ConversionMetrics {
  readonly #clock: Clock;
  readonly #requests = new CounterFamily({
    name: 'apiserver_conversion_webhook_request_total',
    help: 'Counter for conversion webhook requests with success/failure and failure error type',
    stability: 'ALPHA',
  });
  readonly #seconds = new HistogramFamily({
    name: 'apiserver_conversion_webhook_duration_seconds',
    help: 'Conversion webhook request latency',
    stability: 'ALPHA',
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 45, 60],
  });
  readonly #ofDefinitions = new HistogramFamily({
    name: 'apiserver_crd_conversion_webhook_duration_seconds',
    help: 'CRD webhook conversion duration in seconds',
    stability: 'ALPHA',
    buckets: exponentialBuckets(0.001, 2, 15),
  });
  readonly families: readonly MetricFamily[] = [this.#requests, this.#seconds, this.#ofDefinitions];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Does a call, which says how it fails while it goes on. */
  async timed<T>(
    { crd, from, to }: { readonly crd: string; readonly from: string; readonly to: string },
    call: (failing: (how: ConversionFailure) => void) => Promise<T>,
  ): Promise<T> {
    const startMs = this.#clock.monotonicMs();
    let failure: ConversionFailure = 'conversion_webhook_call_failure';
    let succeeded = false;
    try {
      const answer = await call(how => {
        failure = how;
      });
      succeeded = true;
      return answer;
    } finally {
      const seconds = (this.#clock.monotonicMs() - startMs) / 1000;
      const labels = succeeded
        ? { failure_type: '', result: 'success' }
        : { failure_type: failure, result: 'failure' };
      this.#requests.add(labels);
      this.#seconds.observe(labels, seconds);
      const versions = {
        from_version: parseApiVersion(from).version,
        to_version: parseApiVersion(to).version,
      };
      this.#ofDefinitions.observe({ crd_name: crd, ...versions, succeeded }, seconds);
    }
  }
}
