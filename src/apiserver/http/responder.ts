import { boundWarnings } from './warnings.ts';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Log } from '#base/log.ts';
import { inSteps } from '#base/steps.ts';
import type { TimeSlice } from '#base/time-slice.ts';
import type { Status } from '#machinery/status.ts';
import type { IncludeObject } from '#machinery/table.ts';
import { statusError } from '#machinery/status.ts';
import type { Flow } from '../flowcontrol/flow-control.ts';
import type { HeaderLists } from '../proxy/backends.ts';
import type { Entry } from '../resources/entry.ts';
import { type ApiResponse, type WatchSink, addedAtOnceMax } from '../response.ts';
import type { SizeObserver } from '../metrics.ts';
import { toStatusError } from '../server.ts';
import type { Encoder } from './encode.ts';
import type { ListEncoder, ListPieces } from './encode-list.ts';
import { type Body, type Exchange, bytesOf, oneWriteBytesMax, watchBacklogBytesMax } from './exchange.ts';
import { type Representation, checkStreamed, mediaTypes, plainJson } from './negotiate.ts';

const gzipBytesMin = 128 * 1024;
/** Of what is long, sent at once: encrypting it at once would hold the event loop. */
const pieceBytes = 256 * 1024;
const gzipAsync = promisify(gzip);

/** What all responders of a listener share. */
export interface Encoders {
  readonly encoder: Encoder;
  readonly lists: ListEncoder;
  readonly slice: TimeSlice;
  /** Whether what is long is packed for clients that take it so. */
  readonly packs: boolean;
}

/** Sends the answer to one request, in the form that its client asked for. */
export class Responder {
  readonly #encoder: Encoder;
  readonly #lists: ListEncoder;
  readonly #slice: TimeSlice;
  readonly #exchange: Exchange;
  /** Of the answer: names and values in turn. */
  readonly #headers: string[];
  /** How many of them every answer has. */
  #settledCount = 2;
  /** How many of them were there before an answer was sent. */
  #headCount = 0;
  form: Representation = plainJson;
  include: IncludeObject = 'Metadata';
  size: SizeObserver | undefined;

  readonly #packs: boolean;

  constructor({ encoder, lists, slice, packs }: Encoders, exchange: Exchange, auditId: string) {
    this.#encoder = encoder;
    this.#packs = packs;
    this.#lists = lists;
    this.#slice = slice;
    this.#exchange = exchange;
    this.#headers = ['Audit-Id', auditId];
  }

  /** What every answer of the server has: names and values in turn. */
  settle(headers: readonly string[]): void {
    this.#headers.push(...headers);
    this.#settledCount = this.#headers.length;
  }

  /** KEP-1693. The text is UTF-8, its bytes one character each. */
  warn(messages: readonly string[]): void {
    for (const message of boundWarnings(messages)) {
      const text = message.replace(/[\\"]/g, '\\$&').replace(/[\p{Cc}]+/gu, ' ');
      this.#headers.push('Warning', `299 - "${Buffer.from(text).toString('latin1')}"`);
    }
  }

  /** KEP-1040: where priority and fairness put the request. */
  tellFlow({ schemaUid, level }: Flow): void {
    this.#headers.push('X-Kubernetes-PF-FlowSchema-UID', schemaUid);
    this.#headers.push('X-Kubernetes-PF-PriorityLevel-UID', level.uid);
  }

  /** A promise where the client has to be waited for, or the work is long. */
  send(answer: ApiResponse): Promise<void> | undefined {
    const { form, include } = this;
    this.#headCount = this.#headers.length;
    switch (answer.type) {
      case 'entry':
        if (form.encoding === 'yaml' && answer.entry.isLarge) return this.#sendYaml(answer);
        return this.#sendBytes(
          answer.status,
          this.#encoder.entry(answer.served, answer.entry, form, include),
        );
      case 'list':
        return this.#sendList(answer);
      case 'value':
        this.#setHeaders(answer.headers);
        return this.#sendBytes(answer.status, this.#encoder.made(answer, form, include));
      case 'bytes':
        this.#setHeaders(answer.headers);
        return this.#sendRaw(
          answer.status,
          answer.contentType,
          typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body,
        );
      case 'stream':
        return this.#sendStream(answer);
      case 'watch':
        return this.#sendWatch(answer);
      case 'upgrade':
        throw statusError.badRequest('Upgrade request required');
    }
  }

