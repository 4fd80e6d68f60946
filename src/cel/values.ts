/**
 * The values of CEL as they flow through a program. What JSON and CEL share is itself: null, boolean, string. An int is a
 * number while it is a safe integer and a bigint beyond, never both, so that most arithmetic needs no bigint; doubles,
 * which are rare in API objects, are boxed to tell them apart. Errors are values: `&&`, `||` and the macros absorb them.
 */
import { assert } from '#base/assert.ts';
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  errorType,
  intType,
  listOf,
  mapOf,
  nullType,
  optionalOf,
  stringType,
  type Type,
  timestampType,
  typeType,
  uintType,
} from './types.ts';

export type CelInt = number | bigint;

export type CelValue =
  | null
  | boolean
  | string
  | CelInt
  | Uint8Array
  | CelDouble
  | CelUint
  | CelTimestamp
  | CelDuration
  | CelList
  | CelMap
  | CelObject
  | CelOpaque
  | CelOptional
  | CelType
  | CelError;

export class CelDouble {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export class CelUint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Nanoseconds since the epoch; the zone it was written in is kept for printing alone. */
export class CelTimestamp {
  readonly nanos: bigint;
  readonly offsetMinutes: number;
  constructor(nanos: bigint, offsetMinutes = 0) {
    this.nanos = nanos;
    this.offsetMinutes = offsetMinutes;
  }
}

export class CelDuration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A failed evaluation. `message` is what the user reads. */
export class CelError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** A list, whatever holds its elements. `kind` says how it compares and adds (x-kubernetes-list-type). */
export abstract class CelList {
  abstract readonly size: number;
  abstract at(index: number): CelValue;
  readonly kind: 'list' | 'set' | 'map' = 'list';

  /** Of a set or keyed list: equality whatever the order, with a list of the same size. */
  equalsUnordered(_other: CelList): boolean {
    return false;
  }

  /** Of a set or keyed list: the sum, which holds nothing twice. Undefined where it adds as any list does. */
  merged(_other: CelList): CelList | undefined {
    return undefined;
  }

  *[Symbol.iterator](): IterableIterator<CelValue> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
  }
}

/** A list that an expression made. */
export class ArrayList extends CelList {
  readonly items: readonly CelValue[];
  constructor(items: readonly CelValue[]) {
    super();
    this.items = items;
  }
  get size(): number {
    return this.items.length;
  }
  at(index: number): CelValue {
    return this.items[index]!;
  }
}

export abstract class CelMap {
  abstract readonly size: number;
  /** Undefined where the key is not there. */
  abstract find(key: CelValue): CelValue | undefined;
  abstract keys(): Iterable<CelValue>;
  /** How it compares with a map of the same size, where not entry by entry. */
  equals?(other: CelMap, sameValues: (left: CelValue, right: CelValue) => boolean): boolean;
}

/** What a map takes as key: the same for numbers that are equal across types. */
export function mapKey(key: CelValue): string | undefined {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'number' || typeof key === 'bigint') return `n${key}`;
  if (typeof key === 'boolean') return `b${key}`;
  if (key instanceof CelUint) return `n${key.value}`;
  if (key instanceof CelDouble)
    return Number.isInteger(key.value) ? `n${BigInt(key.value)}` : `d${key.value}`;
  return key === null ? 'null' : undefined;
}

/** A map that an expression made. */
export class EntryMap extends CelMap {
  readonly #entries = new Map<string, readonly [CelValue, CelValue]>();

  get size(): number {
    return this.#entries.size;
  }

  find(key: CelValue): CelValue | undefined {
    const text = mapKey(key);
    return text === undefined ? undefined : this.#entries.get(text)?.[1];
  }

