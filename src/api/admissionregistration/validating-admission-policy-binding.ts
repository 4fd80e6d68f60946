import { append } from '#base/append.ts';
import { defineResource } from '../definition.ts';
import type { ValidatingAdmissionPolicyBinding } from '../generated/types/admissionregistration.v1.ts';
import { policyBindingColumns, policyBindingRow } from '../policy-binding-columns.ts';
import { setMatchDefaults } from '../webhook-defaults.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { optionalOneOf, repeats } from '../validation.ts';
import { validatePolicyBinding } from '../policy-validation.ts';

const actions = ['Audit', 'Deny', 'Warn'];

function validate(object: ValidatingAdmissionPolicyBinding): FieldError[] {
  const path = FieldPath.of('spec', 'validationActions');
  const given = object.spec?.validationActions ?? [];
  const errors = validatePolicyBinding(object);
  const isRepeated = repeats(given);
  given.forEach((action, i) => {
    append(errors, optionalOneOf(path.index(i), action, actions));
    if (isRepeated[i]) errors.push(fieldError.duplicate(path.index(i), action));
  });
  if (given.includes('Deny') && given.includes('Warn')) {
    const detail =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(fieldError.invalid(path, given, detail));
  }
  if (given.length === 0)
    errors.push(fieldError.required(path, 'at least one validation action is required'));
  return errors;
}

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
    metadataPasses: { update: ['create'] },
    allowUnconditionalUpdate: false,
    generation: true,
    setDefaults: object => setMatchDefaults(object.spec?.matchResources),
    validate,
  },
  columns: policyBindingColumns,
  row: policyBindingRow,
});
