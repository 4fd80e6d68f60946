/** Functions on lists: Kubernetes' own and cel-go's extensions for lists and sets. */
import { checkElements } from '../budget.ts';
import type { Library } from '../environment.ts';
import type { Overload } from '../signature.ts';
import { compare, contains, equal } from '../equality.ts';
import { sortByMacro } from '../macros.ts';
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  listOf,
  stringType,
  timestampType,
  type Type,
  typeParam,
  uintType,
} from '../types.ts';
import {
  ArrayList,
  CelDouble,
  CelDuration,
  CelError,
  type CelInt,
  CelList,
  CelUint,
  type CelValue,
  isError,
  toUint,
  typeOfValue,
} from '../values.ts';
import { addInts, durationOf } from './arithmetic.ts';
import { EvaluationError, globalFunction, guarded, memberFunction } from './define.ts';

const t = typeParam('T');
const listT = listOf(t);

const comparable: readonly (readonly [string, Type])[] = [
  ['int', intType],
  ['uint', uintType],
  ['double', doubleType],
  ['bool', boolType],
  ['duration', durationType],
  ['timestamp', timestampType],
  ['string', stringType],
  ['bytes', bytesType],
];

/** A function for lists of each type that has an order. */
function ordered(
  name: string,
  id: (type: string) => string,
  result: (type: Type) => Type,
  call: (list: CelList) => CelValue,
): Overload[] {
  const run = guarded(call);
  return comparable.map(([text, type]) => memberFunction(name, id(text), [listOf(type)], result(type), run));
}

/** Values of some types have an order among themselves. */
function hasOrder(value: CelValue): boolean {
  return compare(value, value) !== undefined;
}

function isSorted(list: CelList): boolean {
  for (let i = 0; i < list.size; i++) {
    if (!hasOrder(list.at(i))) throw new EvaluationError('no such overload');
    if (i > 0 && (compare(list.at(i - 1), list.at(i)) ?? 0) > 0) return false;
  }
  return true;
}

function extreme(name: string, sign: 1 | -1): (list: CelList) => CelValue {
  return list => {
    if (list.size === 0) throw new EvaluationError(`${name} called on empty list`);
    let best = list.at(0);
    for (let i = 0; i < list.size; i++) {
      if (!hasOrder(list.at(i))) throw new EvaluationError('no such overload');
      if ((compare(list.at(i), best) ?? 0) * sign > 0) best = list.at(i);
    }
    return best;
  };
}

function addOne(sum: CelValue, value: CelValue): CelValue {
  if (sum instanceof CelDouble)
    return value instanceof CelDouble ? new CelDouble(sum.value + value.value) : noOverload;
  if (sum instanceof CelUint) {
    if (!(value instanceof CelUint)) return noOverload;
    return toUint(sum.value + value.value) ?? new CelError('unsigned integer overflow');
  }
  if (sum instanceof CelDuration)
    return value instanceof CelDuration ? durationOf(sum.nanos + value.nanos) : noOverload;
  return typeof value === 'number' || typeof value === 'bigint' ? addInts(sum as CelInt, value) : noOverload;
}

const noOverload = new CelError('no such overload');

function summing(zero: CelValue): (list: CelValue) => CelValue {
  return list => {
    let sum = zero;
    for (const value of list as CelList) {
      sum = addOne(sum, value);
      if (isError(sum)) return sum;
    }
    return sum;
  };
}

const zeros: readonly (readonly [string, Type, CelValue])[] = [
  ['int', intType, 0],
  ['uint', uintType, new CelUint(0n)],
  ['double', doubleType, new CelDouble(0)],
  ['duration', durationType, new CelDuration(0n)],
];

function indexOf(list: CelValue, value: CelValue): number {
  const { size } = list as CelList;
  for (let i = 0; i < size; i++) {
    if (equal((list as CelList).at(i), value)) return i;
  }
  return -1;
}

function lastIndexOf(list: CelValue, value: CelValue): number {
  for (let i = (list as CelList).size - 1; i >= 0; i--) {
    if (equal((list as CelList).at(i), value)) return i;
  }
  return -1;
}

/** Kubernetes' own. */
export const listsLibrary: Library = {
  overloads: [
    ...ordered(
      'isSorted',
      text => `list_${text}_is_sorted_bool`,
      () => boolType,
      isSorted,
    ),
    ...zeros.map(([text, type, zero]) =>
      memberFunction('sum', `list_${text}_sum_${text}`, [listOf(type)], type, summing(zero)),
    ),
    ...ordered(
      'max',
      text => `list_${text}_max_${text}`,
      type => type,
      extreme('max', 1),
    ),
    ...ordered(
      'min',
      text => `list_${text}_min_${text}`,
      type => type,
      extreme('min', -1),
    ),
    memberFunction('indexOf', 'list_a_index_of_int', [listT, t], intType, indexOf),
    memberFunction('lastIndexOf', 'list_a_last_index_of_int', [listT, t], intType, lastIndexOf),
  ],
};

