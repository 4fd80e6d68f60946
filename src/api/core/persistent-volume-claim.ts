import { age, ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../generated/types/core.v1.ts';
import { accessModesText, betaStorageClassAnnotation } from '../storage-text.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { Quantity } from '#machinery/quantity.ts';
import { validateClaimSpec, validateStorageResourceName } from '../claim-spec-validation.ts';
import { claimWarnings } from '../storage-warnings.ts';
import { changedLines, immutable } from '../validation.ts';

/** Also the defaults of a claim that stands in a StatefulSet. */
export function setClaimDefaults(object: Pick<PersistentVolumeClaim, 'spec' | 'status'>): void {
  object.status ??= {};
  object.status.phase ||= 'Pending';
  if (object.spec) object.spec.volumeMode ??= 'Filesystem';
}

const path = FieldPath.of('spec');
const storagePath = path.child('resources', 'requests', 'storage');
const knownSources = ['/PersistentVolumeClaim', 'snapshot.storage.k8s.io/VolumeSnapshot'];
const resizeStatuses = [
  ...['ControllerResizeInProgress', 'ControllerResizeInfeasible', 'NodeResizeInProgress'],
  ...['NodeResizeInfeasible', 'NodeResizePending'],
].sort();

/**
 * What fills a claim can be of any kind by `dataSourceRef` alone; the older field ignores what it never knew, and sources
 * in other namespaces are not served (KEP-1495, KEP-3294). A claim that has a source keeps what it has.
 */
function dropSources(spec: PersistentVolumeClaimSpec, old?: PersistentVolumeClaimSpec): void {
  if (old?.dataSource || old?.dataSourceRef) return;
  const { apiGroup, kind } = spec.dataSource ?? {};
  if (!knownSources.includes(`${apiGroup ?? ''}/${kind}`)) delete spec.dataSource;
  if (spec.dataSourceRef?.namespace) delete spec.dataSourceRef;
}

/** The two fields mirror each other where both can say the same: an older client knows one of them alone. */
function mirrorSources(spec: PersistentVolumeClaimSpec): void {
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource };
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    spec.dataSource = { ...spec.dataSourceRef };
  }
}

function prepareSources({ spec }: PersistentVolumeClaim, old?: PersistentVolumeClaim): void {
  if (!spec) return;
  dropSources(spec, old?.spec);
  mirrorSources(spec);
}

function prepareForCreate(object: PersistentVolumeClaim): void {
  object.status = { phase: 'Pending' };
  prepareSources(object);
}

function compare(a: string | undefined, b: string | undefined): number {
  return (Quantity.tryParse(a ?? '') ?? Quantity.zero).compare(Quantity.tryParse(b ?? '') ?? Quantity.zero);
}

/** A class may be named late, once; one that an annotation named may move from there to the field. */
function classFollows({ metadata, spec }: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const [now, before] = [spec?.storageClassName, old.spec?.storageClassName];
  const annotated = old.metadata.annotations?.[betaStorageClassAnnotation];
  const kept = metadata.annotations?.[betaStorageClassAnnotation] ?? annotated;
  return before === undefined && now !== undefined && (annotated ?? now) === now && kept === annotated;
}

/** The spec with all put back that may change. */
function withOldChangeables(object: PersistentVolumeClaim, old: PersistentVolumeClaim) {
  const [spec, was] = [object.spec!, old.spec!];
  const munged: PersistentVolumeClaimSpec = { ...spec };
  if (!was.volumeName) munged.volumeName = was.volumeName;
  if (classFollows(object, old)) munged.storageClassName = was.storageClassName;
  if (object.status?.phase !== 'Bound') return munged;
  const storage = was.resources?.requests?.storage;
  if (spec.resources?.requests && storage !== undefined) {
    munged.resources = { ...spec.resources, requests: { ...spec.resources.requests, storage } };
  }
  munged.volumeAttributesClassName = was.volumeAttributesClassName;
  return munged;
}

/** A class that was once put into effect is followed by another (KEP-3751). */
function validateAttributesClass(now: string | undefined, old: PersistentVolumeClaim): FieldError[] {
  const before = old.spec?.volumeAttributesClassName;
  if (old.status?.currentVolumeAttributesClassName === undefined || now || now === before) return [];
  const to = now === undefined ? 'nil' : 'empty string';
  const detail = `update to ${to} is forbidden when status.currentVolumeAttributesClassName is not nil`;
  return [fieldError.forbidden(path.child('volumeAttributesClassName'), detail)];
}

/** The class that an annotation named stays named, there or by the field. */
function validateClassAnnotation(object: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const [now, before] = [object, old].map(
    ({ metadata }) => metadata.annotations?.[betaStorageClassAnnotation] ?? '',
  );
  if (now === before || (now === '' && classFollows(object, old))) return [];
  const at = FieldPath.of('metadata', 'annotations', betaStorageClassAnnotation);
  return [fieldError.invalid(at, now, 'field is immutable')];
}

/** A claim's spec is fixed, but that it may be bound, grow once bound, and change its attributes class. */
function validateUpdate(object: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const [spec, was] = [object.spec, old.spec];
  if (!spec || !was) return [];
  const errors = validateClassAnnotation(object, old);
  const munged = withOldChangeables(object, old);
  if (!deepEqual(munged, was)) {
    const detail =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(
      fieldError.forbidden(path, `${detail}\n${changedLines('core.PersistentVolumeClaimSpec', was, munged)}`),
    );
  }
  const storage = spec.resources?.requests?.storage;
  const isSmaller = compare(storage, was.resources?.requests?.storage) < 0;
  if (isSmaller && compare(storage, old.status?.capacity?.storage) <= 0) {
    errors.push(fieldError.forbidden(storagePath, 'field can not be less than status.capacity'));
  }
  return [
    ...errors,
    ...immutable(FieldPath.of('volumeMode'), spec.volumeMode, was.volumeMode),
    ...validateAttributesClass(spec.volumeAttributesClassName, old),
  ];
}

function validateAmount(at: FieldPath, amount: string): FieldError[] {
  const quantity = Quantity.tryParse(amount);
  if (!quantity || quantity.sign >= 0) return [];
  return [fieldError.invalid(at, quantity.value(), 'must be a valid resource quantity')];
}

function validateStatusUpdate({ status }: PersistentVolumeClaim): FieldError[] {
  const at = FieldPath.of('status');
  const resizes = at.child('allocatedResourceStatuses');
  const allocated = at.child('allocatedResources');
  return [
    ...Object.entries(status?.capacity ?? {}).flatMap(([name, amount]) =>
      validateAmount(at.child('capacity').key(name), amount),
    ),
    ...Object.entries(status?.allocatedResourceStatuses ?? {}).flatMap(([name, resize]) => [
      ...validateStorageResourceName(resizes, name),
      ...(resizeStatuses.includes(resize) ? [] : [fieldError.notSupported(resizes, name, resizeStatuses)]),
    ]),
    ...Object.entries(status?.allocatedResources ?? {}).flatMap(([name, amount]) => {
      const errors = validateStorageResourceName(allocated, name);
      return errors.length > 0 ? errors : validateAmount(allocated.key(name), amount);
    }),
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
    metadataPasses: { update: ['update', 'create'] },
    generation: false,
    setDefaults: setClaimDefaults,
    prepareForCreate,
    prepareForUpdate: prepareSources,
    warnings: claimWarnings,
    validate: (object, _context, old) => validateClaimSpec(path, object.spec, old?.spec),
    validateUpdate,
    validateStatusUpdate,
    returnDeletedObject: true,
  },
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
