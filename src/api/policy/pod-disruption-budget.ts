import { append } from '#base/append.ts';
import { validateLabelSelector } from '#machinery/selectors.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { PodDisruptionBudget } from '../generated/types/policy.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { validateConditions } from '../condition-validation.ts';
import { startStatus } from '../strategies.ts';
import { nonNegative, optionalOneOf } from '../validation.ts';
import { validateAtMostAll, validateCountOrPercent } from '../workload-validation.ts';

function validate({ spec }: PodDisruptionBudget): FieldError[] {
  const path = FieldPath.of('spec');
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec ?? {};
  const errors: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    // Upstream shows its internal type, whose fields have no JSON names.
    const shown = {
      MinAvailable: minAvailable,
      Selector: selector ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy ?? null,
    };
    errors.push(fieldError.invalid(path, shown, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const [name, value] of Object.entries({ minAvailable, maxUnavailable })) {
    append(
      errors,
      validateCountOrPercent(path.child(name), value),
      validateAtMostAll(path.child(name), value),
    );
  }
  return [
    ...errors,
    ...validateLabelSelector(selector, path.child('selector')),
    ...optionalOneOf(path.child('unhealthyPodEvictionPolicy'), unhealthyPodEvictionPolicy, [
      'AlwaysAllow',
      'IfHealthyBudget',
    ]),
  ];
}

const counts = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

export const podDisruptionBudgetResource = defineResource<PodDisruptionBudget>({
  group: 'policy',
  versions: [{ version: 'v1', schema: 'io.k8s.api.policy.v1.PodDisruptionBudget' }],
  kind: 'PodDisruptionBudget',
  resource: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  namespaced: true,
  statusSubresource: true,
  strategy: {
    metadataPasses: { update: [], status: [] },
    nameRule: 'pathSegment',
    allowUnconditionalUpdate: false,
    prepareForCreate: startStatus<PodDisruptionBudget>({
      currentHealthy: 0,
      desiredHealthy: 0,
      disruptionsAllowed: 0,
      expectedPods: 0,
    }),
    validate,
    validateStatusUpdate: ({ status }) => [
      ...validateConditions(FieldPath.of('status', 'conditions'), status?.conditions),
      ...counts.flatMap(name => nonNegative(FieldPath.of('status', name), status?.[name])),
    ],
  },
  columns: [
    nameColumn,
    column('Min Available'),
    column('Max Unavailable'),
    column('Allowed Disruptions', 'integer'),
    ageColumn,
  ],
  row: (object, nowMs) => [
    object.metadata.name,
    String(object.spec?.minAvailable ?? 'N/A'),
    String(object.spec?.maxUnavailable ?? 'N/A'),
    object.status?.disruptionsAllowed ?? 0,
    age(object, nowMs),
  ],
});
