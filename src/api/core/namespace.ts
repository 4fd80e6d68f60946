import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Namespace } from '../generated/types/core.v1.ts';

export const nameLabel = 'kubernetes.io/metadata.name';

function setDefaults(object: Namespace): void {
  const { metadata } = object;
  if (metadata.name) metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name };
  object.status ??= {};
  object.status.phase ||= 'Active';
}

export const namespaceResource = defineResource<Namespace>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.Namespace' }],
  kind: 'Namespace',
  resource: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  namespaced: false,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  statusSubresource: true,
  extraSubresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  strategy: { nameRule: 'dns1123Label', generation: false, setDefaults },
  selectableFields: {
    name: object => object.metadata.name ?? '',
    'status.phase': object => object.status?.phase ?? '',
  },
  columns: [nameColumn, column('Status'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, object.status?.phase ?? '', age(object, nowMs)],
});
