import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ServiceCIDR } from '../generated/types/networking.v1.ts';

export const serviceCidrResource = defineResource<ServiceCIDR>({
  group: 'networking.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.networking.v1.ServiceCIDR' }],
  kind: 'ServiceCIDR',
  resource: 'servicecidrs',
  singular: 'servicecidr',
  namespaced: false,
  statusSubresource: true,
  strategy: { generation: false },
  columns: [nameColumn, column('CIDRs'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, (object.spec?.cidrs ?? []).join(','), age(object, nowMs)],
});
