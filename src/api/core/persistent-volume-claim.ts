import { age, ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../generated/types/core.v1.ts';
import { accessModesText, betaStorageClassAnnotation } from '../storage-text.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { Quantity } from '#machinery/quantity.ts';
import { validateClaimSpec, validateStorageResourceName } from '../claim-spec-validation.ts';
import { warnOfClaim } from '../storage-warnings.ts';
import { nonNegativeQuantity } from '../validation.ts';

/** Also the defaults of a claim that stands in a StatefulSet. */
export function setClaimDefaults(object: Pick<PersistentVolumeClaim, 'spec' | 'status'>): void {
  object.status ??= {};
  object.status.phase ||= 'Pending';
  if (object.spec) object.spec.volumeMode ??= 'Filesystem';
}

const path = FieldPath.of('spec');

/** The two fields that name a source mirror each other where both can say the same. */
function mirrorSources(spec: PersistentVolumeClaimSpec): void {
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    spec.dataSource = { ...spec.dataSourceRef };
  }
}

function prepareForCreate(object: PersistentVolumeClaim, context: StrategyContext): void {
  warnOfClaim(object, context);
  object.status = { phase: 'Pending' };
  if (object.spec) mirrorSources(object.spec);
}

function compare(a: string | undefined, b: string | undefined): number {
  return (Quantity.tryParse(a ?? '') ?? Quantity.zero).compare(Quantity.tryParse(b ?? '') ?? Quantity.zero);
}

/** A claim's spec is fixed, but that it may be bound, grow once bound, and change its attributes class. */
function validateUpdate({ spec, status }: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  if (!spec || !old.spec) return [];
  const isBound = old.status?.phase === 'Bound';
  const storage = spec.resources?.requests?.storage;
  const munged: PersistentVolumeClaimSpec = {
    ...spec,
    volumeName: old.spec.volumeName ? spec.volumeName : old.spec.volumeName,
    storageClassName: old.spec.storageClassName === undefined ? undefined : spec.storageClassName,
    volumeAttributesClassName: old.spec.volumeAttributesClassName,
  };
  const errors: FieldError[] = [];
  if (isBound && compare(storage, old.spec.resources?.requests?.storage) !== 0) {
    munged.resources = old.spec.resources;
    if (compare(storage, status?.capacity?.storage) < 0) {
      const at = path.child('resources', 'requests', 'storage');
      errors.push(fieldError.forbidden(at, 'field can not be less than status.capacity'));
    }
  }
  if (!deepEqual(munged, old.spec)) {
    const detail =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(fieldError.forbidden(path, detail));
  }
  if (old.spec.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    const at = path.child('volumeAttributesClassName');
    errors.push(fieldError.forbidden(at, 'update from non-nil value to nil is forbidden'));
  }
  return errors;
}

function validateStatusUpdate({ status }: PersistentVolumeClaim): FieldError[] {
  const at = FieldPath.of('status');
  return [
    ...Object.entries(status?.capacity ?? {}).flatMap(([name, amount]) =>
      nonNegativeQuantity(at.child('capacity').key(name), amount),
    ),
    ...Object.keys(status?.allocatedResources ?? {}).flatMap(name =>
      validateStorageResourceName(at.child('allocatedResources'), name),
    ),
  ];
}

export const persistentVolumeClaimResource = defineResource<PersistentVolumeClaim>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.PersistentVolumeClaim' }],
  kind: 'PersistentVolumeClaim',
  resource: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  namespaced: true,
  statusSubresource: true,
  strategy: {
    generation: false,
    setDefaults: setClaimDefaults,
    prepareForCreate,
    prepareForUpdate: (object, _old, context) => warnOfClaim(object, context),
    validate: object => validateClaimSpec(path, object.spec),
    validateUpdate,
    validateStatusUpdate,
    returnDeletedObject: true,
  },
  selectableFields: { name: object => object.metadata.name ?? '' },
  columns: [
    nameColumn,
    column('Status'),
    column('Volume'),
    column('Capacity'),
    column('Access Modes'),
    column('StorageClass'),
    column('VolumeAttributesClass'),
    ageColumn,
    wideColumn('VolumeMode'),
  ],
  row: (object, nowMs) => {
    const { spec, status, metadata } = object;
    const bound = Boolean(spec?.volumeName);
    return [
      metadata.name,
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
      spec?.volumeName ?? '',
      bound ? (status?.capacity?.storage ?? '0') : '',
      bound ? accessModesText(status?.accessModes) : '',
      metadata.annotations?.[betaStorageClassAnnotation] ?? spec?.storageClassName ?? '',
      spec?.volumeAttributesClassName ?? '<unset>',
      age(object, nowMs),
      spec?.volumeMode ?? '<unset>',
    ];
  },
});
