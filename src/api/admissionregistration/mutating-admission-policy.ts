import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { MutatingAdmissionPolicy } from '../generated/types/admissionregistration.v1.ts';
import { setMatchDefaults } from '../webhook-defaults.ts';

function setDefaults({ spec }: MutatingAdmissionPolicy): void {
  if (!spec) return;
  spec.failurePolicy ??= 'Fail';
  setMatchDefaults(spec.matchConstraints);
}

export const mutatingAdmissionPolicyResource = defineResource<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy' }],
  kind: 'MutatingAdmissionPolicy',
  resource: 'mutatingadmissionpolicies',
  singular: 'mutatingadmissionpolicy',
  categories: ['api-extensions'],
  namespaced: false,
  strategy: { allowUnconditionalUpdate: false, generation: true, setDefaults },
  columns: [nameColumn, column('Mutations', 'integer'), column('ParamKind'), ageColumn],
  row: (object, nowMs) => {
    const paramKind = object.spec?.paramKind;
    return [
      object.metadata.name,
      object.spec?.mutations?.length ?? 0,
      paramKind ? `${paramKind.apiVersion ?? ''}/${paramKind.kind ?? ''}` : '<unset>',
      age(object, nowMs),
    ];
  },
});