function slice(list: CelList, start: CelInt, end: CelInt): CelValue {
  if (start < 0 || end < 0)
    throw new EvaluationError(`cannot slice(${start}, ${end}), negative indexes not supported`);
  if (start > end)
    throw new EvaluationError(
      `cannot slice(${start}, ${end}), start index must be less than or equal to end index`,
    );
  if (list.size < end)
    throw new EvaluationError(`cannot slice(${start}, ${end}), list is length ${list.size}`);
  return new ArrayList([...list].slice(Number(start), Number(end)));
}

function flatten(list: CelValue, depth: CelInt = 1): CelValue {
  if (!(list instanceof CelList))
    throw new EvaluationError(`no such overload: ${typeOfValue(list).name}.flatten()`);
  if (depth < 0) throw new EvaluationError('level must be non-negative');
  const items: CelValue[] = [];
  flattenInto(items, list, Number(depth));
  return new ArrayList(items);
}

function flattenInto(items: CelValue[], list: CelList, depth: number): void {
  checkElements(items.length + list.size);
  for (const item of list) {
    if (item instanceof CelList && depth > 0) flattenInto(items, item, depth - 1);
    else items.push(item);
  }
}

/** What its arguments are it finds out itself. */
function unguarded(overload: Overload): Overload {
  return { ...overload, unguarded: true };
}

function sortedBy(list: CelValue, keys: CelValue): CelValue {
  if (!(list instanceof CelList) || !(keys instanceof CelList)) throw new EvaluationError('no such overload');
  if (list.size !== keys.size) {
    throw new EvaluationError(
      `@sortByAssociatedKeys() expected a list of the same size as the associated keys list, but got ${list.size} and ${keys.size} elements respectively`,
    );
  }
  const pairs = [...list].map((value, i) => ({ value, key: keys.at(i) }));
  const first = pairs[0];
  if (first && !hasOrder(first.key)) throw new EvaluationError('list elements must be comparable');
  for (const { key } of pairs) {
    if (typeOfValue(key).name !== typeOfValue(first!.key).name)
      throw new EvaluationError('list elements must have the same type');
  }
  pairs.sort((a, b) => compare(a.key, b.key)!);
  return new ArrayList(pairs.map(pair => pair.value));
}

function distinct(list: CelList): CelValue {
  const kept: CelValue[] = [];
  for (const value of list) {
    if (!kept.some(other => equal(other, value))) kept.push(value);
  }
  return new ArrayList(kept);
}

/** The ints below a count: none is held, so that one too many costs a failure, not memory. */
class RangeList extends CelList {
  readonly size: number;
  constructor(count: CelInt) {
    super();
    this.size = Math.max(Number(count), 0);
  }
  at(index: number): CelValue {
    return index;
  }
}

type Call = (...args: never[]) => CelValue;
const run = (call: Call) => guarded(call as (...args: CelValue[]) => CelValue);

/** cel-go's lists extension, version 3. */
export const extendedListsLibrary: Library = {
  macros: [sortByMacro],
  overloads: [
    memberFunction('slice', 'list_slice', [listT, intType, intType], listT, run(slice)),
    { ...memberFunction('flatten', 'list_flatten', [listOf(listT)], listT, run(flatten)), unguarded: true },
    memberFunction('flatten', 'list_flatten_int', [listOf(dynType), intType], listOf(dynType), run(flatten)),
    ...ordered(
      'sort',
      text => `list_${text}_sort`,
      listOf,
      list => sortedBy(list, list),
    ).map(unguarded),
    ...comparable.map(([text, type]) =>
      unguarded(
        memberFunction(
          '@sortByAssociatedKeys',
          `list_${text}_sortByAssociatedKeys`,
          [listT, listOf(type)],
          listT,
          run(sortedBy),
        ),
      ),
    ),
    globalFunction(
      'lists.range',
      'lists_range',
      [intType],
      listOf(intType),
      count => new RangeList(count as CelInt),
    ),
    memberFunction(
      'reverse',
      'list_reverse',
      [listT],
      listT,
      list => new ArrayList([...(list as CelList)].reverse()),
    ),
    memberFunction('distinct', 'list_distinct', [listT], listT, run(distinct)),
  ],
};

function containsAll(list: CelValue, part: CelValue): boolean {
  return [...(part as CelList)].every(value => contains(list as CelList, value));
}

/** cel-go's sets extension: lists as sets. */
export const setsLibrary: Library = {
  overloads: [
    globalFunction('sets.contains', 'list_sets_contains_list', [listT, listT], boolType, containsAll),
    globalFunction(
      'sets.equivalent',
      'list_sets_equivalent_list',
      [listT, listT],
      boolType,
      (left, right) => containsAll(left, right) && containsAll(right, left),
    ),
    globalFunction('sets.intersects', 'list_sets_intersects_list', [listT, listT], boolType, (left, right) =>
      [...(left as CelList)].some(value => contains(right as CelList, value)),
    ),
  ],
};
