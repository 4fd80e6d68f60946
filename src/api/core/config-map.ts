import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ConfigMap } from '../generated/types/core.v1.ts';

function entries(map: object | undefined): number {
  return Object.keys(map ?? {}).length;
}

export const configMapResource = defineResource<ConfigMap>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.ConfigMap' }],
  kind: 'ConfigMap',
  resource: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  namespaced: true,
  strategy: {},
  columns: [nameColumn, column('Data'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    entries(object.data) + entries(object.binaryData),
    age(object, nowMs),
  ],
});
