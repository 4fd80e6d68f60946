/** Elements of DER as Go's encoding/asn1 reads them, in its words. */

export interface Header {
  readonly class: number;
  readonly tag: number;
  readonly length: number;
  readonly isCompound: boolean;
  /** Where the content begins. */
  readonly at: number;
}

const lengthMax = 2 ** 23;
const base128BytesMax = 5;
const int32Max = 2 ** 31 - 1;

export class Asn1Error extends Error {}

export function syntaxError(what: string): Asn1Error {
  return new Asn1Error(`asn1: syntax error: ${what}`);
}

export function structureError(what: string): Asn1Error {
  return new Asn1Error(`asn1: structure error: ${what}`);
}

export function readHeader(bytes: Uint8Array, from: number): Header {
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

export function readBase128(bytes: Uint8Array, from: number): [value: number, at: number] {
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

/** One element with its tag's whole byte; what is none is undefined. */
export interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag and length included. */
  readonly bytes: Uint8Array;
}

/** The element that begins the bytes, and what comes after it. */
export function readElement(bytes: Uint8Array): (Element & { readonly rest: Uint8Array }) | undefined {
  if (bytes.length < 2) return undefined;
  try {
    const { at, length } = readHeader(bytes, 0);
    const end = at + length;
    if (end > bytes.length) return undefined;
    const [content, whole, rest] = [bytes.subarray(at, end), bytes.subarray(0, end), bytes.subarray(end)];
    return { tag: bytes[0]!, content, bytes: whole, rest };
  } catch (error) {
    if (error instanceof Asn1Error) return undefined;
    throw error;
  }
}

/** The elements that the bytes consist of, up to what is none. */
export function elementsOf(bytes: Uint8Array): Element[] {
  const elements: Element[] = [];
  for (let next = readElement(bytes); next; next = readElement(next.rest)) elements.push(next);
  return elements;
}

/** The bits of a BIT STRING, the last of them at the end of a byte. */
export function rightAligned([unused = 0, ...bits]: Uint8Array): Uint8Array {
  if (unused === 0) return Uint8Array.from(bits);
  return Uint8Array.from(bits, (byte, i) => (byte >> unused) | ((bits[i - 1] ?? 0) << (8 - unused)));
}
