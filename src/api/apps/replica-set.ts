import {
  age,
  ageColumn,
  column,
  nameColumn,
  selectorText,
  templateCells,
  templateColumns,
  wideColumn,
} from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ReplicaSet } from '../generated/types/apps.v1.ts';
import { setPodTemplateDefaults } from '../core/pod/defaults.ts';

function setDefaults({ spec }: ReplicaSet): void {
  if (!spec) return;
  spec.replicas ??= 1;
  setPodTemplateDefaults(spec.template);
}

export const replicaSetResource = defineResource<ReplicaSet>({
  group: 'apps',
  versions: [{ version: 'v1', schema: 'io.k8s.api.apps.v1.ReplicaSet' }],
  kind: 'ReplicaSet',
  resource: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  scale: {
    specReplicasPath: 'spec.replicas',
    statusReplicasPath: 'status.replicas',
    selectorPath: 'spec.selector',
  },
  strategy: { setDefaults },
  selectableFields: { 'status.replicas': object => String(object.status?.replicas ?? 0) },
  columns: [
    nameColumn,
    column('Desired', 'integer'),
    column('Current', 'integer'),
    column('Ready', 'integer'),
    ageColumn,
    ...templateColumns,
    wideColumn('Selector'),
  ],
  row: (object, nowMs) => [
    object.metadata.name,
    object.spec?.replicas ?? 0,
    object.status?.replicas ?? 0,
    object.status?.readyReplicas ?? 0,
    age(object, nowMs),
    ...templateCells(object.spec?.template),
    selectorText(object.spec?.selector),
  ],
});
