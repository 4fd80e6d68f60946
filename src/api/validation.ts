import { deepEqual } from '#base/equal.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import { validateLabelName, validateLabels } from '#machinery/metadata.ts';
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkPortName,
  checkPortNumber,
} from '#machinery/names.ts';
import { Quantity } from '#machinery/quantity.ts';

type Check = (value: string) => string[];

/** One Invalid for each message that a check answers. */
export function invalidEach(path: FieldPath, value: unknown, messages: readonly string[]): FieldError[] {
  return messages.map(message => fieldError.invalid(path, value, message));
}

/** Required when empty, else what the check says. */
export function requiredName(path: FieldPath, value: string | undefined, check: Check): FieldError[] {
  return value ? invalidEach(path, value, check(value)) : [fieldError.required(path)];
}

/** What the check says of a value that may be absent. */
export function optionalName(path: FieldPath, value: string | undefined, check: Check): FieldError[] {
  return value ? invalidEach(path, value, check(value)) : [];
}

export const dns1123Label = (path: FieldPath, value: string) =>
  invalidEach(path, value, checkDns1123Label(value));
export const dns1123Subdomain = (path: FieldPath, value: string) =>
  invalidEach(path, value, checkDns1123Subdomain(value));

/** Required when empty, NotSupported when not of the list. */
export function requiredOneOf(
  path: FieldPath,
  value: string | undefined,
  supported: readonly string[],
): FieldError[] {
  return value ? optionalOneOf(path, value, supported) : [fieldError.required(path)];
}

/** NotSupported when set and not of the list. */
export function optionalOneOf(
  path: FieldPath,
  value: string | undefined,
  supported: readonly string[],
): FieldError[] {
  return value === undefined || supported.includes(value)
    ? []
    : [fieldError.notSupported(path, value, supported)];
}

/** 'must be greater than or equal to 0'. */
export function nonNegative(path: FieldPath, value: number | undefined): FieldError[] {
  return value === undefined || value >= 0
    ? []
    : [fieldError.invalid(path, value, 'must be greater than or equal to 0')];
}

/** 'field is immutable'. */
export function immutable(path: FieldPath, value: unknown, old: unknown): FieldError[] {
  return deepEqual(value, old) ? [] : [fieldError.invalid(path, value, 'field is immutable')];
}

/** Duplicates of a list whose elements stand at path[i], or at a child of it. */
export function duplicates(
  path: FieldPath,
  values: readonly (string | undefined)[],
  child?: string,
): FieldError[] {
  const seen = new Set<string>();
  return values.flatMap((value, i) => {
    if (value === undefined || value === '') return [];
    if (!seen.has(value)) {
      seen.add(value);
      return [];
    }
    return [fieldError.duplicate(child ? path.index(i).child(child) : path.index(i), value)];
  });
}

/** A port by number, or by the name of a container's port. */
export function portNumberOrName(path: FieldPath, port: number | string | undefined): FieldError[] {
  const value = port ?? 0;
  return invalidEach(path, value, typeof value === 'number' ? checkPortNumber(value) : checkPortName(value));
}

/** A quantity that is not below zero. */
export function nonNegativeQuantity(path: FieldPath, amount: string): FieldError[] {
  const quantity = Quantity.tryParse(amount);
  return quantity && quantity.sign < 0
    ? [fieldError.invalid(path, amount, 'must be greater than or equal to 0')]
    : [];
}

interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[];
}

function selectorRequirement(
  path: FieldPath,
  { key, operator, values = [] }: { key: string; operator: string; values?: readonly string[] },
): FieldError[] {
  const errors: FieldError[] = [];
  const at = path.child('values');
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) {
      errors.push(fieldError.required(at, "must be specified when `operator` is 'In' or 'NotIn'"));
    }
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      errors.push(
        fieldError.forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
      );
    }
  } else {
    errors.push(fieldError.invalid(path.child('operator'), operator, 'not a valid selector operator'));
  }
  errors.push(...validateLabelName(key, path.child('key')));
  values.forEach((value, i) => {
    errors.push(...invalidEach(at.index(i), value, checkLabelValue(value)));
  });
  return errors;
}

/** The rules of metav1.LabelSelector. */
export function validateLabelSelector(path: FieldPath, selector: LabelSelector | undefined): FieldError[] {
  if (!selector) return [];
  return [
    ...validateLabels(selector.matchLabels, path.child('matchLabels')),
    ...(selector.matchExpressions ?? []).flatMap((requirement, i) =>
      selectorRequirement(path.child('matchExpressions').index(i), requirement),
    ),
  ];
}

/** Whether the selector asks for nothing. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return (
    Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions?.length ?? 0) === 0
  );
}

/** Whether labels satisfy a selector that is valid. */
export function selectorMatches(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  if (!Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value))
    return false;
  return (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === 'In') return value !== undefined && values.includes(value);
    if (operator === 'NotIn') return value === undefined || !values.includes(value);
    return operator === 'Exists' ? value !== undefined : value === undefined;
  });
}

/** A relative path that does not climb. */
export function descendingPath(path: FieldPath, target: string): FieldError[] {
  if (target.startsWith('/')) return [fieldError.invalid(path, target, 'must be a relative path')];
  return withoutBacksteps(path, target);
}

/** A path without '..' parts. */
export function withoutBacksteps(path: FieldPath, target: string): FieldError[] {
  return target.split('/').includes('..') ? [fieldError.invalid(path, target, "must not contain '..'")] : [];
}
