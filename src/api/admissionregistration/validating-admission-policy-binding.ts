import { defineResource } from '../definition.ts';
import type { ValidatingAdmissionPolicyBinding } from '../generated/types/admissionregistration.v1.ts';
import { policyBindingColumns, policyBindingRow } from '../policy-binding-columns.ts';
import { setMatchDefaults } from '../webhook-defaults.ts';

export const validatingAdmissionPolicyBindingResource = defineResource<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  versions: [
    { version: 'v1', schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding' },
  ],
  kind: 'ValidatingAdmissionPolicyBinding',
  resource: 'validatingadmissionpolicybindings',
  singular: 'validatingadmissionpolicybinding',
  categories: ['api-extensions'],
  namespaced: false,
  strategy: {
    allowUnconditionalUpdate: false,
    generation: true,
    setDefaults: object => setMatchDefaults(object.spec?.matchResources),
  },
  columns: policyBindingColumns,
  row: policyBindingRow,
});
