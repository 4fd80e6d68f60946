import { age, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { IPAddress } from '../generated/types/networking.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkIp } from '#machinery/ip.ts';
import { checkDns1123Subdomain, checkPathSegment } from '#machinery/names.ts';
import { immutable, optionalName, requiredName } from '../validation.ts';

function parentText(object: IPAddress): string {
  const parent = object.spec?.parentRef;
  if (!parent) return '<none>';
  const resource = parent.group ? `${parent.resource}.${parent.group}` : (parent.resource ?? '');
  return [resource.toLowerCase(), ...(parent.namespace ? [parent.namespace] : []), parent.name].join('/');
}

function validate({ spec }: IPAddress): FieldError[] {
  const path = FieldPath.of('spec', 'parentRef');
  const parent = spec?.parentRef;
  if (!parent) return [fieldError.required(path)];
  return [
    ...optionalName(path.child('group'), parent.group, checkDns1123Subdomain),
    ...requiredName(path.child('resource'), parent.resource, checkPathSegment),
    ...requiredName(path.child('name'), parent.name, checkPathSegment),
    ...optionalName(path.child('namespace'), parent.namespace, checkPathSegment),
  ];
}

function validateUpdate({ spec }: IPAddress, { spec: old }: IPAddress): FieldError[] {
  return immutable(
    FieldPath.of('spec', 'parentRef'),
    spec?.parentRef,
    old?.parentRef,
    'networking.ParentReference',
  );
}

export const ipAddressResource = defineResource<IPAddress>({
  group: 'networking.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.networking.v1.IPAddress' }],
  optionalVersions: [
    {
      version: 'v1beta1',
      schema: 'io.k8s.api.networking.v1beta1.IPAddress',
      deprecationWarning:
        'networking.k8s.io/v1beta1 IPAddress is deprecated in v1.34+, unavailable in v1.37+',
    },
  ],
  kind: 'IPAddress',
  resource: 'ipaddresses',
  singular: 'ipaddress',
  shortNames: ['ip'],
  namespaced: false,
  strategy: {
    metadataPasses: { update: ['create', 'update'] },
    nameRule: checkIp,
    validate,
    validateUpdate,
  },
  columns: [nameColumn, column('ParentRef')],
  // Upstream gives an age for which it has no column.
  row: (object, nowMs) => [object.metadata.name, parentText(object), age(object, nowMs)],
});
