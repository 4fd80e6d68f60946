import { column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ComponentStatus } from '../generated/types/core.v1.ts';

function cells(object: ComponentStatus): string[] {
  const healthy = (object.conditions ?? []).find(condition => condition.type === 'Healthy');
  if (!healthy) return ['Unknown', '', ''];
  return [healthy.status === 'True' ? 'Healthy' : 'Unhealthy', healthy.message ?? '', healthy.error ?? ''];
}

/** Computed on request by the API server; nothing is stored. */
export const componentStatusResource = defineResource<ComponentStatus>({
  group: '',
  versions: [
    {
      version: 'v1',
      schema: 'io.k8s.api.core.v1.ComponentStatus',
      deprecationWarning: 'v1 ComponentStatus is deprecated in v1.19+',
    },
  ],
  kind: 'ComponentStatus',
  resource: 'componentstatuses',
  singular: 'componentstatus',
  shortNames: ['cs'],
  namespaced: false,
  verbs: ['get', 'list'],
  strategy: {},
  columns: [nameColumn, column('Status'), column('Message'), column('Error')],
  row: object => [object.metadata.name, ...cells(object)],
});
