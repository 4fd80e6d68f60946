import { CounterFamily, type MetricFamily } from '#base/metric-families.ts';

/** How logs of pods were asked for, under upstream's names. */
export class PodLogMetrics {
  readonly #usage = new CounterFamily({
    name: 'kube_apiserver_pod_logs_insecure_backend_total',
    help: 'Total number of requests for pods/logs sliced by usage type: enforce_tls, skip_tls_allowed, skip_tls_denied',
    stability: 'ALPHA',
  });
  readonly #failures = new CounterFamily({
    name: 'kube_apiserver_pod_logs_backend_tls_failure_total',
    help: 'Total number of requests for pods/logs that failed due to kubelet server TLS verification',
    stability: 'ALPHA',
  });
  /** A kubelet could not prove who it is. */
  readonly distrusted = this.#failures.of({});
  readonly families: readonly MetricFamily[] = [this.#usage, this.#failures];

  /** Whether the kubelet has to prove who it is. */
  asked(usage: 'enforce_tls' | 'skip_tls_allowed'): void {
    this.#usage.add({ usage });
  }
}
