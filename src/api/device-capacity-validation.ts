import { append } from '#base/append.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { Quantity } from '#machinery/quantity.ts';
import { validateSet } from './device-validation.ts';
import type {
  CapacityRequestPolicy,
  CapacityRequestPolicyRange,
  DeviceCapacity,
} from './generated/types/resource.v1.ts';

const policyValuesMax = 10;

function quantity(text: string | undefined): Quantity {
  return Quantity.tryParse(text ?? '') ?? Quantity.zero;
}

function validatePolicyValues(at: FieldPath, policy: CapacityRequestPolicy, most: string): FieldError[] {
  const values = policy.validValues ?? [];
  const errors = values.flatMap((value, i) =>
    i > 0 && quantity(values[i - 1]).compare(quantity(value)) > 0
      ? [fieldError.invalid(at.index(i), value, 'values must be sorted in ascending order')]
      : [],
  );
  append(
    errors,
    validateSet(
      at,
      values,
      policyValuesMax,
      value => String(quantity(value).value()),
      (here, value) =>
        quantity(value).compare(quantity(most)) > 0
          ? [fieldError.invalid(here, value, `option is larger than capacity value: ${most}`)]
          : [],
    ),
  );
  if (values.some(value => quantity(value).compare(quantity(policy.default)) === 0)) return errors;
  const detail = 'default value is not valid according to the requestPolicy';
  return [...errors, fieldError.invalid(at, policy.default, detail)];
}

function validateSteps(at: FieldPath, values: readonly string[], min: string, step: string): FieldError[] {
  return values.flatMap(value => {
    const [a, b, c] = [value, min, step].map(text => quantity(text).value()) as [number, number, number];
    const detail = `value is not a multiple of a given step (${step}) from (${min})`;
    return (a - b) % c === 0 ? [] : [fieldError.invalid(at, value, detail)];
  });
}

function validatePolicyRange(
  at: FieldPath,
  range: CapacityRequestPolicyRange,
  byDefault: string,
  most: string,
): FieldError[] {
  const { min, max, step } = range;
  if (min === undefined) return [fieldError.required(at.child('min'), 'required when validRange is defined')];
  const errors: FieldError[] = [];
  const check = (greater: string, less: string, name: string, shown: string, detail: string) => {
    if (quantity(greater).compare(quantity(less)) > 0) {
      errors.push(fieldError.invalid(at.child(name), shown, detail));
    }
  };
  check(min, most, 'min', min, `min is larger than capacity value: ${most}`);
  check(min, byDefault, 'min', byDefault, `default is less than min: ${min}`);
  if (max !== undefined) {
    check(min, max, 'max', min, `min is larger than max: ${max}`);
    check(max, most, 'max', max, `max is larger than capacity value: ${most}`);
    check(byDefault, max, 'max', byDefault, `default is more than max: ${max}`);
  }
  if (step === undefined) return errors;
  const stepPath = at.child('step');
  if (quantity(step).sign <= 0) {
    return [...errors, fieldError.invalid(stepPath, step, 'must be greater than zero')];
  }
  const first = quantity(min).add(quantity(step)).toString();
  check(first, most, 'step', step, `one step ${first} is larger than capacity value: ${most}`);
  return [...errors, ...validateSteps(stepPath, [byDefault, ...(max === undefined ? [] : [max])], min, step)];
}

/** How much of a device's capacity a request may take, where several may share it (KEP-5075). */
export function validateCapacity(at: FieldPath, capacity: DeviceCapacity, shared: boolean): FieldError[] {
  const policy = capacity.requestPolicy;
  const policyPath = at.child('requestPolicy');
  if (!policy) return [];
  if (!shared) return [fieldError.forbidden(policyPath, 'allowMultipleAllocations must be true')];
  const hasValues = (policy.validValues?.length ?? 0) > 0;
  if (hasValues && policy.validRange) {
    const detail =
      'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    return [fieldError.forbidden(policyPath, detail)];
  }
  if (!hasValues && !policy.validRange) return [];
  const name = hasValues ? 'validValues' : 'validRange';
  if (policy.default === undefined) {
    return [fieldError.required(policyPath.child('default'), `required when ${name} is defined`)];
  }
  return policy.validRange
    ? validatePolicyRange(policyPath.child(name), policy.validRange, policy.default, capacity.value)
    : validatePolicyValues(policyPath.child(name), policy, capacity.value);
}
