import { age, ageColumn, column, nameColumn, wideColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { PersistentVolumeClaim } from '../generated/types/core.v1.ts';
import { accessModesText, betaStorageClassAnnotation } from '../storage-text.ts';

export const persistentVolumeClaimResource = defineResource<PersistentVolumeClaim>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.PersistentVolumeClaim' }],
  kind: 'PersistentVolumeClaim',
  resource: 'persistentvolumeclaims',
  singular: 'persistentvolumeclaim',
  shortNames: ['pvc'],
  namespaced: true,
  statusSubresource: true,
  strategy: { generation: false },
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
