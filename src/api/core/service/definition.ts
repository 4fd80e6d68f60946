import { defineResource } from '../../definition.ts';
import type { Service } from '../../generated/types/core.v1.ts';
import { serviceColumns, serviceRow } from './columns.ts';
import { serviceStrategy } from './strategy.ts';

export const serviceResource = defineResource<Service>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.Service' }],
  kind: 'Service',
  resource: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  extraSubresources: [
    {
      name: 'proxy',
      kind: 'ServiceProxyOptions',
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
    },
  ],
  strategy: serviceStrategy,
  selectableFields: {
    'spec.clusterIP': object => object.spec?.clusterIP ?? '',
    'spec.type': object => object.spec?.type ?? '',
  },
  columns: serviceColumns,
  row: serviceRow,
});
