import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { VolumeAttributesClass } from '../generated/types/storage.v1.ts';

const defaultAnnotation = 'volumeattributesclass.alpha.kubernetes.io/is-default-class';

export const volumeAttributesClassResource = defineResource<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.storage.v1.VolumeAttributesClass' }],
  kind: 'VolumeAttributesClass',
  resource: 'volumeattributesclasses',
  singular: 'volumeattributesclass',
  shortNames: ['vac'],
  namespaced: false,
  strategy: {},
  columns: [nameColumn, column('DriverName'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.annotations?.[defaultAnnotation] === 'true'
      ? `${object.metadata.name} (default)`
      : object.metadata.name,
    object.driverName,
    age(object, nowMs),
  ],
});
