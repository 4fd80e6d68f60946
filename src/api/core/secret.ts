import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Secret } from '../generated/types/core.v1.ts';

function setDefaults(object: Secret): void {
  object.type ||= 'Opaque';
}

export const secretResource = defineResource<Secret>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.Secret' }],
  kind: 'Secret',
  resource: 'secrets',
  singular: 'secret',
  namespaced: true,
  strategy: { setDefaults },
  selectableFields: { type: object => object.type ?? '' },
  columns: [nameColumn, column('Type'), column('Data'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    object.type ?? '',
    Object.keys(object.data ?? {}).length,
    age(object, nowMs),
  ],
});
