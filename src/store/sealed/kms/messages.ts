import { ReverseWriter, WireReader, wireType } from '#machinery/protobuf/wire.ts';

/**
 * The messages of KMS plug-ins (k8s.io/kms apis/v2), and of what is stored of their keys (apiserver's kmsv2 EncryptedObject):
 * field numbers and types. Fields that are not listed are passed over when read.
 */
export const messages = {
  StatusRequest: {},
  StatusResponse: { version: [1, 'string'], healthz: [2, 'string'], keyId: [3, 'string'] },
  EncryptRequest: { plaintext: [1, 'bytes'], uid: [2, 'string'] },
  EncryptResponse: { ciphertext: [1, 'bytes'], keyId: [2, 'string'], annotations: [3, 'map'] },
  DecryptRequest: {
    ciphertext: [1, 'bytes'],
    uid: [2, 'string'],
    keyId: [3, 'string'],
    annotations: [4, 'map'],
  },
  DecryptResponse: { plaintext: [1, 'bytes'] },
  EncryptedObject: {
    encryptedData: [1, 'bytes'],
    keyId: [2, 'string'],
    encryptedKey: [3, 'bytes'],
    annotations: [4, 'map'],
    keyType: [5, 'enum'],
  },
} as const satisfies Readonly<Record<string, Fields>>;

type Fields = Readonly<Record<string, readonly [tag: number, type: keyof Types]>>;

/** Values by names, as a plug-in adds to a key. */
export type Annotations = ReadonlyMap<string, Uint8Array>;

interface Types {
  readonly string: string;
  readonly bytes: Uint8Array;
  readonly map: Annotations;
  readonly enum: number;
}

export type MessageName = keyof typeof messages;
type FieldsOf<N extends MessageName> = (typeof messages)[N];

/** A message with all its fields: what was not sent is empty. */
export type Message<N extends MessageName> = {
  readonly [F in keyof FieldsOf<N>]: FieldsOf<N>[F] extends readonly [number, infer T extends keyof Types]
    ? Types[T]
    : never;
};

const none: Types = { string: '', bytes: new Uint8Array(), map: new Map(), enum: 0 };
const encoder = new TextEncoder();

function fieldsOf(name: MessageName): [string, readonly [number, keyof Types]][] {
  return Object.entries(messages[name] as Fields);
}

/** As proto3 has it: what is empty is left out. */
export function encodeMessage<N extends MessageName>(name: N, message: Message<N>): Uint8Array {
  const writer = new ReverseWriter();
  for (const [field, [tag, type]] of fieldsOf(name).reverse()) {
    const value = (message as Readonly<Record<string, Types[keyof Types]>>)[field]!;
    if (type === 'enum') {
      if (value === 0) continue;
      writer.varint(value as number);
      writer.key(tag, wireType.varint);
    } else if (type === 'map') {
      for (const [key, item] of [...(value as Annotations)].reverse()) writeEntry(writer, tag, key, item);
    } else {
      const bytes = type === 'string' ? encoder.encode(value as string) : (value as Uint8Array);
      if (bytes.length > 0) writeBytes(writer, tag, bytes);
    }
  }
  return writer.finish();
}

function writeBytes(writer: ReverseWriter, tag: number, bytes: Uint8Array): void {
  const before = writer.length;
  writer.bytes(bytes);
  writer.delimit(tag, before);
}

function writeEntry(writer: ReverseWriter, tag: number, key: string, value: Uint8Array): void {
  const before = writer.length;
  writeBytes(writer, 2, value);
  writeBytes(writer, 1, encoder.encode(key));
  writer.delimit(tag, before);
}

/** Throws DecodeError on bytes that are no message. */
export function decodeMessage<N extends MessageName>(name: N, bytes: Uint8Array): Message<N> {
  const fields = fieldsOf(name);
  const message: Record<string, unknown> = {};
  for (const [field, [, type]] of fields) message[field] = type === 'map' ? new Map() : none[type];
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const { tag, type: wire } = reader.key();
    const [field, [, type]] = fields.find(([, [one]]) => one === tag) ?? ['', [0, 'bytes']];
    if (field === '' || wire !== (type === 'enum' ? wireType.varint : wireType.bytes)) reader.skip(wire);
    else if (type === 'string') message[field] = reader.string();
    else if (type === 'bytes') message[field] = reader.bytes();
    else if (type === 'enum') message[field] = reader.int32();
    else readEntry(reader.message(), message[field] as Map<string, Uint8Array>);
  }
  return message as Message<N>;
}

function readEntry(reader: WireReader, map: Map<string, Uint8Array>): void {
  let key = '';
  let value = none.bytes;
  while (!reader.done) {
    const { tag, type } = reader.key();
    if (tag === 1 && type === wireType.bytes) key = reader.string();
    else if (tag === 2 && type === wireType.bytes) value = reader.bytes();
    else reader.skip(type);
  }
  map.set(key, value);
}
