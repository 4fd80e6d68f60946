import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { PriorityClass } from '../generated/types/scheduling.v1.ts';

function setDefaults(object: PriorityClass): void {
  object.preemptionPolicy ??= 'PreemptLowerPriority';
}

export const priorityClassResource = defineResource<PriorityClass>({
  group: 'scheduling.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.scheduling.v1.PriorityClass' }],
  kind: 'PriorityClass',
  resource: 'priorityclasses',
  singular: 'priorityclass',
  shortNames: ['pc'],
  namespaced: false,
  strategy: { generation: true, setDefaults },
  columns: [
    nameColumn,
    column('Value', 'integer'),
    column('Global-Default', 'boolean'),
    ageColumn,
    column('PreemptionPolicy'),
  ],
  row: (object, nowMs) => [
    object.metadata.name,
    object.value,
    object.globalDefault ?? false,
    age(object, nowMs),
    object.preemptionPolicy ?? '',
  ],
});
