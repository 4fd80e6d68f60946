import { column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { CSIStorageCapacity } from '../generated/types/storage.v1.ts';

export const csiStorageCapacityResource = defineResource<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.storage.v1.CSIStorageCapacity' }],
  kind: 'CSIStorageCapacity',
  resource: 'csistoragecapacities',
  singular: 'csistoragecapacity',
  namespaced: true,
  strategy: { allowUnconditionalUpdate: false },
  columns: [nameColumn, column('StorageClassName'), column('Capacity')],
  row: object => [object.metadata.name, object.storageClassName, object.capacity ?? '<unset>'],
});
