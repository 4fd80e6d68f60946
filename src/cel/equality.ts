/** Equality and order of values. Numbers compare across their types, everything else within one. */
import { checkElements } from './budget.ts';
import {
  CelDouble,
  CelDuration,
  CelList,
  CelMap,
  CelObject,
  CelOpaque,
  CelOptional,
  CelTimestamp,
  CelType,
  CelUint,
  type CelValue,
} from './values.ts';

/** A number whatever its type: JavaScript compares numbers and bigints exactly. */
function numeric(value: CelValue): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof CelDouble || value instanceof CelUint) return value.value;
  return undefined;
}

/** The order of two numbers: as doubles where one is, as the language has it. Undefined where one is no number. */
function compareNumbers(left: CelValue, right: CelValue): number | undefined {
  let a = numeric(left);
  let b = numeric(right);
  if (a === undefined || b === undefined) return undefined;
  if (left instanceof CelDouble || right instanceof CelDouble) {
    a = Number(a);
    b = Number(b);
  }
  // biome-ignore lint/suspicious/noDoubleEquals: a number and a bigint are never strictly equal
  return a < b ? -1 : a > b ? 1 : a == b ? 0 : Number.NaN;
}

/** An object compares with maps alone, and with fields that its schema does not know with such objects alone. */
export class Incomparable extends Error {}

/** Throws Incomparable, also where a value of a library's own kind is asked about one of another kind. */
export function equalOrThrow(left: CelValue, right: CelValue): boolean {
  if (left instanceof CelOpaque && right !== null && !left.isOfKind(right)) throw new Incomparable();
  return new Comparison().equal(left, right);
}

export function equal(left: CelValue, right: CelValue): boolean {
  try {
    return equalOrThrow(left, right);
  } catch (error) {
    if (error instanceof Incomparable) return false;
    throw error;
  }
}

/** One comparison, however deep, in so many steps. */
class Comparison {
  #steps = 0;

  equal(left: CelValue, right: CelValue): boolean {
    if (left === right) return true;
    if (numeric(left) !== undefined) return compareNumbers(left, right) === 0;
    if (left === null || right === null || typeof left !== 'object') return false;
    if (left instanceof CelMap && left.equals && !(right instanceof CelMap)) throw new Incomparable();
    if (typeof right !== 'object') return false;
    if (left instanceof CelList) return right instanceof CelList && this.#lists(left, right);
    if (left instanceof CelMap) return right instanceof CelMap && this.#maps(left, right);
    return this.#others(left, right);
  }

  #lists(left: CelList, right: CelList): boolean {
    if (left.size !== right.size) return false;
    this.#step(left.size);
    if (left.kind !== 'list') return left.equalsUnordered(right);
    for (let i = 0; i < left.size; i++) {
      if (!this.equal(left.at(i), right.at(i))) return false;
    }
    return true;
  }

  #maps(left: CelMap, right: CelMap): boolean {
    if (left.size !== right.size) return false;
    this.#step(left.size);
    if (left.equals) return left.equals(right, (a, b) => this.equal(a, b));
    for (const key of left.keys()) {
      const other = right.find(key);
      if (other === undefined || !this.equal(left.find(key)!, other)) return false;
    }
    return true;
  }

  #step(count: number): void {
    this.#steps += count;
    checkElements(this.#steps);
  }

  #others(left: CelValue, right: CelValue): boolean {
    if (left instanceof CelObject) return right instanceof CelObject && left.equals(right);
    if (left instanceof CelOpaque) return right instanceof CelOpaque && left.equals(right);
    if (left instanceof CelOptional) {
      if (!(right instanceof CelOptional)) return false;
      if (left.value === undefined || right.value === undefined) return left.value === right.value;
      return this.equal(left.value, right.value);
    }
    if (left instanceof Uint8Array) return right instanceof Uint8Array && compareBytes(left, right) === 0;
    if (left instanceof CelTimestamp) return right instanceof CelTimestamp && left.nanos === right.nanos;
    if (left instanceof CelDuration) return right instanceof CelDuration && left.nanos === right.nanos;
    return left instanceof CelType && right instanceof CelType && left.type.name === right.type.name;
  }
}

export function contains(list: CelList, value: CelValue): boolean {
  for (const item of list) {
    if (equal(item, value)) return true;
  }
  return false;
}

/** Below, at or above zero; NaN where the values have no order; undefined where their types have none. */
export function compare(left: CelValue, right: CelValue): number | undefined {
  if (numeric(left) !== undefined) return compareNumbers(left, right);
  if (typeof left === 'string') return typeof right === 'string' ? compareText(left, right) : undefined;
  if (typeof left === 'boolean') return typeof right === 'boolean' ? Number(left) - Number(right) : undefined;
  if (left instanceof Uint8Array) return right instanceof Uint8Array ? compareBytes(left, right) : undefined;
  if (left instanceof CelTimestamp)
    return right instanceof CelTimestamp ? sign(left.nanos - right.nanos) : undefined;
  if (left instanceof CelDuration)
    return right instanceof CelDuration ? sign(left.nanos - right.nanos) : undefined;
  return undefined;
}

function sign(value: bigint): number {
  return value < 0n ? -1 : value > 0n ? 1 : 0;
}

/** By code points, as UTF-8 orders them. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a === b) continue;
    // Surrogates stand for characters above all others.
    const high = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
    if (high(a) !== high(b)) return high(a) ? 1 : -1;
    return a - b;
  }
  return left.length - right.length;
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    if (left[i] !== right[i]) return left[i]! - right[i]!;
  }
  return left.length - right.length;
}