  *keys(): Iterable<CelValue> {
    for (const [key] of this.#entries.values()) yield key;
  }

  /** While it is being made. False when the key is there already or is no key. */
  insert(key: CelValue, value: CelValue): boolean {
    const text = mapKey(key);
    if (text === undefined || this.#entries.has(text)) return false;
    this.#entries.set(text, [key, value]);
    return true;
  }
}

/** A value with declared fields: an object of a schema, or one that an expression constructed. */
export abstract class CelObject {
  abstract readonly type: Type;
  /** The field's value; undefined where it is unset or unknown. */
  abstract get(field: string): CelValue | undefined;
  /** Undefined where the objects have nothing to be compared by. */
  abstract equals(other: CelObject): boolean;
  /** What a presence test counts as empty. */
  isZero(): boolean {
    return false;
  }
  /** What `size()` of the cost model counts. */
  get costSize(): number {
    return 1;
  }
}

/** A value that only its library looks into. */
export class CelOpaque<T = unknown> {
  readonly type: Type;
  readonly value: T;
  readonly #equals: ((left: T, right: T) => boolean) | undefined;
  /** Its length where the cost model asks for one. */
  readonly costSize: number;

  constructor(type: Type, value: T, equals: ((left: T, right: T) => boolean) | undefined, costSize = 1) {
    this.type = type;
    this.value = value;
    this.#equals = equals;
    this.costSize = costSize;
  }

  /** Whether there is anything to compare them by. */
  get isComparable(): boolean {
    return this.#equals !== undefined;
  }

  isOfKind(other: CelValue): boolean {
    return other instanceof CelOpaque && this.type.name === other.type.name;
  }

  equals(other: CelOpaque): boolean {
    return this.type.name === other.type.name && this.#equals?.(this.value, other.value as T) === true;
  }
}

export class CelOptional {
  static readonly none = new CelOptional(undefined);
  readonly value: CelValue | undefined;
  private constructor(value: CelValue | undefined) {
    this.value = value;
  }
  static of(value: CelValue): CelOptional {
    return new CelOptional(value);
  }
}

/** A type as a value. */
export class CelType {
  readonly type: Type;
  constructor(type: Type) {
    this.type = type;
  }
}

const maxInt = (1n << 63n) - 1n;
const minInt = -(1n << 63n);
const maxUint = (1n << 64n) - 1n;

/** The int in its one form, or undefined where it does not fit 64 bits. */
export function toInt(value: bigint): CelInt | undefined {
  if (value > maxInt || value < minInt) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function toUint(value: bigint): CelUint | undefined {
  return value < 0n || value > maxUint ? undefined : new CelUint(value);
}

export function isInt(value: CelValue): value is CelInt {
  return typeof value === 'number' || typeof value === 'bigint';
}

export function isError(value: CelValue): value is CelError {
  return value instanceof CelError;
}

/** The list or map has elements of any type: what a value says of itself is its outermost type. */
const anyList = listOf(dynType);
const anyMap = mapOf(dynType, dynType);
const anyOptional = optionalOf(dynType);

/** The type that a value has at run time. */
export function typeOfValue(value: CelValue): Type {
  switch (typeof value) {
    case 'boolean':
      return boolType;
    case 'string':
      return stringType;
    case 'number':
    case 'bigint':
      return intType;
  }
  if (value === null) return nullType;
  if (value instanceof CelList) return anyList;
  if (value instanceof CelMap) return anyMap;
  if (value instanceof CelObject || value instanceof CelOpaque) return value.type;
  if (value instanceof CelDouble) return doubleType;
  if (value instanceof CelUint) return uintType;
  if (value instanceof Uint8Array) return bytesType;
  if (value instanceof CelTimestamp) return timestampType;
  if (value instanceof CelDuration) return durationType;
  if (value instanceof CelOptional) return anyOptional;
  if (value instanceof CelType) return typeType;
  assert(value instanceof CelError, 'not a CEL value');
  return errorType;
}

/** Whether a value may stand where a type is declared. Of a list or map, the first element speaks for all. */
export function valueIsOf(value: CelValue, type: Type): boolean {
  if (type.kind === 'dyn' || type.kind === 'param') return true;
  const own = typeOfValue(value);
  if (own.kind !== type.kind) return false;
  if (value instanceof CelList) return value.size === 0 || valueIsOf(value.at(0), type.params[0]!);
  if (value instanceof CelMap) {
    for (const key of value.keys())
      return valueIsOf(key, type.params[0]!) && valueIsOf(value.find(key)!, type.params[1]!);
    return true;
  }
  return (type.kind !== 'struct' && type.kind !== 'opaque') || own.name === type.name;
}

/** Characters, as `size()` counts them: code points. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    if ((text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      count--;
      i++;
    }
  }
  return count;
}

/** The size of a value as the cost model has it: 1 for whatever has none. */
export function costSize(value: CelValue): number {
  if (typeof value === 'string') return codePoints(value);
  if (value instanceof CelList || value instanceof CelMap) return value.size;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof CelObject || value instanceof CelOpaque) return value.costSize;
  if (value instanceof CelOptional && value.value !== undefined) return costSize(value.value);
  return 1;
}
