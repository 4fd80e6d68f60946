import { CounterFamily, type Labels, type MetricFamily, SampledFamily } from '#base/metric-families.ts';

/** What health checks came to, as /metrics/slis tells it (KEP-3466). */
export class HealthMetrics {
  readonly #last = new Map<string, { readonly labels: Labels; isHealthy: boolean }>();
  readonly #total = new CounterFamily({
    name: 'kubernetes_healthchecks_total',
    help: 'What health checks came to.',
    stability: 'STABLE',
  });
  readonly families: readonly MetricFamily[] = [
    new SampledFamily(
      { name: 'kubernetes_healthcheck', help: 'What a health check came to last.', stability: 'STABLE' },
      () => Array.from(this.#last.values(), ({ labels, isHealthy }) => [labels, isHealthy ? 1 : 0] as const),
    ),
    this.#total,
  ];

  observe(name: string, type: string, isHealthy: boolean): void {
    const key = `${type}/${name}`;
    const known = this.#last.get(key) ?? { labels: { name, type }, isHealthy };
    this.#last.set(key, known);
    known.isHealthy = isHealthy;
    this.#total.add({ name, status: isHealthy ? 'success' : 'error', type });
  }
}
