import { age, ageColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ServiceAccount } from '../generated/types/core.v1.ts';

const mountableAnnotation = 'kubernetes.io/enforce-mountable-secrets';

/** An account's secrets are of its own namespace: no more than their names is kept. */
function keepNames({ secrets }: ServiceAccount): void {
  secrets?.forEach(({ name }, i) => {
    secrets[i] = name === undefined ? {} : { name };
  });
}

function warnings({ metadata }: ServiceAccount, old?: ServiceAccount): string[] {
  const isSet = (object?: ServiceAccount) =>
    object?.metadata.annotations?.[mountableAnnotation] !== undefined;
  if (metadata.annotations?.[mountableAnnotation] === undefined || isSet(old)) return [];
  const advice = 'prefer separate namespaces to isolate access to mounted secrets';
  return [`metadata.annotations[${mountableAnnotation}]: deprecated in v1.32+; ${advice}`];
}

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
  strategy: {
    metadataPasses: { update: ['update', 'create'] },
    prepareForCreate: keepNames,
    prepareForUpdate: keepNames,
    warnings,
    returnDeletedObject: true,
  },
  columns: [nameColumn, ageColumn],
  row: (object, nowMs) => [object.metadata.name, age(object, nowMs)],
});
