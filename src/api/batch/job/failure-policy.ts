import { append } from '#base/append.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { checkQualifiedName } from '#machinery/names.ts';
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyRule,
} from '../../generated/types/batch.v1.ts';
import { invalidEach, optionalOneOf, repeats } from '../../validation.ts';

const rulesMax = 20;
const patternsMax = 20;
const exitCodesMax = 255;
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];

/** What a job makes of failed pods (KEP-3329). */
export function validateFailurePolicy(path: FieldPath, spec: JobSpec): FieldError[] {
  if (!spec.podFailurePolicy) return [];
  const rules = spec.podFailurePolicy.rules ?? [];
  const errors =
    rules.length > rulesMax ? [fieldError.tooMany(path.child('rules'), rules.length, rulesMax)] : [];
  return [...errors, ...rules.flatMap((rule, i) => validateRule(path.child('rules').index(i), rule, spec))];
}

function validateRule(path: FieldPath, rule: PodFailurePolicyRule, spec: JobSpec): FieldError[] {
  const conditions = rule.onPodConditions ?? [];
  const errors = validateAction(path.child('action'), rule.action, spec);
  if (rule.onExitCodes) append(errors, validateExitCodes(path.child('onExitCodes'), rule.onExitCodes, spec));
  if (conditions.length > patternsMax) {
    errors.push(fieldError.tooMany(path.child('onPodConditions'), conditions.length, patternsMax));
  }
  conditions.forEach(({ type, status }, i) => {
    const at = path.child('onPodConditions').index(i);
    append(errors, invalidEach(at.child('type'), type, checkQualifiedName(type)));
    append(errors, oneOf(at.child('status'), status, ['False', 'True', 'Unknown']));
  });
  if (rule.onExitCodes && conditions.length > 0) {
    errors.push(
      fieldError.misplaced(path, 'specifying both OnExitCodes and OnPodConditions is not supported'),
    );
  } else if (!rule.onExitCodes && conditions.length === 0) {
    errors.push(fieldError.misplaced(path, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return errors;
}

function validateAction(path: FieldPath, action: string, spec: JobSpec): FieldError[] {
  if (action !== 'FailIndex' || spec.backoffLimitPerIndex !== undefined) return oneOf(path, action, actions);
  return [fieldError.invalid(path, action, 'requires the backoffLimitPerIndex to be set')];
}

function validateExitCodes(
  path: FieldPath,
  requirement: PodFailurePolicyOnExitCodesRequirement,
  { template }: JobSpec,
): FieldError[] {
  const { operator, containerName } = requirement;
  // A list that is not left out when it is empty is shown as null, and clients send back what they were shown.
  const values = requirement.values ?? [];
  const errors = oneOf(path.child('operator'), operator, ['In', 'NotIn']);
  const containers = [...(template?.spec?.containers ?? []), ...(template?.spec?.initContainers ?? [])];
  if (containerName !== undefined && !containers.some(({ name }) => name === containerName)) {
    const detail = 'must be one of the container or initContainer names in the pod template';
    errors.push(fieldError.invalid(path.child('containerName'), containerName, detail));
  }
  const at = path.child('values');
  if (values.length === 0)
    errors.push(fieldError.invalid(at, requirement.values ?? null, 'at least one value is required'));
  if (values.length > exitCodesMax) errors.push(fieldError.tooMany(at, values.length, exitCodesMax));
  const isRepeated = repeats(values);
  values.forEach((value, i) => {
    if (operator === 'In' && value === 0) {
      errors.push(fieldError.invalid(at.index(i), value, 'must not be 0 for the In operator'));
    }
    if (isRepeated[i]) errors.push(fieldError.duplicate(at.index(i), value));
  });
  if (values.some((value, i) => i > 0 && values[i - 1]! > value)) {
    errors.push(fieldError.invalid(at, values, 'must be ordered'));
  }
  return errors;
}

/** Required says what there is to choose from. */
function oneOf(path: FieldPath, value: string | undefined, supported: readonly string[]): FieldError[] {
  if (value) return optionalOneOf(path, value, supported);
  return [
    fieldError.required(path, `valid values: [${supported.map(one => JSON.stringify(one)).join(' ')}]`),
  ];
}
