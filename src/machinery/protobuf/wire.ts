import { DecodeError } from '../decode-error.ts';
import { exactInt64 } from '../int64.ts';

/** Wire types of protobuf's encoding. Groups (3, 4) are read over but never written. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Writes a message from its end to its start, so that each length is known when its prefix is due. Callers write
 * the last field first, and a field's value before its key.
 */
export class ReverseWriter {
  #bytes: Uint8Array;
  #at: number;

  /** `capacity`: as many bytes as will be written, or about as many; more is well. */
  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity);
    this.#at = capacity;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  /** The message: a view of what was written, so the writer is not to be used again. */
  finish(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#at -= value.length;
    this.#bytes.set(value, this.#at);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[--this.#at] = value;
  }

  string(value: string): void {
    this.#reserve(value.length);
    let at = this.#at;
    for (let i = value.length - 1; i >= 0; i--) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) {
        this.bytes(encoder.encode(value));
        return;
      }
      this.#bytes[--at] = code;
    }
    this.#at = at;
  }

  /** A whole number of 64 bits; negative ones take ten bytes, as two's complement. */
  varint(value: number | bigint): void {
    if (typeof value === 'bigint' || value < 0 || value > Number.MAX_SAFE_INTEGER) {
      this.varintBig(BigInt(value));
      return;
    }
    if (value < 0x80) {
      this.byte(value);
      return;
    }
    this.#reserve(10);
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
    this.#at -= size;
    let at = this.#at;
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#bytes[at++] = (rest % 0x80) | 0x80;
    this.#bytes[at] = rest;
  }

  varintBig(value: bigint): void {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.bytes(Uint8Array.from(bytes));
  }

  double(value: number): void {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value, true);
    this.bytes(new Uint8Array(view.buffer));
  }

  key(tag: number, type: number): void {
    this.varint(tag * 8 + type);
  }

  /** Closes a length-delimited field whose content began at `lengthBefore`. */
  delimit(tag: number, lengthBefore: number): void {
    this.varint(this.length - lengthBefore);
    this.key(tag, wireType.bytes);
  }

  #reserve(size: number): void {
    if (this.#at >= size) return;
    const used = this.length;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, used + size));
    grown.set(this.#bytes.subarray(this.#at), grown.length - used);
    this.#bytes = grown;
    this.#at = grown.length - used;
  }
}

/** Most strings are short and plain; for those a TextDecoder's call costs more than its work. */
function shortAscii(bytes: Uint8Array, start: number, length: number): string | undefined {
  if (length > 40) return undefined;
  let text = '';
  for (let at = start; at < start + length; at++) {
    const byte = bytes[at]!;
    if (byte > 0x7f) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Reads one message. All that is wrong with the input is a DecodeError. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** The next field's number and wire type, in a message of the type that errors name. */
  key(message = ''): { tag: number; type: number } {
    const { tag, type } = this.#key();
    const head = message === '' ? 'proto' : `proto: ${message}`;
    if (type === wireType.endGroup) throw new DecodeError(`${head}: wiretype end group for non-group`);
    if (tag < 1 || tag > 536_870_911) {
      throw new DecodeError(`${head}: illegal tag ${tag | 0} (wire type ${type})`);
    }
    return { tag, type };
  }

  #key(): { tag: number; type: number } {
    const key = this.uint();
    return { tag: Math.floor(key / 8), type: key % 8 };
  }

  /** A varint that must fit 53 bits: keys and lengths. */
  uint(): number {
    const value = this.#varint();
    if (typeof value === 'bigint') throw new DecodeError('proto: integer overflow');
    return value;
  }

  /** A varint of 64 bits, signed; a bigint where a number would lose digits, as in JSON. */
  int64(): number | bigint {
    const value = this.#varint();
    return typeof value === 'number' ? value : exactInt64(BigInt.asIntN(64, value));
  }

  int64Big(): bigint {
    return BigInt.asIntN(64, BigInt(this.#varint()));
  }

  int32(): number {
    const value = this.#varint();
    return typeof value === 'number' ? value | 0 : Number(BigInt.asIntN(32, value));
  }

  double(): number {
    this.#need(8);
    const value = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, 8).getFloat64(0, true);
    this.#at += 8;
    return value;
  }

  /** A view of a length-delimited field: valid as long as the input is not changed. */
  bytes(): Uint8Array {
    const length = this.uint();
    this.#need(length);
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }

  string(): string {
    const length = this.uint();
    this.#need(length);
    const start = this.#at;
    this.#at += length;
    return shortAscii(this.#bytes, start, length) ?? decoder.decode(this.#bytes.subarray(start, this.#at));
  }

  /** A reader of a length-delimited field. */
  message(): WireReader {
    const length = this.uint();
    this.#need(length);
    const start = this.#at;
    this.#at += length;
    return new WireReader(this.#bytes, start, this.#at);
  }

  /** Passes over a field of a number that the schema does not have. */
  skip(type: number, depth = 0): void {
    if (depth > 100) throw new DecodeError('proto: message nested too deeply');
    if (type === wireType.varint) this.#varint();
    else if (type === wireType.fixed64) this.#pass(8);
    else if (type === wireType.bytes) this.bytes();
    else if (type === wireType.fixed32) this.#pass(4);
    else if (type === wireType.startGroup) {
      for (let next = this.#key(); next.type !== wireType.endGroup; next = this.#key()) {
        this.skip(next.type, depth + 1);
      }
    } else throw new DecodeError(`proto: illegal wireType ${type}`);
  }

  #pass(size: number): void {
    this.#need(size);
    this.#at += size;
  }

  #need(size: number): void {
    if (this.#at + size > this.#end) throw new DecodeError('unexpected EOF');
  }

  #varint(): number | bigint {
    let value = 0;
    let factor = 1;
    const start = this.#at;
    for (let i = 0; i < 7; i++, factor *= 0x80) {
      this.#need(1);
      const byte = this.#bytes[this.#at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return this.#longVarint(start);
  }

  #longVarint(start: number): number | bigint {
    this.#at = start;
    let value = 0n;
    for (let i = 0n; i < 10n; i++) {
      this.#need(1);
      const byte = this.#bytes[this.#at++]!;
      value |= BigInt(byte & 0x7f) << (7n * i);
      if (byte < 0x80) return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
    }
    throw new DecodeError('proto: integer overflow');
  }
}
