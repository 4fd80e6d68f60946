import { DecodeError } from './decode-error.ts';
import { decodeValue, parseJson } from './json-decode.ts';
import { decodeMessage, expectType } from './protobuf/decode.ts';
import { encodeMessage } from './protobuf/encode.ts';
import { Plans } from './protobuf/plan.ts';
import { ReverseWriter, WireReader, wireType } from './protobuf/wire.ts';
import type { ObjectSchema } from './schema.ts';

/** Where decoding finds the type of the kind that an envelope names. */
export interface SchemaLookup {
  schemaOfKind(group: string, version: string, kind: string): ObjectSchema | undefined;
}

export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** The message, or JSON where `contentType` says so. */
  readonly raw: Uint8Array;
  readonly contentType: string;
}

/** 'k8s' and a zero byte (apimachinery pkg/runtime/serializer/protobuf). */
const magic = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);
const maxNesting = 20;
const itemsTag = 2;
/** What an item's tag and length take, at most. */
const itemHeadBytes = 6;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** True for bytes that begin with the magic of Kubernetes' protobuf. */
export function isProtobuf(bytes: Uint8Array): boolean {
  return bytes.length >= magic.length && magic.every((byte, i) => bytes[i] === byte);
}

/** Kubernetes' protobuf form of the native types: a magic, then runtime.Unknown around the message. */
export class ProtobufCodec {
  readonly #schemas: SchemaLookup;
  readonly #plans = new Plans();

  constructor(schemas: SchemaLookup) {
    this.#schemas = schemas;
  }

  /** The bytes of an object with its envelope; kind and apiVersion are the object's own. */
  encode(object: object, schema: ObjectSchema): Uint8Array {
    const { apiVersion = '', kind = '' } = object as { apiVersion?: string; kind?: string };
    return encodeEnvelope({ apiVersion, kind, raw: this.encodeRaw(object, schema), contentType: '' });
  }

  /** The bare message: what stands in a list's items and in watch frames. */
  encodeRaw(object: object, schema: ObjectSchema): Uint8Array {
    return encodeMessage(this.#plans, object as Record<string, unknown>, schema);
  }

  /** A piece of a list's message, of its items' messages; in every list they have this tag. */
  encodeItems(items: readonly Uint8Array[]): Uint8Array {
    const length = items.reduce((sum, item) => sum + item.length, 0);
    const writer = new ReverseWriter(length + items.length * itemHeadBytes);
    for (let i = items.length - 1; i >= 0; i--) {
      const start = writer.length;
      writer.bytes(items[i]!);
      writer.delimit(itemsTag, start);
    }
    return writer.finish();
  }

  /** An object whose message comes in pieces, and so it stays: a reader puts the items of a repeated field together. */
  encodePieces(type: { apiVersion: string; kind: string }, pieces: readonly Uint8Array[]): Uint8Array[] {
    const before = new ReverseWriter();
    writeBefore(
      before,
      type,
      pieces.reduce((sum, piece) => sum + piece.length, 0),
    );
    const after = new ReverseWriter(envelopeBytes);
    writeAfter(after, '');
    return [before.finish(), ...pieces, after.finish()];
  }

  /** The bare message back, normalised as JSON input is. */
  decodeRaw<T = Record<string, unknown>>(bytes: Uint8Array, schema: ObjectSchema): T {
    return decodeValue<T>(this.#message(bytes, schema, 0), schema);
  }

  /**
   * An object out of its envelope. `fallback` is the kind of an envelope that names none, as the URL of a request
   * gives it. Throws DecodeError.
   */
  decode<T = Record<string, unknown>>(
    bytes: Uint8Array,
    fallback: { apiVersion: string; kind: string } = { apiVersion: '', kind: '' },
  ): T {
    return this.#decodeEnvelope(bytes, fallback, 0) as T;
  }

  #decodeEnvelope(
    bytes: Uint8Array,
    fallback: { apiVersion: string; kind: string },
    nesting: number,
  ): Record<string, unknown> {
    if (nesting > maxNesting) throw new DecodeError('proto: objects nested too deeply');
    const envelope = decodeEnvelope(bytes);
    const apiVersion = envelope.apiVersion || fallback.apiVersion;
    const kind = envelope.kind || fallback.kind;
    try {
      const schema = this.#schemaOf(apiVersion, kind);
      if (!schema) throw new DecodeError(`no kind "${kind}" is registered for version "${apiVersion}"`);
      const json = envelope.contentType === 'application/json';
      const object = json
        ? (parseJson(utf8.decode(envelope.raw)) as Record<string, unknown>)
        : this.#message(envelope.raw, schema, nesting);
      return decodeValue({ ...object, apiVersion, kind }, schema);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      throw new DecodeError(error.message, error.converted, { apiVersion, kind });
    }
  }

  #schemaOf(apiVersion: string, kind: string): ObjectSchema | undefined {
    const slash = apiVersion.indexOf('/');
    const group = slash < 0 ? '' : apiVersion.slice(0, slash);
    return this.#schemas.schemaOfKind(group, apiVersion.slice(slash + 1), kind);
  }

  #message(bytes: Uint8Array, schema: ObjectSchema, nesting: number): Record<string, unknown> {
    const raw = (part: Uint8Array) =>
      isProtobuf(part)
        ? this.#decodeEnvelope(part, { apiVersion: '', kind: '' }, nesting + 1)
        : parseJson(utf8.decode(part));
    return decodeMessage(this.#plans, bytes, schema, raw);
  }
}

