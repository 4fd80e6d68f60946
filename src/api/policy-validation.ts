import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { validateLabelSelector } from '#machinery/selectors.ts';
import { checkDns1123Subdomain } from '#machinery/names.ts';
import type {
  MutatingAdmissionPolicyBinding,
  MutatingAdmissionPolicySpec,
  ParamRef,
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicySpec,
} from './generated/types/admissionregistration.v1.ts';
import { optionalOneOf, requiredName } from './validation.ts';
import { validateMatchResources } from './webhook-validation.ts';

const path = FieldPath.of('spec');

/** What validating and mutating policies share. Their expressions are compiled by the API server. */
export function validatePolicySpec(
  spec: ValidatingAdmissionPolicySpec | MutatingAdmissionPolicySpec | undefined,
): FieldError[] {
  const { failurePolicy, paramKind, matchConstraints, variables = [] } = spec ?? {};
  const errors = optionalOneOf(path.child('failurePolicy'), failurePolicy, ['Fail', 'Ignore']);
  if (paramKind) {
    if (!paramKind.apiVersion) errors.push(fieldError.required(path.child('paramKind', 'apiVersion')));
    if (!paramKind.kind) errors.push(fieldError.required(path.child('paramKind', 'kind')));
  }
  const matchPath = path.child('matchConstraints');
  if (!matchConstraints) errors.push(fieldError.required(matchPath));
  else {
    errors.push(...validateMatchResources(matchPath, matchConstraints));
    if (!matchConstraints.resourceRules?.length) {
      errors.push(fieldError.required(matchPath.child('resourceRules')));
    }
  }
  const names = new Set<string>();
  variables.forEach(({ name, expression }, i) => {
    const at = path.child('variables').index(i);
    if (!name) errors.push(fieldError.required(at.child('name'), 'name is not specified'));
    else if (names.has(name)) errors.push(fieldError.duplicate(at.child('name'), name));
    names.add(name);
    if (!expression?.trim())
      errors.push(fieldError.required(at.child('expression'), 'expression is not specified'));
  });
  return errors;
}

function validateParamRef(ref: ParamRef | undefined): FieldError[] {
  if (!ref) return [];
  const at = path.child('paramRef');
  const errors: FieldError[] = [];
  if (ref.name && ref.selector) {
    errors.push(fieldError.forbidden(at.child('name'), 'name and selector are mutually exclusive'));
  } else if (!ref.name && !ref.selector)
    errors.push(fieldError.required(at, 'one of name or selector must be specified'));
  errors.push(...validateLabelSelector(ref.selector, at.child('selector')));
  const action = ref.parameterNotFoundAction;
  if (!action) errors.push(fieldError.required(at.child('parameterNotFoundAction')));
  else errors.push(...optionalOneOf(at.child('parameterNotFoundAction'), action, ['Allow', 'Deny']));
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
