import { type MetricFamily, SampledFamily, type SampledOptions } from './metric-families.ts';

const counter = (name: string, help: string): SampledOptions => ({
  name,
  help,
  stability: 'BETA',
  type: 'counter',
});

/** What a program that Prometheus reads tells of its metrics themselves; `all`: the families that it has, these aside. */
export function registryMetrics(all: () => Iterable<MetricFamily>): readonly MetricFamily[] {
  const registered = counter('registered_metrics_total', 'Metrics that there are, by stability.');
  // Nothing is hidden, for nothing is deprecated for so long, and nothing can be switched off.
  const none = (name: string, help: string) => new SampledFamily(counter(name, help), () => [[{}, 0]]);
  const own: readonly MetricFamily[] = [
    none('disabled_metrics_total', 'Metrics that are switched off.'),
    none('hidden_metrics_total', 'Metrics that are not shown any more.'),
    new SampledFamily(registered, () => {
      const levels = [...all(), ...own].flatMap(family => [...family.stabilities()]);
      return Array.from(
        Map.groupBy(levels, level => level),
        ([stability_level, { length }]) => [{ deprecated_version: '', stability_level }, length] as const,
      );
    }),
  ];
  return own;
}
