import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ValidatingAdmissionPolicy } from '../generated/types/admissionregistration.v1.ts';
import { setMatchDefaults } from '../webhook-defaults.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { startStatus } from '../strategies.ts';
import { validatePolicySpec } from '../policy-validation.ts';

function setDefaults({ spec }: ValidatingAdmissionPolicy): void {
  if (!spec) return;
  spec.failurePolicy ??= 'Fail';
  setMatchDefaults(spec.matchConstraints);
}

function validate({ spec }: ValidatingAdmissionPolicy): FieldError[] {
  const path = FieldPath.of('spec');
  const { validations = [], auditAnnotations = [] } = spec ?? {};
  const errors = validatePolicySpec(spec);
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item';
    errors.push(fieldError.required(path.child('validations'), detail));
    errors.push(fieldError.required(path.child('auditAnnotations'), detail));
  }
  validations.forEach(({ expression }, i) => {
    if (expression?.trim()) return;
    errors.push(
      fieldError.required(
        path.child('validations').index(i).child('expression'),
        'expression is not specified',
      ),
    );
  });
  return errors;
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
  strategy: {
    allowUnconditionalUpdate: false,
    prepareForCreate: startStatus<ValidatingAdmissionPolicy>({}),
    setDefaults,
    validate,
  },
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
