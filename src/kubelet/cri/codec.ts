import { assert } from '#base/assert.ts';
import { enums, messages } from './facts.ts';

/** Protocol buffers (proto3) by the table in `facts.ts`. */

type Messages = typeof messages;
type Enums = typeof enums;
export type MessageName = keyof Messages;

interface Scalars {
  string: string;
  bytes: Uint8Array;
  bool: boolean;
  int32: number;
  uint32: number;
  int64: number;
  uint64: number;
  map: Record<string, string>;
}

type FieldNames<N extends MessageName> = keyof Messages[N];
type TypeOf<F> = F extends readonly [number, infer T, ...unknown[]] ? T : never;
type IsRepeated<F> = F extends readonly [number, unknown, 'repeated'] ? true : false;

type DecodedOne<T> = T extends keyof Scalars
  ? Scalars[T]
  : T extends keyof Enums
    ? Enums[T][number]
    : T extends MessageName
      ? Decoded<T>
      : never;

/** What decoding gives: every scalar, map and repeated field is there; a message that was not sent is undefined. */
export type Decoded<N extends MessageName> = {
  [F in FieldNames<N>]: IsRepeated<Messages[N][F]> extends true
    ? DecodedOne<TypeOf<Messages[N][F]>>[]
    : TypeOf<Messages[N][F]> extends MessageName
      ? DecodedOne<TypeOf<Messages[N][F]>> | undefined
      : DecodedOne<TypeOf<Messages[N][F]>>;
};

type EncodableOne<T> = T extends 'map'
  ? Readonly<Record<string, string>>
  : T extends keyof Scalars
    ? Scalars[T]
    : T extends keyof Enums
      ? Enums[T][number]
      : T extends MessageName
        ? Encodable<T>
        : never;

/** What encoding takes: any field may be left out. */
export type Encodable<N extends MessageName> = {
  readonly [F in FieldNames<N>]?: IsRepeated<Messages[N][F]> extends true
    ? readonly EncodableOne<TypeOf<Messages[N][F]>>[]
    : EncodableOne<TypeOf<Messages[N][F]>>;
};

type Field = readonly [number: number, type: string, repeated?: string];
type Values = Record<string, unknown>;

const varint = 0;
const fixed64 = 1;
const delimited = 2;
const fixed32 = 5;
const varintTypes = new Set(['bool', 'int32', 'uint32', 'int64', 'uint64']);

function enumOf(type: string): readonly string[] | undefined {
  return (enums as Record<string, readonly string[]>)[type];
}

function fieldsOf(name: string): Record<string, Field> {
  const fields = (messages as unknown as Record<string, Record<string, Field>>)[name];
  assert(fields, `no facts of the message ${name}`);
  return fields;
}

class Writer {
  readonly #bytes: number[] = [];

  varint(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest >= 0x80n) {
      this.#bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#bytes.push(Number(rest));
  }

  tag(number: number, wire: number): void {
    this.varint((number << 3) | wire);
  }

