/** Fields, keys and indices: what `.` and `[]` find in a value. */
import { valueText } from './text.ts';
import {
  CelDouble,
  CelError,
  CelList,
  CelMap,
  CelObject,
  CelOptional,
  CelUint,
  type CelValue,
  isError,
  typeOfValue,
} from './values.ts';

/** A value, an error, or undefined where nothing is there. */
export type Found = CelValue | undefined;

export function findField(value: CelValue, field: string): Found {
  if (value instanceof CelObject) return value.get(field);
  if (value instanceof CelMap) return value.find(field);
  if (isError(value)) return value;
  return noField(value, field);
}

/** What has neither fields nor elements is taken for something without that key. */
function noField(value: CelValue, field: string): CelError {
  return value instanceof CelList
    ? new CelError("unsupported index type 'string' in list")
    : missing(value, field);
}

export function findIndex(value: CelValue, key: CelValue): Found {
  if (isError(value)) return value;
  if (isError(key)) return key;
  if (value instanceof CelMap) return findKey(value, key);
  if (value instanceof CelList) return findElement(value, key);
  if (value instanceof CelObject && typeof key === 'string') return value.get(key);
  return missing(value, key);
}

function findKey(map: CelMap, key: CelValue): Found {
  const found = map.find(key);
  if (found !== undefined || !isContainer(key)) return found;
  return new CelError(`unsupported key type: ${typeOfValue(key).name}`);
}

function isContainer(value: CelValue): boolean {
  return value instanceof CelList || value instanceof CelMap || value instanceof CelObject;
}

function findElement(list: CelList, key: CelValue): Found {
  const index = listIndex(key);
  if (index === undefined) {
    const what = key instanceof CelDouble ? `value ${valueText(key)}` : `type '${typeOfValue(key).name}'`;
    return new CelError(`unsupported index ${what} in list`);
  }
  return index >= 0 && index < list.size ? list.at(index) : undefined;
}

/** Any whole number; -1 where it is too big for a list. */
function listIndex(key: CelValue): number | undefined {
  if (typeof key === 'number') return key;
  if (typeof key === 'bigint') return -1;
  if (key instanceof CelUint) return Number(key.value);
  if (key instanceof CelDouble && Number.isInteger(key.value)) return key.value;
  return undefined;
}

/** The error for a key or index that is not there. */
export function missing(value: CelValue, key: CelValue): CelError {
  return value instanceof CelList
    ? new CelError(`index out of bounds: ${valueText(key)}`)
    : new CelError(`no such key: ${valueText(key)}`);
}

/** Selection of what may be absent: an optional of what is found. */
export function optionally(value: CelValue, find: (from: CelValue) => Found): CelValue {
  const from = value instanceof CelOptional ? value.value : value;
  if (from === undefined) return CelOptional.none;
  if (isError(from)) return from;
  if (!isContainer(from)) return CelOptional.none;
  const found = find(from);
  if (found === undefined) return CelOptional.none;
  return isError(found) ? found : CelOptional.of(found);
}

/** `has(value.field)`. */
export function hasField(value: CelValue, field: string): CelValue {
  const from = value instanceof CelOptional ? value.value : value;
  if (from === undefined) return false;
  if (isError(from)) return from;
  if (!isContainer(from)) return false;
  const found = findField(from, field);
  return found !== undefined && isError(found) ? found : found !== undefined;
}
