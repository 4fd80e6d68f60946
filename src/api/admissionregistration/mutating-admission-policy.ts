import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { MutatingAdmissionPolicy, Mutation } from '../generated/types/admissionregistration.v1.ts';
import { setMatchDefaults } from '../webhook-defaults.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { requiredOneOf } from '../validation.ts';
import { composedVariables, validatePolicySpec } from '../policy-validation.ts';
import { validateExpression } from '../expression-validation.ts';
import { type AdmissionVariables, results } from '#cel/admission.ts';

function setDefaults({ spec }: MutatingAdmissionPolicy): void {
  if (!spec) return;
  spec.failurePolicy ??= 'Fail';
  setMatchDefaults(spec.matchConstraints);
}

const patches = {
  ApplyConfiguration: {
    field: 'applyConfiguration',
    other: 'jsonPatch',
    allowed: results.applyConfiguration,
  },
  JSONPatch: { field: 'jsonPatch', other: 'applyConfiguration', allowed: results.jsonPatch },
} as const;

/** A patch of the one kind or the other, as its type says. */
function validateMutation(at: FieldPath, mutation: Mutation, variables: AdmissionVariables): FieldError[] {
  const { patchType } = mutation;
  const kind = patches[patchType as keyof typeof patches];
  if (!kind) return requiredOneOf(at.child('patchType'), patchType, Object.keys(patches));
  const { field, other, allowed } = kind;
  const path = at.child(field);
  const patch = mutation[field];
  const errors = patch
    ? validateExpression(path.child('expression'), patch.expression, variables, allowed)
    : [fieldError.required(path, `must be specified when patchType is ${patchType}`)];
  if (mutation[other] === undefined) return errors;
  const detail = `must not be specified when patchType is ${patchType}`;
  return [...errors, fieldError.invalid(at.child(other), `{${other}}`, detail)];
}

function validate({ spec }: MutatingAdmissionPolicy): FieldError[] {
  const path = FieldPath.of('spec');
  const mutations = spec?.mutations ?? [];
  const errors = validatePolicySpec(spec, true);
  const variables = { ...composedVariables(spec), patchTypes: true };
  if (mutations.length === 0) {
    errors.push(fieldError.required(path.child('mutations'), 'mutations must contain at least one item'));
  }
  return [
    ...errors,
    ...mutations.flatMap((mutation, i) =>
      validateMutation(path.child('mutations').index(i), mutation, variables),
    ),
    ...requiredOneOf(path.child('reinvocationPolicy'), spec?.reinvocationPolicy, ['IfNeeded', 'Never']),
  ];
}

export const mutatingAdmissionPolicyResource = defineResource<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy' }],
  optionalVersions: [
    { version: 'v1beta1', schema: 'io.k8s.api.admissionregistration.v1beta1.MutatingAdmissionPolicy' },
  ],
  hashedVersion: 'v1beta1',
  kind: 'MutatingAdmissionPolicy',
  resource: 'mutatingadmissionpolicies',
  singular: 'mutatingadmissionpolicy',
  categories: ['api-extensions'],
  namespaced: false,
  strategy: {
    metadataPasses: { update: ['create'] },
    allowUnconditionalUpdate: false,
    generation: true,
    setDefaults,
    validate,
  },
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
