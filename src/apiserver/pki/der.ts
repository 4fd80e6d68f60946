import { assert } from '#base/assert.ts';

/** One element of DER (X.690): what certificates are made of. */
export interface DerNode {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Tag and length included. */
  readonly bytes: Uint8Array;
}

const encoder = new TextEncoder();

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

function element(tag: number, ...content: Uint8Array[]): Uint8Array {
  const body = concat(content);
  return concat([Uint8Array.from([tag, ...lengthBytes(body.length)]), body]);
}

function oidBytes(oid: string): Uint8Array {
  const [first, second, ...rest] = oid.split('.').map(Number) as [number, number, ...number[]];
  const bytes: number[] = [];
  for (const part of [40 * first + second, ...rest]) {
    const groups = [part & 0x7f];
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128)) {
      groups.unshift(0x80 | (left & 0x7f));
    }
    bytes.push(...groups);
  }
  return Uint8Array.from(bytes);
}

/** RFC 5280, 4.1.2.5: two-digit years until 2049. */
function time(epochMs: number): Uint8Array {
  const digits = new Date(epochMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '');
  const isUtcTime = digits < '2050';
  return element(isUtcTime ? 0x17 : 0x18, encoder.encode(isUtcTime ? digits.slice(2) : digits));
}

/** Makers of DER elements. */
export const der = {
  sequence: (...parts: Uint8Array[]) => element(0x30, ...parts),
  set: (...parts: Uint8Array[]) => element(0x31, ...parts),
  oid: (oid: string) => element(0x06, oidBytes(oid)),
  /** A positive integer from its big-endian bytes. */
  integer: (bytes: Uint8Array) =>
    element(0x02, bytes[0]! >= 0x80 ? concat([Uint8Array.of(0), bytes]) : bytes),
  boolean: (value: boolean) => element(0x01, Uint8Array.of(value ? 0xff : 0)),
  bitString: (bytes: Uint8Array, unusedBits = 0) => element(0x03, Uint8Array.of(unusedBits), bytes),
  octetString: (bytes: Uint8Array) => element(0x04, bytes),
  utf8: (text: string) => element(0x0c, encoder.encode(text)),
  time,
  /** [number] EXPLICIT, or a constructed implicit one. */
  context: (number: number, ...parts: Uint8Array[]) => element(0xa0 | number, ...parts),
  /** [number] IMPLICIT of a primitive type. */
  contextPrimitive: (number: number, content: Uint8Array) => element(0x80 | number, content),
};

/** Reads the elements that `bytes` consist of. Throws on what is not DER. */
export function readDer(bytes: Uint8Array): DerNode[] {
  const nodes: DerNode[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const tag = bytes[at++]!;
    let length = bytes[at++] ?? Number.NaN;
    if (length >= 0x80) {
      const size = length & 0x7f;
      assert(size > 0 && size <= 4, 'DER length');
      length = 0;
      for (let i = 0; i < size; i++) length = length * 256 + (bytes[at++] ?? Number.NaN);
    }
    assert(at + length <= bytes.length, 'DER is cut short');
    nodes.push({ tag, content: bytes.subarray(at, at + length), bytes: bytes.subarray(start, at + length) });
    at += length;
  }
  return nodes;
}

/** The dotted form of an object identifier's content. */
export function readOid(content: Uint8Array): string {
  const parts: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    parts.push(value);
    value = 0;
  }
  const first = Math.min(2, Math.floor((parts[0] ?? 0) / 40));
  return [first, (parts[0] ?? 0) - 40 * first, ...parts.slice(1)].join('.');
}
