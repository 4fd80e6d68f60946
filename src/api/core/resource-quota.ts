import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ResourceQuota } from '../generated/types/core.v1.ts';

/** Used and hard amounts by resource: those of limits, or all others. */
function amounts(object: ResourceQuota, limits: boolean): string {
  const { hard = {}, used = {} } = object.status ?? {};
  return Object.keys(hard)
    .filter(name => name.startsWith('limits.') === limits)
    .sort()
    .map(name => `${name}: ${used[name] ?? '0'}/${hard[name]}`)
    .join(', ');
}

export const resourceQuotaResource = defineResource<ResourceQuota>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.ResourceQuota' }],
  kind: 'ResourceQuota',
  resource: 'resourcequotas',
  singular: 'resourcequota',
  shortNames: ['quota'],
  namespaced: true,
  statusSubresource: true,
  strategy: { generation: false },
  columns: [nameColumn, column('Request'), column('Limit'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    amounts(object, false),
    amounts(object, true),
    age(object, nowMs),
  ],
});
