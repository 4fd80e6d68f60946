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
import type { Deployment } from '../generated/types/apps.v1.ts';

export const deploymentResource = defineResource<Deployment>({
  group: 'apps',
  versions: [{ version: 'v1', schema: 'io.k8s.api.apps.v1.Deployment' }],
  kind: 'Deployment',
  resource: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  scale: {
    specReplicasPath: 'spec.replicas',
    statusReplicasPath: 'status.replicas',
    selectorPath: 'spec.selector',
  },
  strategy: {},
  columns: [
    nameColumn,
    column('Ready'),
    column('Up-to-date'),
    column('Available'),
    ageColumn,
    ...templateColumns,
    wideColumn('Selector'),
  ],
  row: (object, nowMs) => [
    object.metadata.name,
    `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 0}`,
    object.status?.updatedReplicas ?? 0,
    object.status?.availableReplicas ?? 0,
    age(object, nowMs),
    ...templateCells(object.spec?.template),
    selectorText(object.spec?.selector),
  ],
});
