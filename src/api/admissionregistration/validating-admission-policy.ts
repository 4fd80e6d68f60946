import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ValidatingAdmissionPolicy } from '../generated/types/admissionregistration.v1.ts';

export const validatingAdmissionPolicyResource = defineResource<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy' }],
  kind: 'ValidatingAdmissionPolicy',
  resource: 'validatingadmissionpolicies',
  singular: 'validatingadmissionpolicy',
  categories: ['api-extensions'],
  namespaced: false,
  statusSubresource: true,
  strategy: { allowUnconditionalUpdate: false },
  columns: [nameColumn, column('Validations', 'integer'), column('ParamKind'), ageColumn],
  row: (object, nowMs) => {
    const paramKind = object.spec?.paramKind;
    return [
      object.metadata.name,
      object.spec?.validations?.length ?? 0,
      paramKind ? `${paramKind.apiVersion ?? ''}/${paramKind.kind ?? ''}` : '<unset>',
      age(object, nowMs),
    ];
  },
});
