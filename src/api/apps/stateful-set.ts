import { age, ageColumn, column, nameColumn, templateCells, templateColumns } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { StatefulSet } from '../generated/types/apps.v1.ts';

export const statefulSetResource = defineResource<StatefulSet>({
  group: 'apps',
  versions: [{ version: 'v1', schema: 'io.k8s.api.apps.v1.StatefulSet' }],
  kind: 'StatefulSet',
  resource: 'statefulsets',
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  scale: {
    specReplicasPath: 'spec.replicas',
    statusReplicasPath: 'status.replicas',
    selectorPath: 'spec.selector',
  },
  strategy: {},
  columns: [nameColumn, column('Ready'), ageColumn, ...templateColumns],
  row: (object, nowMs) => [
    object.metadata.name,
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    age(object, nowMs),
    ...templateCells(object.spec?.template),
  ],
});
