import { HistogramFamily } from '#base/metric-families.ts';

/** What a request passes before anybody answers it, as upstream calls it. */
export type Filter =
  | 'audit'
  | 'authentication'
  | 'authorization'
  | 'constrainedimpersonation'
  | 'priorityandfairness';

/** How long requests took to pass each of the filters. */
export class FilterMetrics {
  readonly family = new HistogramFamily({
    name: 'apiserver_request_filter_duration_seconds',
    help: 'Request filter latency distribution in seconds, for each filter type',
    stability: 'ALPHA',
    buckets: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 5, 10, 15, 30],
  });

  /** What observes, in seconds. */
  of(filter: Filter): (seconds: number) => void {
    return this.family.of({ filter });
  }
}
