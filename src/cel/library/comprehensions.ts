/** Macros of two variables, and the function that those which make maps become. */
import type { Library } from '../environment.ts';
import { mapInsert, twoVariableMacros } from '../macros.ts';
import { valueText } from '../text.ts';
import { mapOf, typeParam } from '../types.ts';
import { CelError, type CelMap, type CelValue, type EntryMap } from '../values.ts';
import { globalFunction } from './define.ts';

const k = typeParam('K');
const v = typeParam('V');
const mapKV = mapOf(k, v);

/** The accumulator is the macro's own, so it grows in place. */
function insert(map: CelValue, key: CelValue, value: CelValue): CelValue {
  const into = map as EntryMap;
  return into.insert(key, value) ? into : new CelError(`insert failed: key ${valueText(key)} already exists`);
}

function insertAll(map: CelValue, entries: CelValue): CelValue {
  for (const key of (entries as CelMap).keys()) {
    const result = insert(map, key, (entries as CelMap).find(key)!);
    if (result instanceof CelError) return result;
  }
  return map;
}

export const twoVariableLibrary: Library = {
  macros: twoVariableMacros,
  overloads: [
    globalFunction(mapInsert, '@mapInsert_map_key_value', [mapKV, k, v], mapKV, insert),
    globalFunction(mapInsert, '@mapInsert_map_map', [mapKV, mapKV], mapKV, insertAll),
  ],
};
