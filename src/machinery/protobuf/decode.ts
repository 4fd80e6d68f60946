import { setMember } from '#base/members.ts';
import { toRfc3339 } from '#base/clock.ts';
import { DecodeError } from '../decode-error.ts';
import { formatDuration } from '../go-values.ts';
import { parseJson } from '../json-decode.ts';
import { firstJsonValue } from '../json-scan.ts';
import type {
  AnySchema,
  FieldSchema,
  ListSchema,
  MapSchema,
  ObjectSchema,
  ScalarSchema,
  Schema,
} from '../schema.ts';
import type { Plans } from './plan.ts';
import { WireReader, wireType } from './wire.ts';

type Json = Record<string, unknown>;

/** Reads an object inside a RawExtension: JSON, or an envelope of its own. */
export type DecodeRaw = (bytes: Uint8Array, depth: number) => unknown;

/** JSONSchemaProps is the one recursive type; upstream's own CRDs stay far below this. */
const maxDepth = 200;

/**
 * The JSON of a message, with the fields that it has alone: zero values are the normaliser's (`decodeValue`). Unknown
 * field numbers are passed over.
 */
export function decodeMessage(
  plans: Plans,
  bytes: Uint8Array,
  schema: ObjectSchema,
  decodeRaw: DecodeRaw,
  depth = 0,
): Json {
  const object: Json = {};
  new Decoder(plans, decodeRaw).message(new WireReader(bytes), schema, object, depth);
  return object;
}

class Decoder {
  readonly #plans: Plans;
  readonly #decodeRaw: DecodeRaw;

  constructor(plans: Plans, decodeRaw: DecodeRaw) {
    this.#plans = plans;
    this.#decodeRaw = decodeRaw;
  }

  message(reader: WireReader, schema: ObjectSchema, into: Json, depth: number): void {
    if (depth > maxDepth) throw new DecodeError('proto: message nested too deeply');
    const { byTag, goName } = this.#plans.of(schema);
    while (!reader.done) {
      const { tag, type } = reader.key(goName);
      const entry = byTag.get(tag);
      if (!entry) reader.skip(type);
      else if ('inline' in entry) {
        expectType(type, wireType.bytes, schema.name);
        this.message(reader.message(), entry.inline, into, depth + 1);
      } else this.#field(reader, type, entry.field, into, depth);
    }
  }

  #field(reader: WireReader, type: number, field: FieldSchema, into: Json, depth: number): void {
    const { name, schema } = field;
    if (schema.type === 'list') {
      const list = (into[name] as unknown[] | undefined) ?? [];
      into[name] = list;
      this.#list(reader, type, schema, list, name, depth);
    } else if (schema.type === 'map') {
      expectType(type, wireType.bytes, name);
      const map = (into[name] as Json | undefined) ?? {};
      into[name] = map;
      this.#mapEntry(reader.message(), schema, map, name, depth);
    } else if (schema.type === 'object') {
      expectType(type, wireType.bytes, name);
      const nested = (into[name] as Json | undefined) ?? {};
      into[name] = nested;
      this.message(reader.message(), schema, nested, depth + 1);
    } else into[name] = this.#value(reader, type, schema, name, depth);
  }

  #list(
    reader: WireReader,
    type: number,
    schema: ListSchema,
    into: unknown[],
    name: string,
    depth: number,
  ): void {
    if (schema.wrapped) {
      expectType(type, wireType.bytes, name);
      const wrapper = reader.message();
      while (!wrapper.done) {
        const key = wrapper.key();
        if (key.tag === 1) into.push(this.#value(wrapper, key.type, schema.items, name, depth));
        else wrapper.skip(key.type);
      }
    } else if (type === wireType.bytes && isVarint(schema.items)) {
      const packed = reader.message();
      while (!packed.done) into.push(this.#value(packed, wireType.varint, schema.items, name, depth));
    } else into.push(this.#value(reader, type, schema.items, name, depth));
  }

  #mapEntry(reader: WireReader, schema: MapSchema, into: Json, name: string, depth: number): void {
    let key = '';
    let value: unknown;
    while (!reader.done) {
      const next = reader.key();
      if (next.tag === 1) {
        expectType(next.type, wireType.bytes, name);
        key = reader.string();
      } else if (next.tag === 2) {
        if (schema.values.type === 'list') {
          const list: unknown[] = [];
          this.#list(reader, next.type, schema.values, list, name, depth);
          value = list;
        } else value = this.#value(reader, next.type, schema.values, name, depth);
      } else reader.skip(next.type);
    }
    setMember(into, key, value ?? null);
  }

  #value(reader: WireReader, type: number, schema: Schema, name: string, depth: number): unknown {
    if (isVarint(schema)) {
      expectType(type, wireType.varint, name);
      return readVarint(reader, schema as ScalarSchema);
    }
    if (schema.type === 'number') {
      expectType(type, wireType.fixed64, name);
      return reader.double();
    }
    expectType(type, wireType.bytes, name);
    switch (schema.type) {
      case 'object': {
        const object: Json = {};
        this.message(reader.message(), schema, object, depth + 1);
        return object;
      }
      case 'any':
        return this.#any(reader.message(), schema, depth);
      case 'quantity':
        return readQuantity(reader.message());
      case 'int-or-string':
        return readIntOrString(reader.message());
      case 'string':
        return schema.format ? readFormatted(reader, schema) : reader.string();
      default:
        throw new DecodeError(`proto: ${name} has no protobuf form`);
    }
  }

  #any(reader: WireReader, schema: AnySchema, depth: number): unknown {
    if (schema.element) return this.#schemaProps(reader, schema, schema.element, depth);
    let value: unknown = null;
    while (!reader.done) {
      const { tag, type } = reader.key();
      if (tag !== 1) {
        reader.skip(type);
        continue;
      }
      expectType(type, wireType.bytes, 'raw');
      const bytes = reader.bytes();
      if (bytes.length === 0) continue;
      if (schema.wire === 'raw') value = this.#decodeRaw(bytes, depth + 1);
      else value = schema.wire === 'fieldsV1' ? readFieldSet(bytes) : readJson(bytes);
    }
    return value;
  }

  #schemaProps(reader: WireReader, schema: AnySchema, element: ObjectSchema, depth: number): unknown {
    const orBool = schema.wire === 'jsonSchemaPropsOrBool';
    const objectTag = orBool ? 2 : 1;
    let object: Json | undefined;
    let allows = false;
    const list: unknown[] = [];
    while (!reader.done) {
      const { tag, type } = reader.key();
      if (orBool && tag === 1) {
        expectType(type, wireType.varint, 'allows');
        allows = reader.int64() !== 0;
      } else if (tag === objectTag) {
        expectType(type, wireType.bytes, 'schema');
        object ??= {};
        this.message(reader.message(), element, object, depth + 1);
      } else if (tag === 2) {
        const items: Schema = schema.wire === 'jsonSchemaPropsOrArray' ? element : { type: 'string' };
        list.push(this.#value(reader, type, items, 'items', depth));
      } else reader.skip(type);
    }
    if (orBool) return object ?? allows;
    return list.length > 0 ? list : (object ?? null);
  }
}

