import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Lease } from '../generated/types/coordination.v1.ts';

export const leaseResource = defineResource<Lease>({
  group: 'coordination.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.coordination.v1.Lease' }],
  kind: 'Lease',
  resource: 'leases',
  singular: 'lease',
  namespaced: true,
  strategy: { allowCreateOnUpdate: true, allowUnconditionalUpdate: false },
  columns: [nameColumn, column('Holder'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, object.spec?.holderIdentity ?? '', age(object, nowMs)],
});