  delimited(number: number, bytes: Uint8Array): void {
    this.tag(number, delimited);
    this.varint(bytes.length);
    for (const byte of bytes) this.#bytes.push(byte);
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function isDefault(value: unknown): boolean {
  return value === undefined || value === 0 || value === '' || value === false;
}

function writeOne(writer: Writer, number: number, type: string, value: unknown, keepDefault: boolean): void {
  if (type === 'map') {
    for (const [key, item] of Object.entries(value as Record<string, string>)) {
      const entry = new Writer();
      entry.delimited(1, encoder.encode(key));
      entry.delimited(2, encoder.encode(item));
      writer.delimited(number, entry.finish());
    }
    return;
  }
  const names = enumOf(type);
  const scalar = names ? names.indexOf(value as string) : value;
  assert(scalar !== -1 || !names, `${String(value)} is not one of ${names?.join(', ')}`);
  if (!keepDefault && isDefault(scalar)) return;
  if (names || varintTypes.has(type)) {
    writer.tag(number, varint);
    writer.varint(Number(scalar));
  } else if (type === 'string') writer.delimited(number, encoder.encode(scalar as string));
  else if (type === 'bytes') writer.delimited(number, scalar as Uint8Array);
  else writer.delimited(number, encodeValues(type, scalar as Values));
}

function writePacked(writer: Writer, number: number, values: readonly unknown[]): void {
  if (values.length === 0) return;
  const packed = new Writer();
  for (const value of values) packed.varint(Number(value));
  writer.delimited(number, packed.finish());
}

function encodeValues(name: string, values: Values): Uint8Array {
  const writer = new Writer();
  for (const [field, [number, type, repeated]] of Object.entries(fieldsOf(name))) {
    const value = values[field];
    if (value === undefined) continue;
    if (!repeated) writeOne(writer, number, type, value, false);
    else if (varintTypes.has(type)) writePacked(writer, number, value as unknown[]);
    else for (const item of value as unknown[]) writeOne(writer, number, type, item, true);
  }
  return writer.finish();
}

/** The bytes of a message. */
export function encode<N extends MessageName>(name: N, value: Encodable<N>): Uint8Array {
  return encodeValues(name, value as Values);
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new Error('protobuf: message ends inside a number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('protobuf: number of more than 64 bits');
  }

  delimited(): Uint8Array {
    return this.#take(Number(this.varint()));
  }

  skip(wire: number): void {
    if (wire === varint) this.varint();
    else if (wire === delimited) this.delimited();
    else if (wire === fixed64) this.#take(8);
    else if (wire === fixed32) this.#take(4);
    else throw new Error(`protobuf: wire type ${wire}`);
  }

  #take(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw new Error('protobuf: message ends inside a field');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function defaultOf(type: string): unknown {
  if (type === 'string') return '';
  if (type === 'bytes') return new Uint8Array();
  if (type === 'bool') return false;
  if (type === 'map') return {};
  return varintTypes.has(type) ? 0 : enumOf(type)?.[0];
}

function fromVarint(type: string, value: bigint): unknown {
  const names = enumOf(type);
  if (names) return names[Number(value)] ?? names[0];
  if (type === 'bool') return value !== 0n;
  if (type === 'int64') return Number(BigInt.asIntN(64, value));
  if (type === 'int32') return Number(BigInt.asIntN(32, value));
  return Number(BigInt.asUintN(64, value));
}

function fromBytes(type: string, bytes: Uint8Array): unknown {
  if (type === 'string') return decoder.decode(bytes);
  return type === 'bytes' ? bytes : decodeValues(type, bytes);
}

function readMapEntry(map: Record<string, string>, bytes: Uint8Array): void {
  const reader = new Reader(bytes);
  let key = '';
  let value = '';
  while (!reader.done) {
    const tag = Number(reader.varint());
    if (tag === ((1 << 3) | delimited)) key = decoder.decode(reader.delimited());
    else if (tag === ((2 << 3) | delimited)) value = decoder.decode(reader.delimited());
    else reader.skip(tag & 7);
  }
  map[key] = value;
}

function readField(reader: Reader, values: Values, name: string, field: Field, wire: number): void {
  const [, type, repeated] = field;
  const numeric = varintTypes.has(type) || enumOf(type) !== undefined;
  if (wire !== (numeric ? varint : delimited) && !(repeated && numeric && wire === delimited)) {
    reader.skip(wire);
    return;
  }
  if (type === 'map') readMapEntry(values[name] as Record<string, string>, reader.delimited());
  else if (repeated && numeric && wire === delimited) {
    const packed = new Reader(reader.delimited());
    while (!packed.done) (values[name] as unknown[]).push(fromVarint(type, packed.varint()));
  } else {
    const value = numeric ? fromVarint(type, reader.varint()) : fromBytes(type, reader.delimited());
    if (repeated) (values[name] as unknown[]).push(value);
    else values[name] = value;
  }
}

const fieldsByNumber: ReadonlyMap<string, ReadonlyMap<number, readonly [string, Field]>> = new Map(
  Object.keys(messages).map(message => [
    message,
    new Map(Object.entries(fieldsOf(message)).map(([name, field]) => [field[0], [name, field]])),
  ]),
);

function decodeValues(message: string, bytes: Uint8Array): Values {
  const values: Values = {};
  const byNumber = fieldsByNumber.get(message)!;
  for (const [name, field] of byNumber.values()) values[name] = field[2] ? [] : defaultOf(field[1]);
  const reader = new Reader(bytes);
  while (!reader.done) {
    const tag = Number(reader.varint());
    const known = byNumber.get(tag >>> 3);
    if (known) readField(reader, values, known[0], known[1], tag & 7);
    else reader.skip(tag & 7);
  }
  return values;
}

/** Reads a message; unknown fields are skipped. Throws on bytes that are no message. */
export function decode<N extends MessageName>(name: N, bytes: Uint8Array): Decoded<N> {
  return decodeValues(name, bytes) as Decoded<N>;
}
