import { type MetricFamily, SampledFamily } from '#base/metric-families.ts';

/** Upstream validates some kinds twice, and tells where the two ways part; there is but one here, which cannot. */
export const validationMetrics: readonly MetricFamily[] = (
  [
    ['mismatch', 'Times that two validations of one object did not agree.'],
    ['panic', 'Times that a declared validation broke down.'],
  ] as const
).map(
  ([what, help]) =>
    new SampledFamily(
      {
        name: `apiserver_validation_declarative_validation_${what}_total`,
        help,
        stability: 'BETA',
        type: 'counter',
      },
      () => [[{}, 0]],
    ),
);
