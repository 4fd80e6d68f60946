import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ServiceAccount } from '../generated/types/core.v1.ts';

export const serviceAccountResource = defineResource<ServiceAccount>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.ServiceAccount' }],
  kind: 'ServiceAccount',
  resource: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  namespaced: true,
  extraSubresources: [
    {
      name: 'token',
      kind: 'TokenRequest',
      group: 'authentication.k8s.io',
      version: 'v1',
      verbs: ['create'],
    },
  ],
  strategy: { allowUnconditionalUpdate: false, returnDeletedObject: true },
  columns: [nameColumn, column('Secrets'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, object.secrets?.length ?? 0, age(object, nowMs)],
});
