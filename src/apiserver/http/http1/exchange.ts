import type { X509Certificate } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { TLSSocket } from 'node:tls';
import {
  type Asker,
  type Body,
  type Exchange,
  type HeaderValues,
  bytesOf,
  oneWriteBytesMax,
} from '../exchange.ts';
import { chunkStart, frameChunk, lastChunk, lineEnd } from './chunks.ts';
import type { ParsedHead } from './head.ts';
import type { ParsedRequest } from './parser.ts';
import type { TurnEnd } from './turn-end.ts';

/** The connection that a request came on. */
export interface AnsweredConnection {
  readonly socket: TLSSocket;
  readonly certificate: X509Certificate | undefined;
  /** The value of the Date header now. */
  readonly date: string;
  /** When what was written in this turn leaves. */
  readonly turnEnd: TurnEnd;
  readonly asker: Asker;
  /** The answer is complete. */
  done(isLast: boolean): void;
}

/** A request on a connection, and its answer. */
export class Http1Exchange implements Exchange {
  readonly #connection: AnsweredConnection;
  readonly #head: ParsedHead;
  readonly body: Uint8Array | undefined;
  readonly isCrowdedOut: boolean;
  #isLast: boolean;
  #state: 'waiting' | 'begun' | 'over' = 'waiting';
  #hasBody = true;
  #isChunked = false;
  #listeners: (() => void)[] = [];
  /** Written in this turn. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Writes that are not done. */
  #untaken = 0;
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(connection: AnsweredConnection, { head, body, isLast }: ParsedRequest, isCrowdedOut: boolean) {
    this.isCrowdedOut = isCrowdedOut;
    this.#connection = connection;
    this.#head = head;
    this.body = body;
    this.#isLast = isLast;
  }

  /** The connection ends with this answer. */
  makeLast(): void {
    this.#isLast = true;
  }

  get method(): string {
    return this.#head.method;
  }

  get url(): string {
    return this.#head.url;
  }

  get rawHeaders(): readonly string[] {
    return this.#head.rawHeaders;
  }

  get headers(): HeaderValues {
    return this.#head.headers;
  }

  get certificate(): X509Certificate | undefined {
    return this.#connection.certificate;
  }

  get asker(): Asker {
    return this.#connection.asker;
  }

  get remoteAddress(): string | undefined {
    return this.#connection.socket.remoteAddress;
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  get hasBegun(): boolean {
    return this.#state !== 'waiting';
  }

  get backlogBytes(): number {
    return this.#connection.socket.writableLength + this.#waitingBytes;
  }

  onOver(listener: () => void): void {
    if (this.isOver) listener();
    else this.#listeners.push(listener);
  }

  answer(status: number, headers: readonly string[], body: Body): void {
    if (this.#state !== 'waiting') return;
    const { socket } = this.#connection;
    const framing = isBodiless(status) ? '' : `Content-Length: ${body.length}\r\n`;
    const text = this.#headText(status, headers, framing);
    if (this.#head.method === 'HEAD' || isBodiless(status) || body.length === 0) socket.write(text, 'latin1');
    else if (body.length <= oneWriteBytesMax) socket.write(joined(text, body));
    else {
      socket.write(text, 'latin1');
      socket.write(bytesOf(body));
    }
    this.#finish();
  }

  begin(status: number, headers: readonly string[]): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'begun';
    this.#hasBody = this.#head.method !== 'HEAD' && !isBodiless(status);
    const hasLength = headers.some((text, i) => i % 2 === 0 && text.toLowerCase() === 'content-length');
    this.#isChunked = this.#hasBody && !hasLength && this.#head.minorVersion === 1;
    // What HTTP/1.0 gets ends with the connection.
    if (this.#hasBody && !hasLength && !this.#isChunked) this.#isLast = true;
    const framing = this.#isChunked ? 'Transfer-Encoding: chunked\r\n' : '';
    this.#connection.socket.write(this.#headText(status, headers, framing), 'latin1');
  }

  write(bytes: Uint8Array): void {
    if (this.#state !== 'begun' || bytes.length === 0 || !this.#hasBody) return;
    if (this.#waiting.length === 0) this.#connection.turnEnd.do(this.#flush);
    if (!this.#isChunked) this.#waiting.push(asBuffer(bytes));
    else if (bytes.length <= oneWriteBytesMax) this.#waiting.push(frameChunk(bytes));
    else this.#waiting.push(chunkStart(bytes), asBuffer(bytes), lineEnd);
    this.#waitingBytes += bytes.length;
  }

  readonly #flush = (): void => {
    const frames = this.#waiting;
    if (frames.length === 0) return;
    const isSmall = this.#waitingBytes <= oneWriteBytesMax;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#untaken++;
    const { socket } = this.#connection;
    if (frames.length === 1) socket.write(frames[0]!, this.#taken);
    else if (isSmall) socket.write(Buffer.concat(frames), this.#taken);
    else this.#writeTogether(frames);
  };

  #writeTogether(frames: readonly Buffer[]): void {
    const { socket } = this.#connection;
    const last = frames.length - 1;
    socket.cork();
    for (const [i, frame] of frames.entries()) socket.write(frame, i === last ? this.#taken : undefined);
    socket.uncork();
  }

  readonly #taken = (): void => {
    if (--this.#untaken === 0) this.#settle();
  };

  async drained(): Promise<void> {
    this.#flush();
    if (this.isOver || this.#untaken === 0) return;
    this.#drained ??= Promise.withResolvers();
    await this.#drained.promise;
  }

  #settle(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  end(): void {
    if (this.#state !== 'begun') return;
    this.#flush();
    if (this.#isChunked) this.#connection.socket.write(lastChunk);
    this.#finish();
  }

  cutOff(): void {
    this.#connection.socket.destroy();
    this.over();
  }

  /** The client is gone, or has its answer. */
  over(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#settle();
    for (const listener of this.#listeners) listener();
    this.#listeners = [];
  }

  #finish(): void {
    this.over();
    this.#connection.done(this.#isLast);
  }

  #headText(status: number, headers: readonly string[], framing: string): string {
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    let date = `Date: ${this.#connection.date}\r\n`;
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i]!;
      if (name === 'Connection') this.#isLast ||= headers[i + 1] === 'close';
      else text += `${name}: ${headers[i + 1]}\r\n`;
      // Another server's answer is passed on with its own.
      if (name === 'date') date = '';
    }
    const ending = this.#isLast
      ? 'Connection: close\r\n'
      : this.#head.minorVersion === 0
        ? 'Connection: keep-alive\r\n'
        : '';
    return `${text}${date}${framing}${ending}\r\n`;
  }
}

/** Statuses whose answers end with the head (RFC 9110, 6.4.1). */
function isBodiless(status: number): boolean {
  return status === 204 || status === 304;
}

function joined(head: string, body: Body): Buffer {
  const whole = Buffer.allocUnsafe(head.length + body.length);
  whole.write(head, 0, 'latin1');
  if (body instanceof Uint8Array) whole.set(body, head.length);
  else body.writeTo(whole, head.length);
  return whole;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
