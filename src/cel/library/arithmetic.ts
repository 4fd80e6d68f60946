/** Operators on numbers, times, text and lists. Integers are 64 bits wide and never wrap. */
import { operator } from '../ast.ts';
import { checkElements } from '../budget.ts';
import { compare, contains, equal, equalOrThrow, Incomparable } from '../equality.ts';
import type { Overload } from '../signature.ts';
import { GrowingList } from '../loop.ts';
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  intType,
  listOf,
  mapOf,
  stringType,
  timestampType,
  type Type,
  typeParam,
  uintType,
} from '../types.ts';
import {
  CelDouble,
  CelDuration,
  CelError,
  type CelInt,
  CelList,
  type CelMap,
  CelOpaque,
  CelTimestamp,
  type CelUint,
  type CelValue,
  toInt,
  toUint,
} from '../values.ts';
import { globalFunction } from './define.ts';

const intOverflow = new CelError('integer overflow');
const uintOverflow = new CelError('unsigned integer overflow');
const timestampOverflow = new CelError('timestamp overflow');
const divisionByZero = new CelError('division by zero');
const modulusByZero = new CelError('modulus by zero');

const maxNanos = (1n << 63n) - 1n;
const minInt64 = -(1n << 63n);
/** Years 1 to 9999. */
export const minTimestamp = -62_135_596_800n * 1_000_000_000n;
const maxTimestamp = 253_402_300_800n * 1_000_000_000n - 1n;

export function durationOf(nanos: bigint): CelDuration | CelError {
  return nanos > maxNanos || nanos < -maxNanos - 1n ? intOverflow : new CelDuration(nanos);
}

export function timestampOf(nanos: bigint, offsetMinutes = 0): CelTimestamp | CelError {
  return nanos > maxTimestamp || nanos < minTimestamp
    ? timestampOverflow
    : new CelTimestamp(nanos, offsetMinutes);
}

/** Plain arithmetic where it is exact, bigints where not. */
function exact(
  fast: (a: number, b: number) => number,
  slow: (a: bigint, b: bigint) => bigint,
): (a: CelInt, b: CelInt) => CelInt | CelError {
  return (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') {
      const result = fast(a, b);
      // A zero of either sign is one int.
      if (Number.isSafeInteger(result)) return result + 0;
    }
    return toInt(slow(BigInt(a), BigInt(b))) ?? intOverflow;
  };
}

export const addInts = exact(
  (a, b) => a + b,
  (a, b) => a + b,
);
const subtractInts = exact(
  (a, b) => a - b,
  (a, b) => a - b,
);
const multiplyInts = exact(
  (a, b) => a * b,
  (a, b) => a * b,
);
const divideInts = exact(
  (a, b) => Math.trunc(a / b),
  (a, b) => a / b,
);
const moduloInts = exact(
  (a, b) => a % b,
  // Upstream takes the quotient's overflow for its own.
  (a, b) => (b === -1n && a === minInt64 ? -minInt64 : a % b),
);

function uints(apply: (a: bigint, b: bigint) => bigint): (a: CelUint, b: CelUint) => CelValue {
  return (a, b) => toUint(apply(a.value, b.value)) ?? uintOverflow;
}

function doubles(apply: (a: number, b: number) => number): (a: CelDouble, b: CelDouble) => CelValue {
  return (a, b) => new CelDouble(apply(a.value, b.value));
}

type Binary = (left: never, right: never) => CelValue;

function overload(name: string, id: string, left: Type, right: Type, result: Type, call: Binary): Overload {
  return globalFunction(
    name,
    id,
    [left, right],
    result,
    call as unknown as (...args: CelValue[]) => CelValue,
  );
}

function numbers(name: string, id: string, of: { int: Binary; uint: Binary; double?: Binary }): Overload[] {
  const all = [
    overload(name, `${id}_int64`, intType, intType, intType, of.int),
    overload(name, `${id}_uint64`, uintType, uintType, uintType, of.uint),
  ];
  if (of.double) all.push(overload(name, `${id}_double`, doubleType, doubleType, doubleType, of.double));
  return all;
}