function isVarint(schema: Schema): boolean {
  return schema.type === 'integer' || schema.type === 'boolean';
}

function readVarint(reader: WireReader, schema: ScalarSchema): number | bigint | boolean {
  if (schema.type === 'boolean') return reader.int64() !== 0;
  if (schema.format !== 'int32') return reader.int64();
  return schema.unsigned ? reader.int32() >>> 0 : reader.int32();
}

function readQuantity(reader: WireReader): string {
  let text = '0';
  while (!reader.done) {
    const { tag, type } = reader.key();
    if (tag === 1 && type === wireType.bytes) text = reader.string();
    else reader.skip(type);
  }
  return text;
}

function readIntOrString(reader: WireReader): number | string {
  let isString = false;
  let number = 0;
  let text = '';
  while (!reader.done) {
    const { tag, type } = reader.key();
    if (tag === 1 && type === wireType.varint) isString = reader.int64() === 1;
    else if (tag === 2 && type === wireType.varint) number = reader.int32();
    else if (tag === 3 && type === wireType.bytes) text = reader.string();
    else reader.skip(type);
  }
  return isString ? text : number;
}

function readFormatted(reader: WireReader, schema: ScalarSchema): string | null {
  switch (schema.format) {
    case 'byte':
      return reader.bytes().toBase64();
    case 'duration':
      return readDuration(reader.message());
    default:
      return readTimestamp(reader.message(), schema.format === 'micro-time');
  }
}

function readDuration(reader: WireReader): string {
  let nanoseconds = 0n;
  while (!reader.done) {
    const { tag, type } = reader.key();
    if (tag === 1 && type === wireType.varint) nanoseconds = reader.int64Big();
    else reader.skip(type);
  }
  return formatDuration(nanoseconds);
}

/** Go's zero time. */
const zeroSeconds = -62_135_596_800;

/** An empty message is the zero time. */
function readTimestamp(reader: WireReader, micro: boolean): string | null {
  if (reader.done) return null;
  let seconds: number | bigint = 0;
  let nanos = 0;
  while (!reader.done) {
    const { tag, type } = reader.key();
    if (tag === 1 && type === wireType.varint) seconds = reader.int64();
    else if (tag === 2 && type === wireType.varint) nanos = reader.int32();
    else reader.skip(type);
  }
  if (seconds === zeroSeconds && !(micro && nanos > 0)) return null;
  // The years that RFC 3339 can write.
  if (seconds < -62_167_219_200 || seconds > 253_402_300_799)
    throw new DecodeError('proto: time out of range');
  const text = toRfc3339(Number(seconds) * 1000);
  if (!micro) return text;
  const micros = Math.floor(Math.max(0, Math.min(nanos, 999_999_999)) / 1000);
  return `${text.slice(0, -1)}.${String(micros).padStart(6, '0')}Z`;
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function readJson(bytes: Uint8Array): unknown {
  return parseJson(utf8.decode(bytes));
}

/**
 * Nothing looks at these bytes before managers are read of them: what follows the set is dropped then, and what is none
 * counts as no managers. Text is none.
 */
function readFieldSet(bytes: Uint8Array): unknown {
  const text = utf8.decode(bytes);
  try {
    return firstJsonValue(text, parseJson);
  } catch (error) {
    if (error instanceof DecodeError) return text;
    throw error;
  }
}

/** Throws DecodeError, in which a field has its name in Go. */
export function expectType(type: number, expected: number, name: string): void {
  if (type === expected) return;
  throw new DecodeError(`proto: wrong wireType = ${type} for field ${goFieldName(name)}`);
}

const initialisms =
  /^(?:api|aws|csi|dns|fc|fs|gce|http|id|ip|ipc|iqn|iscsi|nfs|os|pid|rbd|tcp|tls|tty|uid|url)(?=[A-Z]|s?$)/;

/** 'UID' of uid, 'APIGroup' of apiGroup. */
function goFieldName(name: string): string {
  const initial = initialisms.exec(name)?.[0] ?? name.slice(0, 1);
  return initial.toUpperCase() + name.slice(initial.length);
}
