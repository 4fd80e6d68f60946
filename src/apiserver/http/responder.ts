import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Log } from '#base/log.ts';
import type { Status } from '#machinery/status.ts';
import type { IncludeObject } from '#machinery/table.ts';
import { statusError } from '#machinery/status.ts';
import type { HeaderLists } from '../proxy/backends.ts';
import type { ApiResponse, WatchSink } from '../response.ts';
import { toStatusError } from '../server.ts';
import type { Encoder } from './encode.ts';
import type { ListEncoder } from './encode-list.ts';
import { type Representation, mediaTypes } from './negotiate.ts';
import type { WireRequest, WireResponse } from './request-reader.ts';

/** A watcher that lags behind by more is cut off; it comes back and lists. */
const watchBacklogBytesMax = 16 * 1024 * 1024;
const gzipBytesMin = 128 * 1024;
/** Above this a copy costs more than a second write. */
const oneWriteBytesMax = 64 * 1024;
const gzipAsync = promisify(gzip);

/** Sends the answer to one request, in the form that its client asked for. */
export class Responder {
  readonly #encoder: Encoder;
  readonly #lists: ListEncoder;
  readonly #request: WireRequest;
  readonly #response: WireResponse;
  form: Representation = { encoding: 'json', as: 'object', pretty: false };
  include: IncludeObject = 'Metadata';

  constructor(
    { encoder, lists }: { readonly encoder: Encoder; readonly lists: ListEncoder },
    request: WireRequest,
    response: WireResponse,
  ) {
    this.#encoder = encoder;
    this.#lists = lists;
    this.#request = request;
    this.#response = response;
  }

  warn(message: string): void {
    const text = message.replace(/[\\"]/g, '\\$&').replace(/[\p{Cc}]+/gu, ' ');
    const known = this.#response.getHeader('Warning');
    const lines = known === undefined ? [] : Array.isArray(known) ? known : [String(known)];
    this.#response.setHeader('Warning', [...lines, `299 - "${text}"`]);
  }

  async send(answer: ApiResponse): Promise<void> {
    const { form, include } = this;
    switch (answer.type) {
      case 'entry':
        return this.#sendBytes(
          answer.status,
          this.#encoder.entry(answer.served, answer.entry, form, include),
        );
      case 'list':
        return this.#sendBytes(200, await this.#lists.encode(answer, form, include));
      case 'value':
        this.#setHeaders(answer.headers);
        return this.#sendBytes(answer.status, this.#encoder.value(answer.value, form));
      case 'bytes':
        this.#setHeaders(answer.headers);
        return this.#sendRaw(answer.status, answer.contentType, Buffer.from(answer.body));
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
    const { status } = toStatusError(error, log);
    const response = this.#response as ServerResponse;
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.statusCode = status.code;
    const retryAfter = status.details?.retryAfterSeconds;
    if (retryAfter) response.setHeader('Retry-After', retryAfter);
    if (status.code === 413 && this.#request.httpVersionMajor === 1)
      response.setHeader('Connection', 'close');
    const form: Representation = { ...this.form, as: 'object' };
    const bytes = this.#encoder.value(status, form);
    response.setHeader('Content-Type', mediaTypes[form.encoding]);
    response.setHeader('Cache-Control', 'no-cache, private');
    response.setHeader('Content-Length', bytes.length);
    response.end(this.#request.method === 'HEAD' ? undefined : bytes);
  }

  #setHeaders(headers: HeaderLists | undefined): void {
    for (const [name, value] of Object.entries(headers ?? {})) {
      this.#response.setHeader(name, value as string | string[]);
    }
  }

  #sendBytes(status: number, body: Uint8Array): Promise<void> {
    return this.#sendRaw(status, mediaTypes[this.form.encoding], body);
  }

  async #sendRaw(status: number, contentType: string, body: Uint8Array): Promise<void> {
    const response = this.#response as ServerResponse;
    let bytes = body;
    if (bytes.length >= gzipBytesMin && this.#takesGzip()) {
      bytes = await gzipAsync(bytes, { level: 1 });
      response.setHeader('Content-Encoding', 'gzip');
      response.setHeader('Vary', 'Accept-Encoding');
    }
    response.statusCode = status;
    response.setHeader('Content-Type', contentType);
    if (!response.hasHeader('cache-control')) response.setHeader('Cache-Control', 'no-cache, private');
    if (status !== 304) response.setHeader('Content-Length', bytes.length);
    if (this.#request.method === 'HEAD') response.end();
    else if (bytes.length > oneWriteBytesMax) response.end(bytes);
    // Each byte is one character of Latin 1; as text it leaves with the head, in one write and one TLS record.
    else response.end(asBuffer(bytes).toString('latin1'), 'latin1');
  }

  #takesGzip(): boolean {
    return /\bgzip\b/.test(String(this.#request.headers['accept-encoding'] ?? ''));
  }

  async #sendStream(answer: ApiResponse & { type: 'stream' }): Promise<void> {
    const response = this.#response as ServerResponse;
    response.statusCode = answer.status;
    this.#setHeaders(answer.headers);
    if (!response.hasHeader('cache-control')) response.setHeader('Cache-Control', 'no-cache, private');
    response.flushHeaders();
    for await (const chunk of answer.body) {
      if (response.destroyed) return;
      if (!response.write(chunk)) await drained(response);
    }
    response.end();
  }

  /** Resolves when the watch is over, whoever ended it. */
  #sendWatch(answer: ApiResponse & { type: 'watch' }): Promise<void> {
    const response = this.#response as ServerResponse;
    const suffix = this.form.encoding === 'json' ? '' : ';stream=watch';
    response.statusCode = 200;
    response.setHeader('Content-Type', `${mediaTypes[this.form.encoding]}${suffix}`);
    response.setHeader('Cache-Control', 'no-cache, private');
    response.flushHeaders();
    return new Promise((resolve, reject) => {
      if (response.destroyed) return resolve();
      let watch: Disposable;
      try {
        watch = answer.open(this.#sinkOf(answer, response));
      } catch (error) {
        return reject(error);
      }
      response.once('close', () => {
        watch[Symbol.dispose]();
        resolve();
      });
    });
  }

  #sinkOf({ served }: ApiResponse & { type: 'watch' }, response: ServerResponse): WatchSink {
    const { form, include } = this;
    let first = true;
    const write = (frame: Uint8Array) => {
      if (response.destroyed || response.writableEnded) return;
      response.write(frame);
      if (response.writableLength > watchBacklogBytesMax) response.destroy();
    };
    return {
      event: (type, entry) => {
        write(this.#encoder.watchEvent(served, type, entry, form, include, first));
        first = false;
      },
      bookmark: (revision, initialEventsEnd) =>
        write(this.#encoder.bookmark(served, revision, initialEventsEnd, form)),
      error: (status: Status) => write(this.#encoder.watchError(status, form)),
      end: () => response.end(),
    };
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
