import { ProtocolError } from './head.ts';

const headEnd = Buffer.from('\r\n\r\n');
const lineEnd = Buffer.from('\r\n');
const cr = 0x0d;
const lf = 0x0a;
const nothing = Buffer.alloc(0);

/**
 * The unread bytes of a connection in one piece. Bytes once handed out stay as they are. What comes while all was read
 * is not copied; what comes in drops is copied a few times at most, and searched once.
 */
export class IncomingBytes {
  #buffer: Buffer = nothing;
  #at = 0;
  #end = 0;
  /** No end of a head begins before. */
  #searched = 0;

  get length(): number {
    return this.#end - this.#at;
  }

  push(chunk: Buffer): void {
    if (this.#at === this.#end) {
      this.#buffer = chunk;
      this.#at = 0;
      this.#end = chunk.length;
      this.#searched = 0;
      return;
    }
    this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  #makeRoom(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const length = this.length;
    // Of its own memory: what is read from a socket or a pool may have neighbours.
    const larger = Buffer.allocUnsafeSlow(2 * (length + bytes));
    this.#buffer.copy(larger, 0, this.#at, this.#end);
    this.#buffer = larger;
    this.#searched = Math.max(0, this.#searched - this.#at);
    this.#at = 0;
    this.#end = length;
  }

  /** RFC 9112, 2.2: empty lines before a request are passed over. */
  skipEmptyLines(): void {
    while (this.length >= 2 && this.#buffer[this.#at] === cr && this.#buffer[this.#at + 1] === lf)
      this.#at += 2;
    if (this.length > 0 && this.#buffer[this.#at]! < 0x20 && this.#buffer[this.#at] !== cr) {
      throw new ProtocolError(400, 'this is no request');
    }
  }

  /** How many bytes the head has with its empty line; -1 while that has not come. */
  endOfHead(): number {
    const from = Math.max(this.#at, this.#searched);
    const found = this.#find(headEnd, from);
    if (found >= 0) return found + headEnd.length - this.#at;
    this.#refuseBareLineFeed(from);
    this.#searched = Math.max(this.#at, this.#end - headEnd.length + 1);
    return -1;
  }

  /** Whoever ends lines in another way would wait for ever. */
  #refuseBareLineFeed(from: number): void {
    const bytes = this.#buffer.subarray(0, this.#end);
    for (let at = bytes.indexOf(lf, from); at >= 0; at = bytes.indexOf(lf, at + 1)) {
      if (at > this.#at && bytes[at - 1] === cr) continue;
      throw new ProtocolError(400, 'a line ends without a carriage return');
    }
  }

  take(bytes: number): Buffer {
    const taken = this.#buffer.subarray(this.#at, this.#at + bytes);
    this.#advance(bytes);
    return taken;
  }

  /** As Latin 1. */
  takeText(bytes: number): string {
    const text = this.#buffer.toString('latin1', this.#at, this.#at + bytes);
    this.#advance(bytes);
    return text;
  }

  /** The next line without its end; undefined while that has not come. */
  takeLine(bytesMax: number): string | undefined {
    const found = this.#find(lineEnd, this.#at);
    if ((found < 0 ? this.#end : found) - this.#at > bytesMax)
      throw new ProtocolError(400, 'a line is too long');
    if (found < 0) return undefined;
    const line = this.takeText(found - this.#at);
    this.#advance(lineEnd.length);
    return line;
  }

  #find(what: Buffer, from: number): number {
    const found = this.#buffer.indexOf(what, from);
    return found >= 0 && found + what.length <= this.#end ? found : -1;
  }

  #advance(bytes: number): void {
    this.#at += bytes;
    this.#searched = 0;
    if (this.#at < this.#end) return;
    // Nobody writes again to what was handed out.
    this.#buffer = nothing;
    this.#at = 0;
    this.#end = 0;
  }
}
