import { append } from '#base/append.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { MutatingAdmissionPolicy } from '../generated/types/admissionregistration.v1.ts';
import { setMatchDefaults } from '../webhook-defaults.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { requiredOneOf } from '../validation.ts';
import { composedVariables, validatePolicySpec } from '../policy-validation.ts';
import { validateExpression } from '../expression-validation.ts';
import { results } from '#cel/admission.ts';

function setDefaults({ spec }: MutatingAdmissionPolicy): void {
  if (!spec) return;
  spec.failurePolicy ??= 'Fail';
  setMatchDefaults(spec.matchConstraints);
}

function validate({ spec }: MutatingAdmissionPolicy): FieldError[] {
  const path = FieldPath.of('spec');
  const mutations = spec?.mutations ?? [];
  const errors = validatePolicySpec(spec);
  const variables = { ...composedVariables(spec), patchTypes: true };
  if (mutations.length === 0) errors.push(fieldError.required(path.child('mutations')));
  mutations.forEach(({ patchType, applyConfiguration, jsonPatch }, i) => {
    const at = path.child('mutations').index(i);
    append(errors, requiredOneOf(at.child('patchType'), patchType, ['ApplyConfiguration', 'JSONPatch']));
    if (patchType === 'ApplyConfiguration') {
      const expressionPath = at.child('applyConfiguration', 'expression');
      const { expression } = applyConfiguration ?? {};
      append(errors, validateExpression(expressionPath, expression, variables, results.applyConfiguration));
    }
    if (patchType === 'JSONPatch') {
      const expressionPath = at.child('jsonPatch', 'expression');
      append(errors, validateExpression(expressionPath, jsonPatch?.expression, variables, results.jsonPatch));
    }
  });
  return [
    ...errors,
    ...requiredOneOf(path.child('reinvocationPolicy'), spec?.reinvocationPolicy, ['IfNeeded', 'Never']),
  ];
}

export const mutatingAdmissionPolicyResource = defineResource<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy' }],
  kind: 'MutatingAdmissionPolicy',
  resource: 'mutatingadmissionpolicies',
  singular: 'mutatingadmissionpolicy',
  categories: ['api-extensions'],
  namespaced: false,
  strategy: { allowUnconditionalUpdate: false, generation: true, setDefaults, validate },
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
