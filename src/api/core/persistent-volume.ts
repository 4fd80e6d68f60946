import { age, ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type { PersistentVolume, PersistentVolumeSpec } from '../generated/types/core.v1.ts';
import { accessModesText, betaStorageClassAnnotation } from '../storage-text.ts';
import { deepEqual } from '#base/equal.ts';
import { toRfc3339 } from '#base/clock.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Subdomain } from '#machinery/names.ts';
import { Quantity } from '#machinery/quantity.ts';
import { validateAccessModes } from '../claim-spec-validation.ts';
import { immutable, optionalName, optionalOneOf } from '../validation.ts';
import { validateNodeSelector } from './pod/validate-scheduling.ts';

function setDefaults(object: PersistentVolume): void {
  object.status ??= {};
  object.status.phase ||= 'Pending';
  if (!object.spec) return;
  object.spec.persistentVolumeReclaimPolicy ||= 'Retain';
  object.spec.volumeMode ??= 'Filesystem';
  if (object.spec.hostPath) object.spec.hostPath.type ??= '';
}

const path = FieldPath.of('spec');
/** Every field of the spec that is not a source of storage. */
const otherFields = new Set([
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
]);

function sourcesOf(spec: PersistentVolumeSpec): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(spec).filter(([name, value]) => !otherFields.has(name) && value !== undefined),
  );
}

function validateCapacity({ capacity = {} }: PersistentVolumeSpec): FieldError[] {
  const at = path.child('capacity');
  const { storage } = capacity;
  if (Object.keys(capacity).length === 0) return [fieldError.required(at)];
  if (storage === undefined || Object.keys(capacity).length > 1) {
    return [fieldError.notSupported(at, capacity, ['storage'])];
  }
  return (Quantity.tryParse(storage)?.sign ?? 1) > 0
    ? []
    : [fieldError.invalid(at.key('storage'), storage, 'must be greater than zero')];
}

function validateSources(spec: PersistentVolumeSpec): FieldError[] {
  const [first, ...more] = Object.keys(sourcesOf(spec));
  if (!first) return [fieldError.required(path, 'must specify a volume type')];
  const errors = more.map(name =>
    fieldError.forbidden(path.child(name), 'may not specify more than 1 volume type'),
  );
  if (spec.local && !spec.nodeAffinity) {
    errors.push(fieldError.required(path.child('nodeAffinity'), 'Local volume requires node affinity'));
  }
  if (spec.hostPath && !spec.hostPath.path) errors.push(fieldError.required(path.child('hostPath', 'path')));
  if (spec.csi && !spec.csi.driver) errors.push(fieldError.required(path.child('csi', 'driver')));
  if (spec.csi && !spec.csi.volumeHandle) errors.push(fieldError.required(path.child('csi', 'volumeHandle')));
  return errors;
}

function validate({ spec }: PersistentVolume): FieldError[] {
  if (!spec) return [fieldError.required(path.child('accessModes'))];
  const required = spec.nodeAffinity?.required;
  return [
    ...validateAccessModes(path.child('accessModes'), spec.accessModes),
    ...validateCapacity(spec),
    ...optionalOneOf(path.child('persistentVolumeReclaimPolicy'), spec.persistentVolumeReclaimPolicy, [
      'Delete',
      'Recycle',
      'Retain',
    ]),
    ...(required ? validateNodeSelector(path.child('nodeAffinity', 'required'), required) : []),
    ...validateSources(spec),
    ...optionalName(path.child('storageClassName'), spec.storageClassName, checkDns1123Subdomain),
    ...optionalOneOf(path.child('volumeMode'), spec.volumeMode, ['Block', 'Filesystem']),
  ];
}

function validateUpdate({ spec }: PersistentVolume, { spec: old }: PersistentVolume): FieldError[] {
  if (!spec || !old) return [];
  const errors = immutable(path.child('volumeMode'), spec.volumeMode, old.volumeMode);
  if (!deepEqual(sourcesOf(spec), sourcesOf(old))) {
    const at = path.child('persistentvolumesource');
    errors.push(fieldError.forbidden(at, 'spec.persistentvolumesource is immutable after creation'));
  }
  return errors;
}

function prepareForStatusUpdate(
  object: PersistentVolume,
  old: PersistentVolume,
  { nowMs }: StrategyContext,
): void {
  if (!object.status || object.status.phase === old.status?.phase) return;
  object.status.lastPhaseTransitionTime = toRfc3339(nowMs);
}

export const persistentVolumeResource = defineResource<PersistentVolume>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.PersistentVolume' }],
  kind: 'PersistentVolume',
  resource: 'persistentvolumes',
  singular: 'persistentvolume',
  shortNames: ['pv'],
  namespaced: false,
  statusSubresource: true,
  strategy: {
    generation: false,
    setDefaults,
    prepareForCreate: (object, { nowMs }) => {
      object.status = { phase: 'Pending', lastPhaseTransitionTime: toRfc3339(nowMs) };
    },
    prepareForStatusUpdate,
    validate,
    validateUpdate,
    returnDeletedObject: true,
  },
  selectableFields: { name: object => object.metadata.name ?? '' },
  columns: [
    nameColumn,
    column('Capacity'),
    column('Access Modes'),
    column('Reclaim Policy'),
    column('Status'),
    column('Claim'),
    column('StorageClass'),
    column('VolumeAttributesClass'),
    column('Reason'),
    ageColumn,
    wideColumn('VolumeMode'),
  ],
  row: (object, nowMs) => {
    const { spec, status, metadata } = object;
    const claim = spec?.claimRef;
    return [
      metadata.name,
      spec?.capacity?.storage ?? '0',
      accessModesText(spec?.accessModes),
      spec?.persistentVolumeReclaimPolicy ?? '',
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
      claim ? `${claim.namespace ?? ''}/${claim.name ?? ''}` : '',
      metadata.annotations?.[betaStorageClassAnnotation] ?? spec?.storageClassName ?? '',
      spec?.volumeAttributesClassName ?? '<unset>',
      status?.reason ?? '',
      age(object, nowMs),
      spec?.volumeMode ?? '<unset>',
    ];
  },
});
