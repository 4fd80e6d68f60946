import { age, ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { PersistentVolumeClaim } from '../generated/types/core.v1.ts';
import { accessModesText, betaStorageClassAnnotation } from '../storage-text.ts';

/** Also the defaults of a claim that stands in a StatefulSet. */
export function setClaimDefaults(object: Pick<PersistentVolumeClaim, 'spec' | 'status'>): void {
  object.status ??= {};
  object.status.phase ||= 'Pending';
  if (object.spec) object.spec.volumeMode ??= 'Filesystem';
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
  strategy: { generation: false, setDefaults: setClaimDefaults },
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
