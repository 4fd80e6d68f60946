/** The test data's values and types as ours. Undefined where only protobuf messages could say it. */
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
  opaqueType,
  stringType,
  timestampType,
  type Type,
  typeOfType,
  uintType,
} from '#cel/types.ts';
import {
  ArrayList,
  CelDouble,
  CelDuration,
  CelTimestamp,
  CelType,
  CelUint,
  type CelValue,
  EntryMap,
  toInt,
} from '#cel/values.ts';
import { bytesOf, isMessage, type Message, messageOf, messagesOf, textOf, wordOf } from './textproto.ts';

export function celValueOf(message: Message): CelValue | undefined {
  for (const [field, read] of Object.entries(readers)) {
    if (message.has(field)) return read(message);
  }
  return undefined;
}

const readers: Readonly<Record<string, (message: Message) => CelValue | undefined>> = {
  null_value: () => null,
  bool_value: message => wordOf(message, 'bool_value') === 'true',
  int64_value: message => toInt(BigInt(wordOf(message, 'int64_value')!)),
  uint64_value: message => new CelUint(BigInt(wordOf(message, 'uint64_value')!)),
  double_value: message => new CelDouble(number(wordOf(message, 'double_value')!)),
  string_value: message => textOf(message, 'string_value'),
  bytes_value: message => bytesOf(message, 'bytes_value'),
  list_value: message => list(messagesOf(messageOf(message, 'list_value')!, 'values')),
  map_value: message => map(messagesOf(messageOf(message, 'map_value')!, 'entries')),
  type_value: message => typeValue(textOf(message, 'type_value')!),
  object_value: message => time(messageOf(message, 'object_value')!),
};

function number(word: string): number {
  if (/^[-+]?inf/i.test(word))
    return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(word.replace(/f$/, ''));
}

function list(values: readonly Message[]): CelValue | undefined {
  const items = values.map(celValueOf);
  return items.every(item => item !== undefined) ? new ArrayList(items) : undefined;
}

function map(entries: readonly Message[]): CelValue | undefined {
  const made = new EntryMap();
  for (const entry of entries) {
    const key = celValueOf(messageOf(entry, 'key')!);
    const value = celValueOf(messageOf(entry, 'value')!);
    if (key === undefined || value === undefined) return undefined;
    made.insert(key, value);
  }
  return made;
}

const named: Readonly<Record<string, Type>> = {
  bool: boolType,
  bytes: bytesType,
  double: doubleType,
  int: intType,
  list: listOf(dynType),
  map: mapOf(dynType, dynType),
  null_type: nullType,
  string: stringType,
  type: typeOfType(dynType),
  uint: uintType,
  'google.protobuf.Timestamp': timestampType,
  'google.protobuf.Duration': durationType,
};

function typeValue(name: string): CelValue {
  return new CelType(named[name] ?? opaqueType(name));
}

function time(message: Message): CelValue | undefined {
  for (const [url, [value]] of message) {
    if (!isMessage(value)) continue;
    const nanos =
      BigInt(wordOf(value, 'seconds') ?? 0) * 1_000_000_000n + BigInt(wordOf(value, 'nanos') ?? 0);
    if (url.endsWith('google.protobuf.Timestamp]')) return new CelTimestamp(nanos);
    if (url.endsWith('google.protobuf.Duration]')) return new CelDuration(nanos);
  }
  return undefined;
}

const primitives: Readonly<Record<string, Type>> = {
  BOOL: boolType,
  INT64: intType,
  UINT64: uintType,
  DOUBLE: doubleType,
  STRING: stringType,
  BYTES: bytesType,
};

export function celTypeOf(message: Message): Type | undefined {
  const primitive = wordOf(message, 'primitive');
  if (primitive) return primitives[primitive];
  const known = wordOf(message, 'well_known');
  if (known) return known === 'TIMESTAMP' ? timestampType : known === 'DURATION' ? durationType : undefined;
  if (message.has('dyn')) return dynType;
  if (message.has('null')) return nullType;
  const inner = (of: Message | undefined, field: string) => {
    const type = of && messageOf(of, field);
    return type && celTypeOf(type);
  };
  if (message.has('list_type')) {
    const element = inner(messageOf(message, 'list_type'), 'elem_type');
    return element && listOf(element);
  }
  if (message.has('map_type')) {
    const key = inner(messageOf(message, 'map_type'), 'key_type');
    const value = inner(messageOf(message, 'map_type'), 'value_type');
    return key && value && mapOf(key, value);
  }
  if (message.has('type')) {
    const of = messageOf(message, 'type');
    return typeOfType((of && celTypeOf(of)) ?? dynType);
  }
  return abstractType(messageOf(message, 'abstract_type'));
}

function abstractType(message: Message | undefined): Type | undefined {
  if (!message) return undefined;
  const params = messagesOf(message, 'parameter_types').map(celTypeOf);
  return params.every(param => param !== undefined)
    ? opaqueType(textOf(message, 'name')!, ...params)
    : undefined;
}
