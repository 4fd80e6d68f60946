import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ValidatingAdmissionPolicy } from '../generated/types/admissionregistration.v1.ts';
import { setMatchDefaults } from '../webhook-defaults.ts';

function setDefaults({ spec }: ValidatingAdmissionPolicy): void {
  if (!spec) return;
  spec.failurePolicy ??= 'Fail';
  setMatchDefaults(spec.matchConstraints);
}

export const validatingAdmissionPolicyResource = defineResource<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy' }],
  kind: 'ValidatingAdmissionPolicy',
  resource: 'validatingadmissionpolicies',
  singular: 'validatingadmissionpolicy',
  categories: ['api-extensions'],
  namespaced: false,
  statusSubresource: true,
  strategy: { allowUnconditionalUpdate: false, setDefaults },
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
