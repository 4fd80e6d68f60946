/** Conversions between types, by the type's name as a function. */
import type { Overload } from '../signature.ts';
import { doubleText, durationText, floorDivide, timestampText } from '../text.ts';
import {
  boolType,
  bytesType,
  doubleType,
  durationType,
  dynType,
  intType,
  listOf,
  mapOf,
  nullType,
  stringType,
  timestampType,
  type Type,
  typeOfType,
  typeParam,
  typeType,
  uintType,
} from '../types.ts';
import {
  CelDouble,
  type CelDuration,
  CelError,
  type CelInt,
  type CelTimestamp,
  CelType,
  type CelUint,
  type CelValue,
  toInt,
  toUint,
  typeOfValue,
} from '../values.ts';
import { durationOf, timestampOf } from './arithmetic.ts';
import { globalFunction } from './define.ts';
import { durationFromText, timestampFromText } from './time-text.ts';

const intOverflow = new CelError('integer overflow');
const uintOverflow = new CelError('unsigned integer overflow');

function cannot(from: Type, to: Type): CelError {
  return new CelError(`type conversion error from '${from.name}' to '${to.name}'`);
}

function convert(
  to: Type,
  id: string,
  from: Type,
  call: (value: never) => CelValue,
  name = to.name,
): Overload {
  return globalFunction(name, id, [from], to, call as unknown as (...args: CelValue[]) => CelValue);
}

const same = (value: CelValue) => value;

function doubleToInt({ value }: CelDouble): CelValue {
  // 2^63 itself is a double; so is -2^63, which upstream refuses as well.
  if (Number.isNaN(value) || value >= 2 ** 63 || value <= -(2 ** 63)) return intOverflow;
  return toInt(BigInt(Math.trunc(value)))!;
}

function doubleToUint({ value }: CelDouble): CelValue {
  if (Number.isNaN(value) || value < 0 || value >= 2 ** 64) return uintOverflow;
  return toUint(BigInt(Math.trunc(value)))!;
}

function stringToInt(text: string): CelValue {
  const value = /^[+-]?[0-9]+$/.test(text) ? toInt(BigInt(text.replace(/^\+/, ''))) : undefined;
  return value ?? cannot(stringType, intType);
}

function stringToUint(text: string): CelValue {
  return (/^[0-9]+$/.test(text) ? toUint(BigInt(text)) : undefined) ?? cannot(stringType, uintType);
}

function stringToDouble(text: string): CelValue {
  const value = floatOf(text);
  if (value !== undefined) {
    return Number.isFinite(value) ? new CelDouble(value) : cannot(stringType, doubleType);
  }
  const special = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(text);
  if (!special || (special[2] === undefined && special[1] !== '')) return cannot(stringType, doubleType);
  if (special[2] === undefined) return new CelDouble(Number.NaN);
  return new CelDouble(special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
}

/** A decimal or hexadecimal number, with underscores between digits, as Go's ParseFloat reads it. */
function floatOf(text: string): number | undefined {
  const plain = text.replace(/(?<=[0-9a-fA-F]|0[xX])_(?=[0-9a-fA-F])/g, '');
  if (/^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(plain)) return Number(plain);
  const hex = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?[0-9]+)$/.exec(plain);
  const digits = hex && `${hex[2]}${hex[3] ?? ''}`;
  if (!hex || !digits) return undefined;
  const value = Number(`0x${digits}`) * 2 ** (Number(hex[4]) - 4 * (hex[3] ?? '').length);
  return hex[1] === '-' ? -value : value;
}

const trueTexts = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const falseTexts = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

function stringToBool(text: string): CelValue {
  return trueTexts.has(text) ? true : falseTexts.has(text) ? false : cannot(stringType, boolType);
}

