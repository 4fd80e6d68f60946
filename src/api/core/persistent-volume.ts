import { age, ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type { PersistentVolume } from '../generated/types/core.v1.ts';
import { accessModesText, betaStorageClassAnnotation } from '../storage-text.ts';
import { toRfc3339 } from '#base/clock.ts';
import { volumeWarnings } from '../storage-warnings.ts';
import { validatePersistentVolume, validatePersistentVolumeUpdate } from '../persistent-volume-validation.ts';

function setDefaults(object: PersistentVolume): void {
  object.status ??= {};
  object.status.phase ||= 'Pending';
  if (!object.spec) return;
  object.spec.persistentVolumeReclaimPolicy ||= 'Retain';
  object.spec.volumeMode ??= 'Filesystem';
  if (object.spec.hostPath) object.spec.hostPath.type ??= '';
}

function prepareForStatusUpdate(
  object: PersistentVolume,
  old: PersistentVolume,
  { nowMs }: StrategyContext,
): void {
  object.status ??= {};
  const { phase, lastPhaseTransitionTime: since } = object.status;
  const { phase: phaseBefore, lastPhaseTransitionTime: sinceBefore } = old.status ?? {};
  if (phase === phaseBefore) {
    if (!since && sinceBefore) object.status.lastPhaseTransitionTime = sinceBefore;
  } else if (!since || since === sinceBefore) object.status.lastPhaseTransitionTime = toRfc3339(nowMs);
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
    metadataPasses: { update: ['create', 'create'] },
    generation: false,
    setDefaults,
    prepareForCreate: (object, { nowMs }) => {
      object.status = { phase: 'Pending', lastPhaseTransitionTime: toRfc3339(nowMs) };
    },
    warnings: volumeWarnings,
    prepareForStatusUpdate,
    validate: validatePersistentVolume,
    validateUpdate: validatePersistentVolumeUpdate,
    returnDeletedObject: true,
  },
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
