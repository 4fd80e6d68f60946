import { BodyBytes, drainedBytesMax, headerBytesMax, unaskedBodyBytesMax } from '../exchange.ts';
import { HeaderBlockCache, type ParsedHead, ProtocolError, parseHead } from './head.ts';
import { IncomingBytes } from './incoming-bytes.ts';

export interface ParsedRequest {
  readonly head: ParsedHead;
  /** Undefined: larger than may be, or refused. */
  readonly body: Uint8Array | undefined;
  /** The rest of the body was not read: nothing more can be read from this connection. */
  readonly isLast: boolean;
}

/** A chunk's size with its extensions, and each line of a trailer. */
const lineBytesMax = 16 * 1024;
const noBody = new Uint8Array(0);

/**
 * Reads HTTP/1.1 requests (RFC 9112) from the bytes of a connection. After `push`, `next` gives whole requests until
 * there is none; it throws ProtocolError, and is not to be asked again then.
 */
export class RequestParser {
  readonly #bytes = new IncomingBytes();
  readonly #blocks = new HeaderBlockCache();
  readonly #takesUpgrade: (head: ParsedHead) => boolean;
  #head: ParsedHead | undefined;
  #body = new BodyBytes();
  /** Bytes of the body, or of its chunk, that are still to come. */
  #left = 0;
  #inChunk: 'size' | 'data' | 'end' | 'trailer' = 'size';
  #trailerBytes = 0;
  #owesContinue = false;
  /** Whether so large a body as this is to be read. */
  #large: 'unasked' | 'asked' | 'admitted' | 'refused' = 'unasked';

  constructor(takesUpgrade: (head: ParsedHead) => boolean) {
    this.#takesUpgrade = takesUpgrade;
  }

  /** Bytes that are waiting to be read. */
  get buffered(): number {
    return this.#bytes.length;
  }

  /** A request has begun, and is not there whole. */
  get isWithin(): boolean {
    return this.#head !== undefined || this.#bytes.length > 0;
  }

  /** The head of a request whose body is more than anybody may send: no more is read until `decide` is called. */
  get asked(): ParsedHead | undefined {
    return this.#large === 'asked' ? this.#head : undefined;
  }

  decide(isAdmitted: boolean): void {
    this.#large = isAdmitted ? 'admitted' : 'refused';
  }

  /** True once for each request whose sender waits to be told to go on with the body (RFC 9110, 10.1.1). */
  takeContinue(): boolean {
    const waits = this.#owesContinue && this.#bytes.length === 0;
    this.#owesContinue = false;
    return waits;
  }

  push(chunk: Buffer): void {
    this.#bytes.push(chunk);
  }

  next(): ParsedRequest | undefined {
    this.#head ??= this.#readHead();
    if (!this.#head) return undefined;
    if (this.#large === 'refused') return this.#finish(undefined, true);
    const { framing } = this.#head;
    if (this.#head.upgrade !== '' && this.#takesUpgrade(this.#head)) return this.#finish(noBody);
    if (framing.chunked) return this.#readChunks();
    return framing.length === 0 ? this.#finish(noBody) : this.#readLength();
  }

  /** What follows the last request. */
  rest(): Buffer {
    return this.#bytes.take(this.#bytes.length);
  }

  #readHead(): ParsedHead | undefined {
    this.#bytes.skipEmptyLines();
    const end = this.#bytes.endOfHead();
    if (end < 0) {
      if (this.#bytes.length > headerBytesMax) throw new ProtocolError(431, 'the head is too large');
      return undefined;
    }
    if (end > headerBytesMax) throw new ProtocolError(431, 'the head is too large');
    const head = parseHead(this.#bytes.takeText(end), this.#blocks);
    this.#body = new BodyBytes();
    this.#inChunk = 'size';
    this.#trailerBytes = 0;
    this.#left = head.framing.chunked ? 0 : head.framing.length;
    this.#owesContinue = head.expectsContinue;
    this.#large = 'unasked';
    return head;
  }

  #readLength(): ParsedRequest | undefined {
    if (this.#left > drainedBytesMax) return this.#finish(undefined, true);
    if (this.#waits(this.#left)) return undefined;
    this.#takeData();
    return this.#left === 0 ? this.#finish(this.#body.whole()) : undefined;
  }

  #waits(bytes: number): boolean {
    if (this.#large === 'unasked' && bytes > unaskedBodyBytesMax) this.#large = 'asked';
    return this.#large === 'asked';
  }

  #takeData(): boolean {
    const piece = this.#bytes.take(Math.min(this.#left, this.#bytes.length));
    this.#left -= piece.length;
    if (piece.length > 0) this.#owesContinue = false;
    return piece.length === 0 || this.#body.add(piece);
  }

  #readChunks(): ParsedRequest | undefined {
    for (;;) {
      if (this.#inChunk === 'data') {
        if (this.#waits(this.#body.length + this.#left)) return undefined;
        if (!this.#takeData()) return this.#finish(undefined, true);
        if (this.#left > 0) return undefined;
        this.#inChunk = 'end';
      }
      const line = this.#bytes.takeLine(lineBytesMax);
      if (line === undefined) return undefined;
      this.#owesContinue = false;
      if (this.#inChunk === 'trailer') {
        if (line === '') return this.#finish(this.#body.whole());
        this.#countTrailer(line);
      } else if (this.#inChunk === 'end') {
        if (line !== '') throw new ProtocolError(400, 'a chunk is longer than it said');
        this.#inChunk = 'size';
      } else {
        this.#beginChunk(line);
      }
    }
  }

  #beginChunk(line: string): void {
    const size = /^([0-9a-fA-F]{1,8})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/.exec(line)?.[1];
    if (size === undefined) throw new ProtocolError(400, 'malformed chunk');
    this.#left = Number.parseInt(size, 16);
    this.#inChunk = this.#left === 0 ? 'trailer' : 'data';
  }

  #countTrailer(line: string): void {
    this.#trailerBytes += line.length;
    if (this.#trailerBytes > headerBytesMax) throw new ProtocolError(431, 'the trailer is too large');
  }

  #finish(body: Uint8Array | undefined, isLast = false): ParsedRequest {
    const head = this.#head!;
    this.#head = undefined;
    this.#owesContinue = false;
    return { head, body, isLast: isLast || !head.keepAlive };
  }
}