/** Values of some libraries compare with nothing. */
function equality(left: CelValue, right: CelValue): CelValue {
  if (left instanceof CelOpaque && !left.isComparable) return noOverload;
  try {
    return equalOrThrow(left, right);
  } catch (error) {
    if (error instanceof Incomparable) return noOverload;
    throw error;
  }
}

const a = typeParam('A');
const b = typeParam('B');
const listA = listOf(a);

function concatenate(left: CelList, right: CelList): CelValue {
  if (left instanceof GrowingList) return left.append(right);
  checkElements(left.size + right.size);
  return left.merged(right) ?? new JoinedList(left, right);
}

/** One list after the other; neither is copied. */
class JoinedList extends CelList {
  readonly size: number;
  readonly #left: CelList;
  readonly #right: CelList;

  constructor(left: CelList, right: CelList) {
    super();
    this.size = left.size + right.size;
    this.#left = left;
    this.#right = right;
  }

  at(index: number): CelValue {
    return index < this.#left.size ? this.#left.at(index) : this.#right.at(index - this.#left.size);
  }

  override *[Symbol.iterator](): IterableIterator<CelValue> {
    yield* this.#left;
    yield* this.#right;
  }
}

function concatenateBytes(left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}

const additions: readonly Overload[] = [
  ...numbers(operator.add, 'add', {
    int: addInts as Binary,
    uint: uints((x, y) => x + y) as Binary,
    double: doubles((x, y) => x + y) as Binary,
  }),
  overload(operator.add, 'add_string', stringType, stringType, stringType, (x: string, y: string) => x + y),
  overload(operator.add, 'add_bytes', bytesType, bytesType, bytesType, concatenateBytes),
  overload(operator.add, 'add_list', listA, listA, listA, concatenate),
  overload(
    operator.add,
    'add_duration_duration',
    durationType,
    durationType,
    durationType,
    (x: CelDuration, y: CelDuration) => durationOf(x.nanos + y.nanos),
  ),
  overload(
    operator.add,
    'add_timestamp_duration',
    timestampType,
    durationType,
    timestampType,
    (x: CelTimestamp, y: CelDuration) => timestampOf(x.nanos + y.nanos, x.offsetMinutes),
  ),
  overload(
    operator.add,
    'add_duration_timestamp',
    durationType,
    timestampType,
    timestampType,
    (x: CelDuration, y: CelTimestamp) => timestampOf(x.nanos + y.nanos, y.offsetMinutes),
  ),
];

const subtractions: readonly Overload[] = [
  ...numbers(operator.subtract, 'subtract', {
    int: subtractInts as Binary,
    uint: uints((x, y) => x - y) as Binary,
    double: doubles((x, y) => x - y) as Binary,
  }),
  overload(
    operator.subtract,
    'subtract_duration_duration',
    durationType,
    durationType,
    durationType,
    (x: CelDuration, y: CelDuration) => durationOf(x.nanos - y.nanos),
  ),
  overload(
    operator.subtract,
    'subtract_timestamp_duration',
    timestampType,
    durationType,
    timestampType,
    (x: CelTimestamp, y: CelDuration) => timestampOf(x.nanos - y.nanos, x.offsetMinutes),
  ),
  overload(
    operator.subtract,
    'subtract_timestamp_timestamp',
    timestampType,
    timestampType,
    durationType,
    (x: CelTimestamp, y: CelTimestamp) => durationOf(x.nanos - y.nanos),
  ),
];

const isZero = (value: CelInt) => value === 0;

