import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ResourceSlice } from '../generated/types/resource.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Subdomain } from '#machinery/names.ts';
import { immutable, requiredName } from '../validation.ts';

const path = FieldPath.of('spec');
const devicesMax = 128;

function validate({ spec }: ResourceSlice): FieldError[] {
  const places = [spec.nodeName, spec.nodeSelector, spec.allNodes, spec.perDeviceNodeSelection].filter(
    Boolean,
  );
  const errors = requiredName(path.child('driver'), spec.driver, checkDns1123Subdomain);
  if (!spec.pool?.name) errors.push(fieldError.required(path.child('pool', 'name')));
  const one = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  if (places.length === 0) errors.push(fieldError.required(path, one));
  if (places.length > 1) errors.push(fieldError.invalid(path, null, `${one}, but multiple fields are set`));
  const devices = spec.devices ?? [];
  if (devices.length > devicesMax)
    errors.push(fieldError.tooMany(path.child('devices'), devices.length, devicesMax));
  return errors;
}

function validateUpdate({ spec }: ResourceSlice, { spec: old }: ResourceSlice): FieldError[] {
  return [
    ...immutable(path.child('pool', 'name'), spec.pool?.name, old.pool?.name),
    ...immutable(path.child('driver'), spec.driver, old.driver),
    ...immutable(path.child('nodeName'), spec.nodeName, old.nodeName),
  ];
}

export const resourceSliceResource = defineResource<ResourceSlice>({
  group: 'resource.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.resource.v1.ResourceSlice' }],
  kind: 'ResourceSlice',
  resource: 'resourceslices',
  singular: 'resourceslice',
  namespaced: false,
  strategy: { generation: true, validate, validateUpdate },
  selectableFields: {
    'spec.driver': object => object.spec.driver ?? '',
    'spec.nodeName': object => object.spec.nodeName ?? '',
  },
  columns: [nameColumn, column('Node'), column('Driver'), column('Pool'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    object.spec.nodeName ?? '',
    object.spec.driver,
    object.spec.pool?.name,
    age(object, nowMs),
  ],
});
