import { type MetricFamily, SampledFamily, type SampledOptions, familiesOf } from './metric-families.ts';

const counter = (name: string, help: string): SampledOptions => ({
  name,
  help,
  stability: 'BETA',
  type: 'counter',
});

/** What a program that Prometheus reads tells of its metrics themselves; `all`: the families that it has, these aside. */
export function registryMetrics(all: () => Iterable<MetricFamily>): readonly MetricFamily[] {
  const registered = counter(
    'registered_metrics_total',
    'The count of registered metrics broken by stability level and deprecation version.',
  );
  // Nothing is hidden, for nothing is deprecated for so long, and nothing can be switched off.
  const none = (name: string, help: string) => new SampledFamily(counter(name, help), () => [[{}, 0]]);
  const unexpected: SampledOptions = {
    name: 'cardinality_enforcement_unexpected_categorizations_total',
    help: 'The count of unexpected categorizations during cardinality enforcement.',
    stability: 'ALPHA',
    type: 'counter',
  };
  const own: readonly MetricFamily[] = [
    new SampledFamily(unexpected, () => [[{}, 0]]),
    none('disabled_metrics_total', 'The count of disabled metrics.'),
    none('hidden_metrics_total', 'The count of hidden metrics.'),
    new SampledFamily(registered, () => {
      const standings = Array.from(familiesOf(all(), own), ({ standing }) => standing);
      const alike = Map.groupBy(standings, ({ stability, deprecated = '' }) => `${stability} ${deprecated}`);
      return Array.from(alike.values(), ([one, ...others]) => {
        const { stability, deprecated = '' } = one!;
        return [{ deprecated_version: deprecated, stability_level: stability }, 1 + others.length] as const;
      });
    }),
  ];
  return own;
}
