/**
 * The structure of a PKCS #10 request (RFC 2986) as Go's x509.ParseCertificateRequest demands it, in its words. What a key
 * or an attribute says is the signer's to judge.
 */

/** A field of a Go struct that encoding/asn1 reads. */
interface Field {
  /** The name of its Go type. */
  readonly type: string;
  /** Its universal tag; absent: any element will do. */
  readonly tag?: number;
  readonly isOptional?: boolean;
  /** [0] in place of a universal tag. */
  readonly isContext?: boolean;
  /** Of a SEQUENCE, in their order; what follows them is not looked at. */
  readonly fields?: readonly Field[];
  /** Of a SEQUENCE OF or SET OF, each element. */
  readonly each?: Field;
  /** Of any type: texts are looked at. */
  readonly isValue?: boolean;
}

interface Header {
  readonly class: number;
  readonly tag: number;
  readonly length: number;
  readonly isCompound: boolean;
  /** Where the content begins. */
  readonly at: number;
}

const integerTag = 2;
const bitStringTag = 3;
const oidTag = 6;
const utf8Tag = 12;
const sequenceTag = 16;
const setTag = 17;
const contextClass = 2;
const lengthMax = 2 ** 23;
/** Bytes of Go's int. */
const intBytesMax = 8;
const base128BytesMax = 5;
const int32Max = 2 ** 31 - 1;

