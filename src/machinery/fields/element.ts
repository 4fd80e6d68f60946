/**
 * Path elements of field sets (structured-merge-diff's fieldpath), in the text that FieldsV1 has for them:
 * `f:NAME` a field or map key, `k:{KEYS}` an item of a list by its keys, `v:VALUE` an item of a set, `i:INDEX`.
 * An element has one text, so elements are equal where their texts are.
 */
import { compareStrings } from '../bytes.ts';
import { DecodeError } from '../decode-error.ts';
import { parseExactJson } from '../json-parse.ts';
import { firstJsonValue } from '../json-scan.ts';
import { quoteJson } from '../json-text.ts';
import { isObject } from '../patch/json-object.ts';

export const fieldElement = (name: string): string => `f:${name}`;

export const valueElement = (value: unknown): string => `v:${goJson(value)}`;

/** `keys` by name; their order does not matter. */
export function keyElement(keys: readonly (readonly [string, unknown])[]): string {
  if (keys.length === 1) return `k:{${keyText(keys[0]!)}}`;
  const sorted = [...keys].sort(([a], [b]) => compareStrings(a, b));
  return `k:{${sorted.map(keyText).join(',')}}`;
}

const keyText = ([name, value]: readonly [string, unknown]): string => `${goJson(name)}:${goJson(value)}`;

const escaped = /[<>&\u2028\u2029]/;
const escapes = new RegExp(escaped, 'g');

/** JSON as Go's encoder writes it: maps sorted, what HTML minds escaped. */
function goJson(value: unknown): string {
  const text =
    typeof value === 'string' ? quoteJson(value) : JSON.stringify(isObject(value) ? sortKeys(value) : value);
  if (!escaped.test(text)) return text;
  return text.replace(escapes, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function sortKeys(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => compareStrings(a, b)));
}

/** The one text of an element; undefined for a kind that is not known, which is to be skipped. Throws DecodeError. */
export function canonicalElement(text: string): string | undefined {
  if (text.length < 2) throw new DecodeError('key must be 2 characters long:');
  if (text[1] !== ':') throw new DecodeError(`missing colon: ${text}`);
  const rest = text.slice(2);
  switch (text[0]) {
    case 'f':
      return text;
    case 'v':
      return valueElement(parse(rest));
    case 'k': {
      const keys = parse(rest);
      if (!isObject(keys)) throw new DecodeError('expect { or n');
      return keyElement(Object.entries(keys));
    }
    case 'i':
      if (!/^[+-]?\d{1,15}$/.test(rest))
        throw new DecodeError(`parsing ${JSON.stringify(rest)}: invalid syntax`);
      return `i:${Number(rest)}`;
    default:
      return undefined;
  }
}

/** What stands behind the value is dropped. */
function parse(text: string): unknown {
  try {
    return firstJsonValue(text, parseExactJson);
  } catch (error) {
    throw new DecodeError((error as Error).message);
  }
}

const kinds = 'fkvi';

/** The order that sets are written in. Both are canonical. */
export function compareElements(a: string, b: string): number {
  if (a === b) return 0;
  const kind = a[0]!;
  if (kind !== b[0]) return kinds.indexOf(kind) - kinds.indexOf(b[0]!);
  if (kind === 'f') return compareStrings(a, b);
  if (kind === 'i') return Number(a.slice(2)) - Number(b.slice(2));
  return compareValues(parseExactJson(a.slice(2)), parseExactJson(b.slice(2)));
}

/**
 * The elements' places in the order of sets; undefined where they are in order. Each value is read once, not once for each
 * comparison.
 */
export function orderOf(elements: readonly string[]): number[] | undefined {
  let values: unknown[] | undefined;
  const valueAt = (i: number): unknown => {
    values ??= elements.map(() => unread);
    if (values[i] === unread) values[i] = parseExactJson(elements[i]!.slice(2));
    return values[i];
  };
  const compare = (i: number, j: number): number => {
    const [a, b] = [elements[i]!, elements[j]!];
    return hasValue(a) && a[0] === b[0] ? compareValues(valueAt(i), valueAt(j)) : compareElements(a, b);
  };
  for (let i = 1; i < elements.length; i++) {
    if (compare(i - 1, i) >= 0) return [...elements.keys()].sort(compare);
  }
  return undefined;
}

const unread = Symbol('unread');

const hasValue = (element: string): boolean => element[0] === 'k' || element[0] === 'v';

/** Numbers, strings, booleans, lists, maps, null. */
function rank(value: unknown): number {
  if (value === null) return 5;
  if (Array.isArray(value)) return 3;
  if (typeof value === 'bigint') return 0;
  return ['number', 'string', 'boolean', '', 'object'].indexOf(typeof value);
}

function compareValues(a: unknown, b: unknown): number {
  const order = rank(a) - rank(b);
  if (order !== 0) return order;
  if (typeof a === 'string') return compareStrings(a, b as string);
  if (typeof a !== 'object' || a === null) return compareOrdered(a as number, b as number);
  if (Array.isArray(a)) return compareLists(a, b as unknown[], compareValues);
  return compareLists(Object.entries(a), Object.entries(b as object), comparePairs);
}

function compareOrdered(a: number | bigint | boolean, b: number | bigint | boolean): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function comparePairs([aName, aValue]: [string, unknown], [bName, bValue]: [string, unknown]): number {
  return compareStrings(aName, bName) || compareValues(aValue, bValue);
}

function compareLists<T>(a: readonly T[], b: readonly T[], compare: (a: T, b: T) => number): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** The element as messages show it: `.name`, `[name="web"]`, `[="a"]`, `[0]`. */
export function elementText(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${rest}`;
    case 'k': {
      const pairs = Object.entries(parseExactJson(rest) as object);
      return `[${pairs.map(([name, value]) => `${name}=${valueText(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${valueText(parseExactJson(rest))}]`;
    default:
      return `[${rest}]`;
  }
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return Object.entries(value)
    .map(([name, part]) => `${name}=${valueText(part)}`)
    .join('');
}

/** A path as messages show it. */
export const pathText = (path: readonly string[]): string => path.map(elementText).join('');
