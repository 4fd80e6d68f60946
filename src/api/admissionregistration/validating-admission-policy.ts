import { ownMetadata } from '../strategies.ts';
import { append } from '#base/append.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import { type AdmissionVariables, results } from '#cel/admission.ts';
import { checkQualifiedName } from '#machinery/names.ts';
import { JsonPathError, parseJsonPath } from '#machinery/jsonpath.ts';
import { validateExpression } from '../expression-validation.ts';
import type {
  AuditAnnotation,
  ExpressionWarning,
  ValidatingAdmissionPolicy,
  Validation,
} from '../generated/types/admissionregistration.v1.ts';
import { setMatchDefaults } from '../webhook-defaults.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { validateConditions } from '../condition-validation.ts';
import { startStatus } from '../strategies.ts';
import { composedVariables, validatePolicySpec } from '../policy-validation.ts';
import { invalidEach, optionalOneOf } from '../validation.ts';

function setDefaults({ spec }: ValidatingAdmissionPolicy): void {
  if (!spec) return;
  spec.failurePolicy ??= 'Fail';
  setMatchDefaults(spec.matchConstraints);
}

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const annotationsMax = 20;
const annotationExpressionBytesMax = 5 * 1024;

function validateValidation(
  at: FieldPath,
  { expression, message, messageExpression, reason }: Validation,
  variables: AdmissionVariables,
): FieldError[] {
  const errors = validateExpression(
    at.child('expression'),
    expression,
    variables,
    results.condition,
    'expression is not specified',
  );
  const messagePath = at.child('messageExpression');
  if (messageExpression && !messageExpression.trim()) {
    errors.push(fieldError.invalid(messagePath, messageExpression, 'must be non-empty if specified'));
  } else if (messageExpression) {
    const unauthorized = { ...variables, authorizer: false };
    append(errors, validateExpression(messagePath, messageExpression, unauthorized, results.message));
  }
  if (message && !message.trim()) {
    errors.push(fieldError.invalid(at.child('message'), message, 'must be non-empty if specified'));
  } else if (message && /[\n\r]/.test(message.trim())) {
    errors.push(fieldError.invalid(at.child('message'), message, 'must not contain line breaks'));
  }
  return [...errors, ...optionalOneOf(at.child('reason'), reason, reasons)];
}

function validateAuditAnnotations(
  at: FieldPath,
  annotations: readonly AuditAnnotation[],
  policy: string,
  variables: AdmissionVariables,
): FieldError[] {
  const keys = new Set<string>();
  const errors: FieldError[] = [];
  if (annotations.length > annotationsMax) {
    errors.push(
      fieldError.invalid(at, annotations, `must not have more than ${annotationsMax} auditAnnotations`),
    );
  }
  annotations.forEach(({ key, valueExpression }, i) => {
    const item = at.index(i);
    const full = `${policy}/${key}`;
    if (policy !== '') append(errors, invalidEach(item.child('key'), full, checkQualifiedName(full)));
    else errors.push(fieldError.invalid(item.child('key'), key, 'requires metadata.name be non-empty'));
    const valuePath = item.child('valueExpression');
    if (valueExpression && valueExpression.trim().length > annotationExpressionBytesMax) {
      const detail = `must not exceed ${annotationExpressionBytesMax} bytes in length`;
      errors.push(fieldError.required(valuePath, detail));
    } else {
      const missing = 'valueExpression is not specified';
      append(errors, validateExpression(valuePath, valueExpression, variables, results.annotation, missing));
    }
    if (keys.has(key)) errors.push(fieldError.duplicate(item.child('key'), key));
    keys.add(key);
  });
  return errors;
}

function validate({ metadata, spec }: ValidatingAdmissionPolicy): FieldError[] {
  const path = FieldPath.of('spec');
  const { validations = [], auditAnnotations = [] } = spec ?? {};
  const errors = validatePolicySpec(spec);
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item';
    errors.push(fieldError.required(path.child('validations'), detail));
    errors.push(fieldError.required(path.child('auditAnnotations'), detail));
  }
  const variables = composedVariables(spec);
  validations.forEach((validation, i) => {
    append(errors, validateValidation(path.child('validations').index(i), validation, variables));
  });
  const annotationsPath = path.child('auditAnnotations');
  append(errors, validateAuditAnnotations(annotationsPath, auditAnnotations, metadata.name ?? '', variables));
  return errors;
}

function validateStatus({ status }: ValidatingAdmissionPolicy): FieldError[] {
  const path = FieldPath.of('status');
  const warnings = status?.typeChecking?.expressionWarnings ?? [];
  return [
    ...warnings.flatMap((warning, i) =>
      validateWarning(path.child('typeChecking', 'expressionWarnings').index(i), warning),
    ),
    ...validateConditions(path.child('conditions'), status?.conditions),
  ];
}

function validateWarning(path: FieldPath, { warning, fieldRef = '' }: ExpressionWarning): FieldError[] {
  const at = path.child('fieldRef');
  const where = fieldRef.trim();
  return [
    ...(warning ? [] : [fieldError.required(path.child('warning'))]),
    ...(where === '' ? [fieldError.required(at)] : validateReference(at, where)),
  ];
}

function validateReference(at: FieldPath, text: string): FieldError[] {
  try {
    parseJsonPath(`{${text}}`);
    return [];
  } catch (error) {
    if (!(error instanceof JsonPathError)) throw error;
    return [fieldError.invalid(at, text, `invalid JSONPath: ${error.message}`)];
  }
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
    metadataPasses: { update: ['create'], status: [] },
    statusKeeps: ownMetadata,
    allowUnconditionalUpdate: false,
    prepareForCreate: startStatus<ValidatingAdmissionPolicy>({}),
    setDefaults,
    validate,
    validateStatusUpdate: validateStatus,
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
