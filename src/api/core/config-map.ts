import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ConfigMap } from '../generated/types/core.v1.ts';
import { type FieldError, FieldPath, fieldError, noField } from '#machinery/field.ts';
import { utf8Length } from '#machinery/bytes.ts';
import { dataBytesMax, decodedBytes, validateDataKeys, validateImmutableData } from '../data-validation.ts';

function entries(map: object | undefined): number {
  return Object.keys(map ?? {}).length;
}

function validate({ data, binaryData }: ConfigMap): FieldError[] {
  const errors = [...validateDataKeys('data', data), ...validateDataKeys('binaryData', binaryData)];
  let bytes = decodedBytes(binaryData);
  for (const key in data) {
    bytes += utf8Length(data[key]!);
    if (binaryData && Object.hasOwn(binaryData, key)) {
      const detail = 'duplicate of key present in binaryData';
      errors.push(fieldError.invalid(FieldPath.of('data').key(key), key, detail));
    }
  }
  if (bytes > dataBytesMax) errors.push(fieldError.tooLong(noField, dataBytesMax));
  return errors;
}

export const configMapResource = defineResource<ConfigMap>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.ConfigMap' }],
  kind: 'ConfigMap',
  resource: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  namespaced: true,
  strategy: {
    metadataPasses: { update: ['update', 'create'] },
    validate: (object, _context, old) => (old ? [] : validate(object)),
    validateUpdate: (object, old) => [
      ...validateImmutableData(object, old, ['data', 'binaryData']),
      ...validate(object),
    ],
  },
  columns: [nameColumn, column('Data'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    entries(object.data) + entries(object.binaryData),
    age(object, nowMs),
  ],
});
