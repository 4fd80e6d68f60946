import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type { VolumeAttributesClass } from '../generated/types/storage.v1.ts';
import { type FieldError, fieldError } from '#machinery/field.ts';
import { validateParameters, validateProvisioner } from '../storage-parameters.ts';
import { deepEqual } from '#base/equal.ts';

const defaultAnnotation = 'volumeattributesclass.alpha.kubernetes.io/is-default-class';

function validate(
  object: VolumeAttributesClass,
  _context: StrategyContext,
  old?: VolumeAttributesClass,
): FieldError[] {
  return [...(old ? changes(object, old) : []), ...validateOwn(object)];
}

function validateOwn(object: VolumeAttributesClass): FieldError[] {
  const errors = [
    ...validateProvisioner('driverName', object.driverName),
    ...validateParameters(object.parameters),
  ];
  if (Object.keys(object.parameters ?? {}).length === 0) {
    errors.push(fieldError.required('parameters', 'must contain at least one key/value pair'));
  }
  return errors;
}

const forbidden = (name: string) => fieldError.forbidden(name, `updates to ${name} are forbidden.`);

function changes(object: VolumeAttributesClass, old: VolumeAttributesClass): FieldError[] {
  return [
    ...(object.driverName === old.driverName ? [] : [forbidden('driverName')]),
    ...(deepEqual(object.parameters, old.parameters) ? [] : [forbidden('parameters')]),
  ];
}

export const volumeAttributesClassResource = defineResource<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.storage.v1.VolumeAttributesClass' }],
  optionalVersions: [
    {
      version: 'v1beta1',
      schema: 'io.k8s.api.storage.v1beta1.VolumeAttributesClass',
      deprecationWarning:
        'storage.k8s.io/v1beta1 VolumeAttributesClass is deprecated in v1.34+, unavailable in v1.37+; use storage.k8s.io/v1 VolumeAttributesClass',
    },
  ],
  kind: 'VolumeAttributesClass',
  resource: 'volumeattributesclasses',
  singular: 'volumeattributesclass',
  shortNames: ['vac'],
  namespaced: false,
  strategy: {
    metadataPasses: { update: ['update', 'create'] },
    validate,
    returnDeletedObject: true,
  },
  columns: [nameColumn, column('DriverName'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.annotations?.[defaultAnnotation] === 'true'
      ? `${object.metadata.name} (default)`
      : object.metadata.name,
    object.driverName,
    age(object, nowMs),
  ],
});
