import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { PodDisruptionBudget } from '../generated/types/policy.v1.ts';

export const podDisruptionBudgetResource = defineResource<PodDisruptionBudget>({
  group: 'policy',
  versions: [{ version: 'v1', schema: 'io.k8s.api.policy.v1.PodDisruptionBudget' }],
  kind: 'PodDisruptionBudget',
  resource: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  namespaced: true,
  statusSubresource: true,
  strategy: { allowUnconditionalUpdate: false },
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
