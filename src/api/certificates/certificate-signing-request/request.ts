/**
 * The structure of a PKCS #10 request (RFC 2986) as Go's x509.ParseCertificateRequest demands it, in its words,
 * and whether whoever made it has the key.
 */

import {
  Asn1Error,
  type Header,
  elementsOf,
  readBase128,
  readHeader,
  structureError,
  syntaxError,
} from './asn1.ts';
import { alternativeNamesProblem } from './request-names.ts';
import { keyProblem, signatureProblem } from './request-key.ts';

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

const booleanTag = 1;
const integerTag = 2;
const bitStringTag = 3;
const octetStringTag = 4;
const oidTag = 6;
const utf8Tag = 12;
const sequenceTag = 16;
const setTag = 17;
const contextClass = 2;
/** Bytes of Go's int. */
const intBytesMax = 8;
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
        // Its elements are the attributes, whatever they are.
        { type: '', tag: 0, isContext: true, each: { type: '' } },
      ],
    },
    algorithm,
    bits,
  ],
};
/** OIDs, as DER has them. */
const extensionRequest = '2a864886f70d01090e';
const alternativeName = '551d11';
const extensionsAttribute: Field = {
  type: 'pkcs10Attribute',
  tag: sequenceTag,
  fields: [oid, { type: '', tag: setTag, each: { type: '' } }],
};
const extensions: Field = {
  type: '',
  tag: sequenceTag,
  each: {
    type: 'Extension',
    tag: sequenceTag,
    fields: [oid, { type: 'bool', tag: booleanTag, isOptional: true }, { type: '', tag: octetStringTag }],
  },
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

/** What is wrong with a request's DER; undefined when it is one. */
export function requestProblem(der: Uint8Array): string | undefined {
  try {
    if (readField(der, 0, request) < der.length) return syntaxError('trailing data').message;
    const [info, signedBy, signature] = elementsOf(elementsOf(der)[0]!.content);
    const [, name, key, attributes] = elementsOf(info!.content);
    const problem = keyProblem(key!);
    if (problem !== undefined) return problem;
    readField(name!.bytes, 0, subject);
    return (
      extensionsProblem(attributes!.content) ??
      signatureProblem(key!, {
        signed: info!.bytes,
        algorithm: signedBy!.content,
        signature: signature!.content,
      })
    );
  } catch (error) {
    if (error instanceof Asn1Error) return error.message;
    throw error;
  }
}

/** What is wrong with the extensions that the request asks for. */
function extensionsProblem(attributes: Uint8Array): string | undefined {
  const seen = new Set<string>();
  for (const { bytes } of elementsOf(attributes)) {
    const [kind, values] = isReadable(bytes, extensionsAttribute)
      ? elementsOf(elementsOf(bytes)[0]!.content)
      : [];
    const [first] = elementsOf(values?.content ?? new Uint8Array());
    if (kind?.content.toHex() !== extensionRequest || !first) continue;
    readField(first.bytes, 0, extensions);
    for (const extension of elementsOf(first.content)) {
      const [id, ...rest] = elementsOf(extension.content);
      const name = id!.content.toHex();
      if (seen.has(name)) return 'x509: certificate request contains duplicate requested extensions';
      seen.add(name);
      const value = rest.find(({ tag }) => tag === octetStringTag);
      const problem = name === alternativeName ? alternativeNamesProblem(value!.content) : undefined;
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

/** Attributes of any other form are passed over. */
function isReadable(bytes: Uint8Array, field: Field): boolean {
  try {
    return readField(bytes, 0, field) === bytes.length;
  } catch (error) {
    if (error instanceof Asn1Error) return false;
    throw error;
  }
}

/** Where what follows the field begins. */
function readField(bytes: Uint8Array, from: number, field: Field): number {
  if (from === bytes.length) {
    if (field.isOptional) return from;
    throw syntaxError('sequence truncated');
  }
  const header = readHeader(bytes, from);
  if (!isOf(header, field)) {
    if (field.isOptional) return from;
    throw mismatch(header, field);
  }
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
