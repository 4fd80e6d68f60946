import { age, ageColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { DeviceClass } from '../generated/types/resource.v1.ts';

export const deviceClassResource = defineResource<DeviceClass>({
  group: 'resource.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.resource.v1.DeviceClass' }],
  kind: 'DeviceClass',
  resource: 'deviceclasses',
  singular: 'deviceclass',
  namespaced: false,
  strategy: { generation: true },
  columns: [nameColumn, ageColumn],
  row: (object, nowMs) => [object.metadata.name, age(object, nowMs)],
});
