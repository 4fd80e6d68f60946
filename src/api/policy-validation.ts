import { append } from '#base/append.ts';
import { type AdmissionVariables, composeVariables } from '#cel/admission.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1035Label, checkDns1123Subdomain, checkPathSegment } from '#machinery/names.ts';
import { validateLabelSelector } from '#machinery/selectors.ts';
import { compilationErrors, validateMatchConditions } from './expression-validation.ts';
import type {
  MatchResources,
  MutatingAdmissionPolicyBinding,
  MutatingAdmissionPolicySpec,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicySpec,
  Variable,
} from './generated/types/admissionregistration.v1.ts';
import { invalidEach, optionalOneOf, requiredName } from './validation.ts';
import { validateMatchResources } from './webhook-validation.ts';

const path = FieldPath.of('spec');

type PolicySpec = ValidatingAdmissionPolicySpec | MutatingAdmissionPolicySpec;

/** The variables that a policy's expressions have, beside those that it defines. */
export function policyVariables(spec: PolicySpec | undefined): AdmissionVariables {
  return { params: spec?.paramKind !== undefined, authorizer: true };
}

/** All that the expressions behind its variables may use. */
export function composedVariables(spec: PolicySpec | undefined): AdmissionVariables {
  const options = policyVariables(spec);
  const { types } = composeVariables(spec?.variables ?? [], options);
  return { ...options, composed: types };
}

/** What validating and mutating policies (`mutates`) share. */
export function validatePolicySpec(spec: PolicySpec | undefined, mutates = false): FieldError[] {
  const { failurePolicy, paramKind, matchConstraints, matchConditions, variables = [] } = spec ?? {};
  const errors = optionalOneOf(path.child('failurePolicy'), failurePolicy, ['Fail', 'Ignore']);
  if (paramKind) append(errors, validateParamKind(path.child('paramKind'), paramKind));
  const matchPath = path.child('matchConstraints');
  if (!matchConstraints) errors.push(fieldError.required(matchPath));
  else {
    append(errors, validateMatchResources(matchPath, matchConstraints));
    if (!matchConstraints.resourceRules?.length) {
      errors.push(fieldError.required(matchPath.child('resourceRules')));
    }
    if (mutates) append(errors, validateMutable(matchPath, matchConstraints));
  }
  const conditionsPath = path.child('matchConditions');
  append(errors, validateMatchConditions(conditionsPath, matchConditions, paramKind !== undefined));
  return [...errors, ...validateVariables(variables, policyVariables(spec))];
}

const mutable = ['*', 'CONNECT', 'CREATE', 'UPDATE'];

/** What is deleted cannot be changed. */
export function validateMutable(at: FieldPath, match: MatchResources | undefined): FieldError[] {
  return (match?.resourceRules ?? []).flatMap(({ operations = [] }) =>
    operations.flatMap(operation =>
      optionalOneOf(at.child('resourceRules', 'operations'), operation, mutable),
    ),
  );
}

function validateParamKind(at: FieldPath, { apiVersion, kind }: ParamKind): FieldError[] {
  const errors: FieldError[] = [];
  const versionPath = at.child('apiVersion');
  const parts = (apiVersion ?? '').split('/');
  const [group, version] = parts.length === 2 ? parts : ['', parts[0]];
  if (!apiVersion) errors.push(fieldError.required(versionPath));
  else if (parts.length > 2) {
    errors.push(fieldError.invalid(versionPath, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  } else {
    const wrongGroup = group ? checkDns1123Subdomain(group) : [];
    const wrongVersion = checkDns1035Label(version ?? '');
    if (wrongGroup.length > 0) errors.push(fieldError.invalid(versionPath, group, wrongGroup.join(',')));
    if (!version) errors.push(fieldError.invalid(versionPath, apiVersion, 'version must be specified'));
    else if (wrongVersion.length > 0)
      errors.push(fieldError.invalid(versionPath, version, wrongVersion.join(',')));
  }
  if (!kind) return [...errors, fieldError.required(at.child('kind'))];
  const wrongKind = checkDns1035Label(kind.toLowerCase());
  if (wrongKind.length === 0) return errors;
  const detail = `may have mixed case, but should otherwise match: ${wrongKind.join(',')}`;
  return [...errors, fieldError.invalid(at.child('kind'), kind, detail)];
}

const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

function validateVariables(variables: readonly Variable[], options: AdmissionVariables): FieldError[] {
  const compiled = composeVariables(
    variables.filter(({ expression }) => expression?.trim()),
    options,
  );
  return variables.flatMap(({ name, expression }, i) => {
    const at = path.child('variables').index(i);
    const errors: FieldError[] = [];
    if (!name?.trim()) errors.push(fieldError.required(at.child('name'), 'name is not specified'));
    else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) || reserved.has(name)) {
      errors.push(fieldError.invalid(at.child('name'), name, 'must be a valid CEL identifier'));
    }
    const variable = compiled.variables.get(name);
    if (!expression?.trim())
      errors.push(fieldError.required(at.child('expression'), 'expression is not specified'));
    else if (variable) append(errors, compilationErrors(at.child('expression'), expression, variable));
    return errors;
  });
}

function validateParamRef(ref: ParamRef | undefined): FieldError[] {
  if (!ref) return [];
  const at = path.child('paramRef');
  const both = ref.name && ref.selector;
  const exclusive = 'name and selector are mutually exclusive';
  const errors: FieldError[] = [];
  if (ref.name) append(errors, invalidEach(at.child('name'), ref.name, checkPathSegment(ref.name)));
  if (both) errors.push(fieldError.forbidden(at.child('name'), exclusive));
  append(errors, validateLabelSelector(ref.selector, at.child('selector')));
  if (both) errors.push(fieldError.forbidden(at.child('selector'), exclusive));
  if (!ref.name && !ref.selector)
    errors.push(fieldError.required(at, 'one of name or selector must be specified'));
  const action = ref.parameterNotFoundAction;
  if (!action) errors.push(fieldError.required(at.child('parameterNotFoundAction')));
  else append(errors, optionalOneOf(at.child('parameterNotFoundAction'), action, ['Deny', 'Allow']));
  return errors;
}

/** A binding of a policy. */
export function validatePolicyBinding({
  spec,
}: ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding): FieldError[] {
  return [
    ...requiredName(path.child('policyName'), spec?.policyName, checkDns1123Subdomain),
    ...validateParamRef(spec?.paramRef),
    ...validateMatchResources(path.child('matchResources'), spec?.matchResources),
  ];
}