function bytesToString(bytes: Uint8Array): CelValue {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new CelError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

function stringToTimestamp(text: string): CelValue {
  const parsed = timestampFromText(text);
  return parsed ? timestampOf(parsed.nanos, parsed.offsetMinutes) : cannot(stringType, timestampType);
}

function stringToDuration(text: string): CelValue {
  const nanos = durationFromText(text);
  return nanos === undefined ? cannot(stringType, durationType) : durationOf(nanos);
}

const numericConversions: readonly Overload[] = [
  convert(intType, 'int64_to_int64', intType, same),
  convert(intType, 'double_to_int64', doubleType, doubleToInt),
  convert(
    intType,
    'duration_to_int64',
    durationType,
    (value: CelDuration) => toInt(value.nanos) ?? intOverflow,
  ),
  convert(intType, 'string_to_int64', stringType, stringToInt),
  convert(
    intType,
    'timestamp_to_int64',
    timestampType,
    (value: CelTimestamp) => toInt(floorDivide(value.nanos, 1_000_000_000n))!,
  ),
  convert(intType, 'uint64_to_int64', uintType, (value: CelUint) => toInt(value.value) ?? intOverflow),
  convert(uintType, 'uint64_to_uint64', uintType, same),
  convert(uintType, 'double_to_uint64', doubleType, doubleToUint),
  convert(uintType, 'int64_to_uint64', intType, (value: CelInt) => toUint(BigInt(value)) ?? uintOverflow),
  convert(uintType, 'string_to_uint64', stringType, stringToUint),
  convert(doubleType, 'double_to_double', doubleType, same),
  convert(doubleType, 'int64_to_double', intType, (value: CelInt) => new CelDouble(Number(value))),
  convert(doubleType, 'string_to_double', stringType, stringToDouble),
  convert(doubleType, 'uint64_to_double', uintType, (value: CelUint) => new CelDouble(Number(value.value))),
];

const textConversions: readonly Overload[] = [
  convert(boolType, 'bool_to_bool', boolType, same),
  convert(boolType, 'string_to_bool', stringType, stringToBool),
  convert(bytesType, 'bytes_to_bytes', bytesType, same),
  convert(bytesType, 'string_to_bytes', stringType, (text: string) => new TextEncoder().encode(text)),
  convert(stringType, 'string_to_string', stringType, same),
  convert(stringType, 'bool_to_string', boolType, String),
  convert(stringType, 'bytes_to_string', bytesType, bytesToString),
  convert(stringType, 'double_to_string', doubleType, (value: CelDouble) => doubleText(value.value)),
  convert(stringType, 'duration_to_string', durationType, durationText),
  convert(stringType, 'int64_to_string', intType, String),
  convert(stringType, 'timestamp_to_string', timestampType, timestampText),
  convert(stringType, 'uint64_to_string', uintType, (value: CelUint) => String(value.value)),
];

const a = typeParam('A');

const timeConversions: readonly Overload[] = [
  convert(timestampType, 'timestamp_to_timestamp', timestampType, same, 'timestamp'),
  convert(
    timestampType,
    'int64_to_timestamp',
    intType,
    (seconds: CelInt) => timestampOf(BigInt(seconds) * 1_000_000_000n),
    'timestamp',
  ),
  convert(timestampType, 'string_to_timestamp', stringType, stringToTimestamp, 'timestamp'),
  convert(durationType, 'duration_to_duration', durationType, same, 'duration'),
  // It is declared, but no number is a duration.
  convert(durationType, 'int64_to_duration', intType, () => cannot(intType, durationType), 'duration'),
  convert(durationType, 'string_to_duration', stringType, stringToDuration, 'duration'),
  convert(dynType, 'to_dyn', a, same),
  globalFunction('type', 'type', [a], typeOfType(a), value => new CelType(typeOfValue(value))),
];

export const conversions: readonly Overload[] = [
  ...numericConversions,
  ...textConversions,
  ...timeConversions,
];

/** The types that have a name. */
export const typeNames: readonly Type[] = [
  boolType,
  bytesType,
  doubleType,
  durationType,
  intType,
  listOf(dynType),
  mapOf(dynType, dynType),
  nullType,
  stringType,
  timestampType,
  typeType,
  uintType,
];
