import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { CSINode } from '../generated/types/storage.v1.ts';

export const csiNodeResource = defineResource<CSINode>({
  group: 'storage.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.storage.v1.CSINode' }],
  kind: 'CSINode',
  resource: 'csinodes',
  singular: 'csinode',
  namespaced: false,
  strategy: { allowUnconditionalUpdate: false },
  columns: [nameColumn, column('Drivers', 'integer'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, object.spec.drivers?.length ?? 0, age(object, nowMs)],
});