/** Of a universal type, by its tag: what its texts consist of. */
const alphabets: Readonly<Record<number, readonly [name: string, good: RegExp]>> = {
  18: ['NumericString', /^[\d ]*$/],
  19: ['PrintableString', /^[a-zA-Z0-9'()+,\-./ :=?*&]*$/],
  22: ['IA5String', /^[\0-\x7f]*$/],
};

const oid: Field = { type: 'ObjectIdentifier', tag: oidTag };
const algorithm: Field = {
  type: 'AlgorithmIdentifier',
  tag: sequenceTag,
  fields: [oid, { type: 'RawValue', isOptional: true }],
};
const bits: Field = { type: 'BitString', tag: bitStringTag };
const publicKey: Field = { type: 'publicKeyInfo', tag: sequenceTag, fields: [algorithm, bits] };
const request: Field = {
  type: 'certificateRequest',
  tag: sequenceTag,
  fields: [
    {
      type: 'tbsCertificateRequest',
      tag: sequenceTag,
      fields: [
        { type: 'int', tag: integerTag },
        { type: 'RawValue' },
        publicKey,
        { type: '', tag: 0, isContext: true },
      ],
    },
    algorithm,
    bits,
  ],
};
const attribute: Field = {
  type: 'AttributeTypeAndValue',
  tag: sequenceTag,
  fields: [oid, { type: '', isValue: true }],
};
const subject: Field = {
  type: 'RDNSequence',
  tag: sequenceTag,
  each: { type: 'RelativeDistinguishedNameSET', tag: setTag, each: attribute },
};

class Asn1Error extends Error {}

function syntaxError(what: string): Asn1Error {
  return new Asn1Error(`asn1: syntax error: ${what}`);
}

function structureError(what: string): Asn1Error {
  return new Asn1Error(`asn1: structure error: ${what}`);
}

/** What is wrong with a request's DER; undefined when it is one. */
export function requestProblem(der: Uint8Array): string | undefined {
  try {
    if (readField(der, 0, request) < der.length) return syntaxError('trailing data').message;
    readField(subjectOf(der), 0, subject);
    return undefined;
  } catch (error) {
    if (error instanceof Asn1Error) return error.message;
    throw error;
  }
}

/** The element of the subject, in a request of good form. */
function subjectOf(der: Uint8Array): Uint8Array {
  const { at: info } = readHeader(der, 0);
  const { at: version } = readHeader(der, info);
  const { at, length } = readHeader(der, version);
  const from = at + length;
  const name = readHeader(der, from);
  return der.subarray(from, name.at + name.length);
}

/** Where what follows the field begins. */
function readField(bytes: Uint8Array, from: number, field: Field): number {
  if (from === bytes.length) {
    if (field.isOptional) return from;
    throw syntaxError('sequence truncated');
  }
  const header = readHeader(bytes, from);
  if (!isOf(header, field)) throw mismatch(header, field);
  const end = header.at + header.length;
  if (end > bytes.length) throw syntaxError('data truncated');
  const content = bytes.subarray(header.at, end);
  if (field.isValue) checkValue(content, header);
  else checkContent(content, field);
  return end;
}

function isOf({ class: kind, tag, isCompound }: Header, field: Field): boolean {
  if (field.tag === undefined) return true;
  const isConstructed = field.isContext || field.tag === sequenceTag || field.tag === setTag;
  const wanted = field.isContext ? contextClass : 0;
  return tag === field.tag && kind === wanted && isCompound === isConstructed;
}

function mismatch({ class: kind, tag, length, isCompound, at }: Header, field: Field): Asn1Error {
  const found = `{class:${kind} tag:${tag} length:${length} isCompound:${isCompound}}`;
  const flags = 'optional:false explicit:false application:false private:false';
  const rest = 'defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false';
  return structureError(
    `tags don't match (${field.tag} vs ${found}) {${flags} ${rest}} ${field.type} @${at}`,
  );
}

function checkContent(content: Uint8Array, { tag, isContext, fields, each }: Field): void {
  let at = 0;
  for (const field of fields ?? []) at = readField(content, at, field);
  if (each) checkElements(content, each);
  if (isContext) return;
  if (tag === integerTag) checkInteger(content);
  if (tag === oidTag) checkOid(content);
  if (tag === bitStringTag) checkBits(content);
}

function checkElements(content: Uint8Array, each: Field): void {
  for (let at = 0; at < content.length; ) {
    const header = readHeader(content, at);
    if (!isOf(header, each)) throw structureError('sequence tag mismatch');
    at = header.at + header.length;
    if (at > content.length) throw syntaxError('truncated sequence');
  }
  for (let at = 0; at < content.length; ) at = readField(content, at, each);
}

function checkValue(content: Uint8Array, { class: kind, tag, isCompound }: Header): void {
  if (kind !== 0 || isCompound) return;
  if (tag === utf8Tag && !isUtf8(content)) throw new Asn1Error('asn1: invalid UTF-8 string');
  const [name, good] = alphabets[tag] ?? [];
  if (good && !good.test(String.fromCharCode(...content)))
    throw syntaxError(`${name} contains invalid character`);
  checkContent(content, { type: '', tag });
}

function isUtf8(content: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(content);
    return true;
  } catch {
    return false;
  }
}

function checkOid(content: Uint8Array): void {
  if (content.length === 0) throw syntaxError('zero length OBJECT IDENTIFIER');
  for (let at = 0; at < content.length; ) [, at] = readBase128(content, at);
}

function checkInteger(content: Uint8Array): void {
  if (content.length === 0) throw structureError('empty integer');
  const sign = content[1] === undefined ? undefined : content[1] & 0x80 ? 0xff : 0;
  if (content[0] === sign) throw structureError('integer not minimally-encoded');
  if (content.length > intBytesMax) throw structureError('integer too large');
}

/** The first byte tells how many bits at the end stand for nothing; those are 0. */
function checkBits(content: Uint8Array): void {
  if (content.length === 0) throw syntaxError('zero length BIT STRING');
  const unused = content[0]!;
  const isUnfit = unused > 7 || (content.length === 1 && unused > 0);
  if (isUnfit || (content.length > 1 && content.at(-1)! & ((1 << unused) - 1)))
    throw syntaxError('invalid padding bits in BIT STRING');
}

function readHeader(bytes: Uint8Array, from: number): Header {
  const first = bytes[from]!;
  let at = from + 1;
  let tag = first & 0x1f;
  if (tag === 0x1f) [tag, at] = readLongTag(bytes, at);
  if (at >= bytes.length) throw syntaxError('truncated tag or length');
  let length = bytes[at++]!;
  if (length & 0x80) [length, at] = readLongLength(bytes, at, length & 0x7f);
  return { class: first >> 6, tag, length, isCompound: (first & 0x20) !== 0, at };
}

function readLongTag(bytes: Uint8Array, from: number): [tag: number, at: number] {
  const [tag, at] = readBase128(bytes, from);
  if (tag < 0x1f) throw syntaxError('non-minimal tag');
  return [tag, at];
}

function readBase128(bytes: Uint8Array, from: number): [value: number, at: number] {
  let value = 0;
  for (let at = from; at < bytes.length; at++) {
    if (at - from === base128BytesMax) throw structureError('base 128 integer too large');
    if (at === from && bytes[at] === 0x80) throw syntaxError('integer is not minimally encoded');
    value = value * 128 + (bytes[at]! & 0x7f);
    if (bytes[at]! & 0x80) continue;
    if (value > int32Max) throw structureError('base 128 integer too large');
    return [value, at + 1];
  }
  throw syntaxError('truncated base 128 integer');
}

function readLongLength(bytes: Uint8Array, from: number, size: number): [length: number, at: number] {
  if (size === 0) throw syntaxError('indefinite length found (not DER)');
  let length = 0;
  for (let at = from; at < from + size; at++) {
    if (at >= bytes.length) throw syntaxError('truncated tag or length');
    if (length >= lengthMax) throw structureError('length too large');
    length = length * 256 + bytes[at]!;
    if (length === 0) throw structureError('superfluous leading zeros in length');
  }
  if (length < 0x80) throw structureError('non-minimal length');
  return [length, from + size];
}