/** Writes the magic and runtime.Unknown. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const { apiVersion, kind, raw, contentType } = envelope;
  const writer = new ReverseWriter(
    raw.length + apiVersion.length + kind.length + contentType.length + envelopeBytes,
  );
  writeAfter(writer, contentType);
  writer.bytes(raw);
  writeBefore(writer, envelope, raw.length);
  return writer.finish();
}

/** What an envelope takes around its texts, at most. */
const envelopeBytes = 64;

function writeString(writer: ReverseWriter, tag: number, value: string): void {
  const start = writer.length;
  writer.string(value);
  writer.delimit(tag, start);
}

/** What follows the message. */
function writeAfter(writer: ReverseWriter, contentType: string): void {
  writeString(writer, 4, contentType);
  writeString(writer, 3, '');
}

/** What comes before a message of `rawLength` bytes. */
function writeBefore(
  writer: ReverseWriter,
  type: Pick<Envelope, 'apiVersion' | 'kind'>,
  rawLength: number,
): void {
  writer.varint(rawLength);
  writer.key(2, wireType.bytes);
  const metaStart = writer.length;
  writeString(writer, 2, type.kind);
  writeString(writer, 1, type.apiVersion);
  writer.delimit(1, metaStart);
  writer.bytes(magic);
}

const envelopeFields = ['TypeMeta', 'Raw', 'ContentEncoding', 'ContentType'];
const typeFields = ['APIVersion', 'Kind'];

/** Reads the magic and runtime.Unknown. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.length === 0) throw new DecodeError('empty data');
  if (!isProtobuf(bytes)) {
    throw new DecodeError(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
  }
  if (bytes.length === magic.length) throw new DecodeError('empty body');
  const reader = new WireReader(bytes, magic.length);
  const meta = { apiVersion: '', kind: '' };
  let raw: Uint8Array = new Uint8Array();
  let contentType = '';
  let contentEncoding = '';
  while (!reader.done) {
    const { tag, type } = reader.key('Unknown');
    if (tag > envelopeFields.length) {
      reader.skip(type);
      continue;
    }
    expectType(type, wireType.bytes, envelopeFields[tag - 1]!);
    if (tag === 1) readTypeMeta(reader.message(), meta);
    else if (tag === 2) raw = reader.bytes();
    else if (tag === 3) contentEncoding = reader.string();
    else contentType = reader.string();
  }
  if (contentEncoding !== '') throw new DecodeError(`content encoding ${contentEncoding} is not supported`);
  return { ...meta, raw, contentType };
}

function readTypeMeta(reader: WireReader, into: { apiVersion: string; kind: string }): void {
  while (!reader.done) {
    const { tag, type } = reader.key('TypeMeta');
    if (tag > typeFields.length) {
      reader.skip(type);
      continue;
    }
    expectType(type, wireType.bytes, typeFields[tag - 1]!);
    if (tag === 1) into.apiVersion = reader.string();
    else into.kind = reader.string();
  }
}

/**
 * One frame of a watch: its length in four bytes, big-endian, then metav1.WatchEvent around the object's own bytes
 * (with their envelope).
 */
export function encodeWatchFrame(type: string, object: Uint8Array): Uint8Array {
  const writer = new ReverseWriter();
  const rawStart = writer.length;
  writer.bytes(object);
  writer.delimit(1, rawStart);
  writer.delimit(2, 0);
  const typeStart = writer.length;
  writer.string(type);
  writer.delimit(1, typeStart);
  const event = writer.finish();
  const frame = new Uint8Array(event.length + 4);
  new DataView(frame.buffer).setUint32(0, event.length);
  frame.set(event, 4);
  return frame;
}

/** The type and the object's bytes of a watch frame's content, the length already taken off. */
export function decodeWatchEvent(content: Uint8Array): { type: string; object: Uint8Array } {
  const reader = new WireReader(content);
  let eventType = '';
  let object: Uint8Array = new Uint8Array();
  while (!reader.done) {
    const { tag, type } = reader.key();
    if (type === wireType.bytes && tag === 1) eventType = reader.string();
    else if (type === wireType.bytes && tag === 2) object = readRaw(reader.message());
    else reader.skip(type);
  }
  return { type: eventType, object };
}

function readRaw(reader: WireReader): Uint8Array {
  let raw: Uint8Array = new Uint8Array();
  while (!reader.done) {
    const { tag, type } = reader.key();
    if (type === wireType.bytes && tag === 1) raw = reader.bytes();
    else reader.skip(type);
  }
  return raw;
}

/** Cuts a stream of watch frames, which may arrive in any pieces. */
export class WatchFrameSplitter {
  #rest: Uint8Array = new Uint8Array();
  readonly #maxBytes: number;

  constructor(maxBytes = 16 * 1024 * 1024) {
    this.#maxBytes = maxBytes;
  }

  /** The contents of the frames that `chunk` completes. */
  push(chunk: Uint8Array): Uint8Array[] {
    const bytes = new Uint8Array(this.#rest.length + chunk.length);
    bytes.set(this.#rest);
    bytes.set(chunk, this.#rest.length);
    const view = new DataView(bytes.buffer);
    const frames: Uint8Array[] = [];
    let at = 0;
    while (at + 4 <= bytes.length) {
      const length = view.getUint32(at);
      if (length > this.#maxBytes) throw new DecodeError(`watch frame of ${length} bytes is too large`);
      if (at + 4 + length > bytes.length) break;
      frames.push(bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    this.#rest = bytes.slice(at);
    return frames;
  }
}