const products: readonly Overload[] = [
  ...numbers(operator.multiply, 'multiply', {
    int: multiplyInts as Binary,
    uint: uints((x, y) => x * y) as Binary,
    double: doubles((x, y) => x * y) as Binary,
  }),
  ...numbers(operator.divide, 'divide', {
    int: ((x: CelInt, y: CelInt) => (isZero(y) ? divisionByZero : divideInts(x, y))) as Binary,
    uint: ((x: CelUint, y: CelUint) =>
      y.value === 0n ? divisionByZero : toUint(x.value / y.value)!) as Binary,
    double: doubles((x, y) => x / y) as Binary,
  }),
  ...numbers(operator.modulo, 'modulo', {
    int: ((x: CelInt, y: CelInt) => (isZero(y) ? modulusByZero : moduloInts(x, y))) as Binary,
    uint: ((x: CelUint, y: CelUint) =>
      y.value === 0n ? modulusByZero : toUint(x.value % y.value)!) as Binary,
  }),
];

const negations: readonly Overload[] = [
  globalFunction(
    operator.negate,
    'negate_int64',
    [intType],
    intType,
    value => toInt(-BigInt(value as CelInt)) ?? intOverflow,
  ),
  globalFunction(
    operator.negate,
    'negate_double',
    [doubleType],
    doubleType,
    value => new CelDouble(-(value as CelDouble).value),
  ),
  globalFunction(operator.not, 'logical_not', [boolType], boolType, value => !value),
];

const noOverload = new CelError('no such overload');
const nanOrder = new CelError('NaN values cannot be ordered');

function comparison(holds: (order: number) => boolean): (left: CelValue, right: CelValue) => CelValue {
  return (left, right) => {
    const order = compare(left, right);
    if (order === undefined) return noOverload;
    return Number.isNaN(order) ? nanOrder : holds(order);
  };
}

const ordered: readonly (readonly [string, Type])[] = [
  ['bool', boolType],
  ['int64', intType],
  ['uint64', uintType],
  ['double', doubleType],
  ['string', stringType],
  ['bytes', bytesType],
  ['timestamp', timestampType],
  ['duration', durationType],
];
const numericTypes = ordered.slice(1, 4);

function order(name: string, id: string, holds: (order: number) => boolean): Overload[] {
  const call = comparison(holds);
  const same = ordered.map(([text, type]) =>
    globalFunction(name, `${id}_${text}`, [type, type], boolType, call),
  );
  const mixed = numericTypes.flatMap(([text, type]) =>
    numericTypes
      .filter(([other]) => other !== text)
      .map(([other, otherType]) =>
        globalFunction(name, `${id}_${text}_${other}`, [type, otherType], boolType, call),
      ),
  );
  return [...same, ...mixed];
}

const relations: readonly Overload[] = [
  ...order(operator.less, 'less', order => order < 0),
  ...order(operator.lessEquals, 'less_equals', order => order <= 0),
  ...order(operator.greater, 'greater', order => order > 0),
  ...order(operator.greaterEquals, 'greater_equals', order => order >= 0),
  globalFunction(operator.equals, 'equals', [a, a], boolType, equality),
  globalFunction(operator.notEquals, 'not_equals', [a, a], boolType, (x, y) => !equal(x, y)),
  globalFunction(operator.in, 'in_list', [a, listA], boolType, (value, list) =>
    contains(list as CelList, value),
  ),
  globalFunction(operator.in, 'in_map', [a, mapOf(a, b)], boolType, (key, map) => {
    const found = (map as CelMap).find(key);
    return found instanceof CelError ? found : found !== undefined;
  }),
];

/** Those that the evaluator carries out itself: here for the check alone. */
const evaluated: readonly Overload[] = [
  globalFunction(operator.conditional, 'conditional', [boolType, a, a], a),
  globalFunction(operator.and, 'logical_and', [boolType, boolType], boolType),
  globalFunction(operator.or, 'logical_or', [boolType, boolType], boolType),
  globalFunction(operator.notStrictlyFalse, 'not_strictly_false', [boolType], boolType),
  globalFunction(operator.index, 'index_list', [listA, intType], a),
  globalFunction(operator.index, 'index_map', [mapOf(a, b), a], b),
];

export const operators: readonly Overload[] = [
  ...evaluated,
  ...additions,
  ...subtractions,
  ...products,
  ...negations,
  ...relations,
];