  /** Tells the client of a failure; one that comes after the head of an answer cuts that answer off. */
  fail(error: unknown, log: Log): void {
    const { status, warnings, headers, isBare } = toStatusError(error, log);
    if (this.#exchange.hasBegun) {
      this.#exchange.cutOff();
      return;
    }
    if (isBare) {
      this.#failBare(status);
      return;
    }
    // What belonged to the answer that failed says nothing of this one.
    if (this.#headCount > 0) this.#headers.length = this.#headCount;
    else this.warn(warnings);
    this.#setHeaders(headers);
    const code = status.code ?? 500;
    const retryAfter = status.details?.retryAfterSeconds;
    if (retryAfter) this.#headers.push('Retry-After', String(retryAfter));
    if (code === 413) this.#headers.push('Connection', 'close');
    const form: Representation = { ...this.form, as: 'object' };
    this.#sendWhole(code, mediaTypes[form.encoding], this.#encoder.value(status, form));
  }

  #failBare({ kind: _kind, apiVersion: _version, ...status }: Status): void {
    this.#headers.length = this.#settledCount;
    this.#sendWhole(status.code, 'text/plain; charset=utf-8', Buffer.from(`${JSON.stringify(status)}\n`));
  }

  #setHeaders(headers: HeaderLists | undefined): void {
    if (!headers) return;
    for (const [name, values] of Object.entries(headers)) {
      for (const value of [values].flat()) this.#headers.push(name, value);
    }
  }

  #has(name: string): boolean {
    return this.#headers.some((text, i) => i % 2 === 0 && text.toLowerCase() === name);
  }

  async #sendYaml({ served, entry, status }: ApiResponse & { type: 'entry' }): Promise<void> {
    const steps = this.#encoder.yaml(served, entry, this.form, this.include);
    await this.#sendBytes(status, await inSteps(steps, () => this.#slice.breathe()));
  }

  #sendBytes(status: number, body: Body): Promise<void> | undefined {
    return this.#sendRaw(status, mediaTypes[this.form.encoding], body);
  }

  #sendRaw(status: number, contentType: string, body: Body): Promise<void> | undefined {
    if (body.length >= gzipBytesMin && this.#takesGzip())
      return this.#sendPacked(status, contentType, bytesOf(body));
    return this.#sendWhole(status, contentType, body);
  }

  async #sendPacked(status: number, contentType: string, body: Uint8Array): Promise<void> {
    const packed = await gzipAsync(body, { level: 1 });
    this.#headers.push('Content-Encoding', 'gzip', 'Vary', 'Accept-Encoding');
    await this.#sendWhole(status, contentType, packed);
  }

  #sendWhole(status: number, contentType: string, body: Body): Promise<void> | undefined {
    if (this.#headers.length === this.#settledCount || !this.#has('cache-control')) {
      this.#headers.push('Cache-Control', 'no-cache, private');
    }
    if (contentType !== '' && status !== 304) this.#headers.push('Content-Type', contentType);
    this.size?.sent(body.length);
    if (body.length > 2 * pieceBytes) return this.#sendPieces(status, slicesOf(bytesOf(body)));
    this.#exchange.answer(status, this.#headers, body);
    return undefined;
  }

  async #sendList(answer: ApiResponse & { type: 'list' }): Promise<void> {
    const { form } = this;
    const list = this.#lists.stored(answer, form) ?? (await this.#lists.encode(answer, form, this.include));
    const isPacked = list.length >= gzipBytesMin && this.#takesGzip();
    if (isPacked || list.length <= oneWriteBytesMax) return this.#sendBytes(200, wholeOf(list));
    this.#headers.push('Cache-Control', 'no-cache, private', 'Content-Type', mediaTypes[form.encoding]);
    this.size?.sent(list.length);
    await this.#sendPieces(200, list);
  }

  /** One piece is made when the client has taken the one before. */
  async #sendPieces(status: number, { length, pieces }: ListPieces): Promise<void> {
    const exchange = this.#exchange;
    exchange.begin(status, [...this.#headers, 'Content-Length', String(length)]);
    for (const piece of pieces()) {
      if (exchange.isOver) return;
      exchange.write(piece);
      await exchange.drained();
      await this.#slice.breathe();
    }
    exchange.end();
  }

  /** As upstream, which looks for the name alone: who says how much it likes it, gets none. */
  #takesGzip(): boolean {
    return (
      this.#packs && /(?:^|,)\s*gzip\s*(?:,|$)/.test((this.#exchange.headers['accept-encoding'] ?? []).join())
    );
  }

  async #sendStream(answer: ApiResponse & { type: 'stream' }): Promise<void> {
    const exchange = this.#exchange;
    // What the other server says of it comes behind this server's own.
    this.#headers.push('Cache-Control', 'no-cache, private');
    this.#setHeaders(answer.headers);
    exchange.begin(answer.status, this.#headers);
    for await (const chunk of answer.body) {
      if (exchange.isOver) return;
      exchange.write(chunk);
      await exchange.drained();
    }
    exchange.end();
  }

  /** Resolves when the watch is over, whoever ended it. */
  #sendWatch(answer: ApiResponse & { type: 'watch' }): Promise<void> {
    checkStreamed(this.form);
    // However its watcher wants JSON, a frame has no line breaks in it.
    if (this.form.pretty) this.form = { ...this.form, pretty: false };
    const exchange = this.#exchange;
    const suffix = this.form.encoding === 'json' ? '' : ';stream=watch';
    const type = `${mediaTypes[this.form.encoding]}${suffix}`;
    this.#headers.push('Cache-Control', 'no-cache, private', 'Content-Type', type);
    exchange.begin(200, this.#headers);
    return new Promise((resolve, reject) => {
      if (exchange.isOver) return resolve();
      try {
        const watch = answer.open(this.#sinkOf(answer));
        exchange.onOver(() => {
          watch[Symbol.dispose]();
          resolve();
        });
      } catch (error) {
        reject(error);
      }
    });
  }

  #sinkOf({ served, sized, lagged }: ApiResponse & { type: 'watch' }): WatchSink {
    const { form, include } = this;
    const exchange = this.#exchange;
    let first = true;
    const write = (frame: Uint8Array, events = 1) => {
      exchange.write(frame);
      sized?.(frame.length, events);
      if (exchange.backlogBytes <= watchBacklogBytesMax || exchange.isOver) return;
      lagged?.();
      exchange.cutOff();
    };
    // No event is of a list, so that the first ends the watch.
    if (form.ofList) return endedByEvents(exchange);
    return {
      added: (entries, at, room) => {
        if (exchange.isOver) return entries.length;
        const end = endOfPiece(entries, at);
        const some = entries.slice(at, end);
        write(this.#encoder.addedEvents({ served, entries: some, form, include, first }, room), some.length);
        first = false;
        return end;
      },
      caughtUp: () => (exchange.backlogBytes > oneWriteBytesMax ? exchange.drained() : undefined),
      event: (type, entry) => {
        if (exchange.isOver) return;
        write(this.#encoder.watchEvent(served, type, entry, form, include, first));
        first = false;
      },
      bookmark: (revision, initialEventsEnd) => {
        write(this.#encoder.bookmark(served, { revision, initialEventsEnd }, form, include, first));
        first = false;
      },
      error: (status: Status) => write(this.#encoder.watchError(status, form)),
      end: () => exchange.end(),
    };
  }
}

function endedByEvents(exchange: Exchange): WatchSink {
  const end = () => exchange.end();
  return {
    added(entries) {
      end();
      return entries.length;
    },
    event: end,
    bookmark: end,
    error: end,
    end,
  };
}

/** Where what is sent together ends: one entry, however large, or some that are no more than a piece. */
function endOfPiece(entries: readonly Entry[], at: number): number {
  const last = Math.min(at + addedAtOnceMax, entries.length);
  let bytes = entries[at]!.jsonLength;
  for (let end = at + 1; end < last; end++) {
    bytes += entries[end]!.jsonLength;
    if (bytes > pieceBytes) return end;
  }
  return last;
}

function wholeOf({ length, pieces }: ListPieces): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces()) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function slicesOf(bytes: Uint8Array): ListPieces {
  return {
    length: bytes.length,
    *pieces() {
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
    },
  };
}
