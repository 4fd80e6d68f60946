import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { IPAddress } from '../generated/types/networking.v1.ts';

function parentText(object: IPAddress): string {
  const parent = object.spec?.parentRef;
  if (!parent) return '<none>';
  const resource = parent.group ? `${parent.resource}.${parent.group}` : (parent.resource ?? '');
  return [resource.toLowerCase(), ...(parent.namespace ? [parent.namespace] : []), parent.name].join('/');
}

export const ipAddressResource = defineResource<IPAddress>({
  group: 'networking.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.networking.v1.IPAddress' }],
  kind: 'IPAddress',
  resource: 'ipaddresses',
  singular: 'ipaddress',
  shortNames: ['ip'],
  namespaced: false,
  strategy: {},
  columns: [nameColumn, column('ParentRef'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, parentText(object), age(object, nowMs)],
});
