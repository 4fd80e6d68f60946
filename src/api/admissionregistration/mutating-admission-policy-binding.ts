import { FieldPath } from '#machinery/field.ts';
import { defineResource } from '../definition.ts';
import type { MutatingAdmissionPolicyBinding } from '../generated/types/admissionregistration.v1.ts';
import { policyBindingColumns, policyBindingRow } from '../policy-binding-columns.ts';
import { setMatchDefaults } from '../webhook-defaults.ts';
import { validateMutable, validatePolicyBinding } from '../policy-validation.ts';

export const mutatingAdmissionPolicyBindingResource = defineResource<MutatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding' }],
  optionalVersions: [
    { version: 'v1beta1', schema: 'io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicyBinding' },
  ],
  hashedVersion: 'v1beta1',
  kind: 'MutatingAdmissionPolicyBinding',
  resource: 'mutatingadmissionpolicybindings',
  singular: 'mutatingadmissionpolicybinding',
  categories: ['api-extensions'],
  namespaced: false,
  strategy: {
    metadataPasses: { update: ['create'] },
    allowUnconditionalUpdate: false,
    generation: true,
    setDefaults: object => setMatchDefaults(object.spec?.matchResources),
    validate: object => [
      ...validatePolicyBinding(object),
      ...validateMutable(FieldPath.of('spec', 'matchResources'), object.spec?.matchResources),
    ],
  },
  columns: policyBindingColumns,
  row: policyBindingRow,
});
