import { deepEqual } from '#base/equal.ts';
import { type FieldError, type FieldPath, fieldError } from '#machinery/field.ts';
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkPathSegment,
  checkPortName,
  checkPortNumber,
} from '#machinery/names.ts';
import { escapeHtml } from '#machinery/go-json.ts';
import { Quantity } from '#machinery/quantity.ts';
import { unifiedDiff } from '#machinery/unified-diff.ts';
import { asInternal } from './internal-type.ts';
import {
  type LabelSelector,
  type LabelSelectorObject,
  type Labels,
  SelectorError,
  parseSelectorObject,
} from '#machinery/selectors.ts';

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

/** What the check says of a value that is there, be it empty; null is what some fields show when they are unset. */
export function definedName(path: FieldPath, value: string | null | undefined, check: Check): FieldError[] {
  return typeof value === 'string' ? invalidEach(path, value, check(value)) : [];
}

/** A kind of a group, by name, whose parts can be those of a path. */
export function validateTypedReference(
  path: FieldPath,
  { apiGroup, kind, name }: { apiGroup?: string | null; kind?: string; name?: string },
  whenAbsent: (field: string) => string = field => `${field} is required`,
): FieldError[] {
  const part = (field: string, value: string | undefined) =>
    value
      ? invalidEach(path.child(field), value, checkPathSegment(value))
      : [fieldError.required(path.child(field), whenAbsent(field))];
  return [
    ...definedName(path.child('apiGroup'), apiGroup, checkDns1123Subdomain),
    ...part('kind', kind),
    ...part('name', name),
  ];
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

/** 'field is immutable'. `type`: the internal one that the value is shown as, where that is an object. */
export function immutable(path: FieldPath, value: unknown, old: unknown, type?: string): FieldError[] {
  if (deepEqual(value, old)) return [];
  const shown = type === undefined ? value : asInternal(type, value as object | undefined);
  return [fieldError.invalid(path, shown, 'field is immutable')];
}

/** What is compared line by line: clients say how much there is. */
const comparedLengthMax = 1 << 20;

/**
 * The lines of a value of an internal type that went and that came, so that whoever reads an error sees what was refused;
 * '' of values that are too long for that.
 */
export function changedLines(type: string, old: object, now: object): string {
  const [before, after] = [old, now].map(value =>
    escapeHtml(JSON.stringify(asInternal(type, value), null, ' ')),
  );
  return Math.max(before!.length, after!.length) > comparedLengthMax ? '' : unifiedDiff(before!, after!);
}

/** Of each value, whether it came before; in one pass, since it is clients that say how long a list is. */
export function repeats(values: readonly unknown[]): boolean[] {
  const seen = new Set<unknown>();
  return values.map(value => {
    if (seen.has(value)) return true;
    seen.add(value);
    return false;
  });
}

/** Duplicates of a list whose elements stand at path[i], or at a child of it. */
export function duplicates(
  path: FieldPath,
  values: readonly (string | undefined)[],
  child?: string,
): FieldError[] {
  const isRepeated = repeats(values);
  return values.flatMap((value, i) =>
    value && isRepeated[i]
      ? [fieldError.duplicate(child ? path.index(i).child(child) : path.index(i), value)]
      : [],
  );
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

/** Whether the selector asks for nothing. */
export function isEmptySelector(selector: LabelSelectorObject | undefined): boolean {
  return (
    Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions?.length ?? 0) === 0
  );
}

/** Whether labels satisfy a selector; one that is not valid is somebody else's error. */
export function selectorMatches(selector: LabelSelectorObject | undefined, labels: Labels = {}): boolean {
  return parsedSelector(selector)?.matches(labels) ?? true;
}

/** Whether a selector can be asked at all. */
export function isReadable(selector: LabelSelectorObject): boolean {
  return parsedSelector(selector) !== undefined;
}

function parsedSelector(selector: LabelSelectorObject | undefined): LabelSelector | undefined {
  try {
    return parseSelectorObject(selector ?? {});
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
}

/** A relative path that does not climb. */
export function descendingPath(path: FieldPath, target: string): FieldError[] {
  const errors = withoutBacksteps(path, target);
  return target.startsWith('/')
    ? [fieldError.invalid(path, target, 'must be a relative path'), ...errors]
    : errors;
}

/** A path without '..' parts. */
export function withoutBacksteps(path: FieldPath, target: string): FieldError[] {
  return target.split('/').includes('..') ? [fieldError.invalid(path, target, "must not contain '..'")] : [];
}
