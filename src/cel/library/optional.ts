/** Optional values: what may be there. */
import { operator } from '../ast.ts';
import type { Library } from '../environment.ts';
import { optionalMacros } from '../macros.ts';
import { boolType, dynType, intType, listOf, mapOf, optionalOf, stringType, typeParam } from '../types.ts';
import {
  ArrayList,
  CelDouble,
  CelDuration,
  CelError,
  CelList,
  CelMap,
  CelObject,
  CelOptional,
  CelTimestamp,
  CelUint,
  type CelValue,
} from '../values.ts';
import { minTimestamp } from './arithmetic.ts';
import { globalFunction, memberFunction } from './define.ts';

const k = typeParam('K');
const v = typeParam('V');
const optionalV = optionalOf(v);
const listV = listOf(v);
const mapKV = mapOf(k, v);

/** Empty, false or zero. */
export function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === '' || value === 0) return true;
  if (value instanceof CelDouble) return value.value === 0;
  if (value instanceof CelUint) return value.value === 0n;
  if (value instanceof CelDuration) return value.nanos === 0n;
  if (value instanceof CelTimestamp) return value.nanos === minTimestamp;
  if (value instanceof CelList || value instanceof CelMap) return value.size === 0;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof CelOptional) return value.value === undefined;
  return value instanceof CelObject && value.isZero();
}

const dereferenced = new CelError('optional.none() dereference');

function unwrap(list: CelValue): CelValue {
  const items: CelValue[] = [];
  for (const item of list as CelList) {
    if (!(item instanceof CelOptional)) return new CelError('value is not optional');
    if (item.value !== undefined) items.push(item.value);
  }
  return new ArrayList(items);
}

function element(of: 'first' | 'last'): (list: CelValue) => CelValue {
  return value => {
    const list = value as CelList;
    return list.size === 0 ? CelOptional.none : CelOptional.of(list.at(of === 'first' ? 0 : list.size - 1));
  };
}

export const optionalLibrary: Library = {
  optionalSyntax: true,
  macros: optionalMacros,
  types: [optionalOf(dynType)],
  overloads: [
    globalFunction('optional.of', 'optional_of', [v], optionalV, CelOptional.of),
    globalFunction('optional.ofNonZeroValue', 'optional_ofNonZeroValue', [v], optionalV, value =>
      isZero(value) ? CelOptional.none : CelOptional.of(value),
    ),
    globalFunction('optional.none', 'optional_none', [], optionalV, () => CelOptional.none),
    globalFunction('optional.unwrap', 'optional_unwrap', [listOf(optionalV)], listV, unwrap),
    memberFunction('unwrapOpt', 'optional_unwrapOpt', [listOf(optionalV)], listV, unwrap),
    memberFunction('value', 'optional_value', [optionalV], v, value => {
      const held = (value as CelOptional).value;
      return held === undefined ? dereferenced : held;
    }),
    memberFunction(
      'hasValue',
      'optional_hasValue',
      [optionalV],
      boolType,
      value => (value as CelOptional).value !== undefined,
    ),
    memberFunction('first', 'list_first', [listV], optionalV, element('first')),
    memberFunction('last', 'list_last', [listV], optionalV, element('last')),
    memberFunction('or', 'optional_or_optional', [optionalV, optionalV], optionalV),
    memberFunction('orValue', 'optional_orValue_value', [optionalV, v], v),
    globalFunction(operator.optionalSelect, 'select_optional_field', [dynType, stringType], optionalV),
    globalFunction(operator.optionalIndex, 'list_optindex_optional_int', [listV, intType], optionalV),
    globalFunction(
      operator.optionalIndex,
      'optional_list_optindex_optional_int',
      [optionalOf(listV), intType],
      optionalV,
    ),
    globalFunction(operator.optionalIndex, 'map_optindex_optional_value', [mapKV, k], optionalV),
    globalFunction(
      operator.optionalIndex,
      'optional_map_optindex_optional_value',
      [optionalOf(mapKV), k],
      optionalV,
    ),
    globalFunction(operator.index, 'optional_list_index_int', [optionalOf(listV), intType], optionalV),
    globalFunction(operator.index, 'optional_map_index_value', [optionalOf(mapKV), k], optionalV),
  ],
};
