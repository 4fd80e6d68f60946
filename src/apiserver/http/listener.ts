import { constants } from 'node:crypto';
import {
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  createSecureServer,
} from 'node:http2';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Log } from '#base/log.ts';
import { type Random, randomUuid } from '#base/random.ts';
import { type Status, StatusError, statusError } from '#machinery/status.ts';
import type { IncludeObject } from '#machinery/table.ts';
import { type UserInfo, anonymousUser } from '../identity.ts';
import type { ApiRequest } from '../request.ts';
import type { ApiResponse, WatchSink } from '../response.ts';
import { type ApiServer, toStatusError } from '../server.ts';
import { Encoder } from './encode.ts';
import { type Representation, mediaTypes, negotiate } from './negotiate.ts';
import { joinUpgrade } from './upgrade.ts';

export interface ListenerOptions {
  readonly server: ApiServer;
  /** PEM. */
  readonly tls: { readonly key: string; readonly cert: string; readonly clientCa: string };
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly random: Random;
  readonly log: Log;
}

type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** Upstream's --max-request-body-bytes. */
const bodyBytesMax = 3 * 1024 * 1024;
/** A watcher that lags behind by more is cut off; it comes back and lists. */
const watchBacklogBytesMax = 16 * 1024 * 1024;
const gzipBytesMin = 128 * 1024;
/** The one thing that whoever asks may know (AuthenticationConfiguration: anonymous, limited to health). */
const anonymousPaths = /^\/(healthz|livez|readyz)(\/|$)/;
const gzipAsync = promisify(gzip);

/** Serves an ApiServer over TLS, HTTP/1.1 and HTTP/2. */
export class Listener implements AsyncDisposable {
  readonly #options: ListenerOptions;
  readonly #encoder: Encoder;
  readonly #http: Http2SecureServer;
  readonly #sockets = new Set<Socket>();

  private constructor(options: ListenerOptions) {
    this.#options = options;
    this.#encoder = new Encoder(options.server.services);
    const { key, cert, clientCa } = options.tls;
    this.#http = createSecureServer({
      key,
      cert,
      ca: clientCa,
      allowHTTP1: true,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      // A resumed session has no client certificate to look at.
      secureOptions: constants.SSL_OP_NO_TICKET,
      settings: { maxConcurrentStreams: 1000, initialWindowSize: 1024 * 1024 },
    });
    this.#http.on('request', (request: Request, response: Response) => void this.#serve(request, response));
    this.#http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#upgrade(request, socket as TLSSocket, head);
    });
    this.#http.on('connection', (socket: Socket) => this.#track(socket));
    this.#http.on('tlsClientError', error =>
      options.log.debug('TLS handshake failed', { error: error.message }),
    );
    this.#http.on('sessionError', error =>
      options.log.debug('HTTP/2 session failed', { error: error.message }),
    );
  }

  /** Rejects with the system's error, e.g. EADDRINUSE. */
  static async open(options: ListenerOptions): Promise<Listener> {
    const listener = new Listener(options);
    await new Promise<void>((resolve, reject) => {
      listener.#http.once('error', reject);
      listener.#http.listen(options.port, options.host, () => {
        listener.#http.off('error', reject);
        resolve();
      });
    });
    listener.#http.on('error', error => options.log.error('the listener failed', { error: error.message }));
    return listener;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  /** Takes no new connections and cuts the old ones. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>(resolve => this.#http.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  async #serve(request: Request, response: Response): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort(new Error('the client went away')));
    response.on('error', () => gone.abort());
    const auditId = request.headers['audit-id'];
    response.setHeader('Audit-Id', typeof auditId === 'string' ? auditId : randomUuid(this.#options.random));
    let form: Representation = { encoding: 'json', as: 'object', pretty: false };
    try {
      const apiRequest = await this.#read(request, gone.signal);
      const include = includeObject(apiRequest.query);
      if (isNegotiable(apiRequest.path)) form = negotiate(apiRequest.headers.accept, apiRequest.query);
      const { response: answer, warnings } = await this.#options.server.handle(apiRequest);
      for (const warning of warnings) addWarning(response, warning);
      await this.#send(request, response, answer, form, include);
    } catch (error) {
      this.#fail(response, error, form);
    }
  }

  async #read(request: Request, signal: AbortSignal): Promise<ApiRequest> {
    const url = request.url ?? '/';
    const at = url.indexOf('?');
    const path = at < 0 ? url : url.slice(0, at);
    const headers = singleHeaders(request.headers);
    const user = await this.#authenticate(request, path, headers);
    const method = request.method ?? 'GET';
    const body = method === 'GET' || method === 'HEAD' ? undefined : await readBody(request);
    return {
      method,
      path,
      query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)),
      headers,
      body,
      user,
      signal,
    };
  }

  async #authenticate(
    request: Request,
    path: string,
    headers: Readonly<Record<string, string | undefined>>,
  ): Promise<UserInfo> {
    const socket = socketOf(request);
    const peer = socket.getPeerCertificate?.(false);
    const certificate = peer?.raw as Uint8Array | undefined;
    const user = await this.#options.server.security.authenticate({
      certificate,
      headers,
    });
    if (user) return user;
    if (anonymousPaths.test(path)) return anonymousUser;
    throw statusError.unauthorized();
  }

  async #send(
    request: Request,
    response: Response,
    answer: ApiResponse,
    form: Representation,
    include: IncludeObject,
  ): Promise<void> {
    switch (answer.type) {
      case 'entry':
        return this.#sendBytes(
          request,
          response,
          answer.status,
          form,
          this.#encoder.entry(answer.served, answer.entry, form, include),
        );
      case 'list':
        return this.#sendBytes(
          request,
          response,
          200,
          form,
          this.#encoder.list(answer.served, answer.entries, answer.metadata, form, include),
        );
      case 'value': {
        for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
        return this.#sendBytes(
          request,
          response,
          answer.status,
          form,
          this.#encoder.value(answer.value, form),
        );
      }
      case 'bytes':
        for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
        return this.#sendRaw(request, response, answer.status, answer.contentType, Buffer.from(answer.body));
      case 'stream':
        return sendStream(response, answer);
      case 'watch':
        return this.#sendWatch(response, answer, form, include);
      case 'upgrade':
        throw statusError.badRequest('Upgrade request required');
    }
  }

  #sendBytes(
    request: Request,
    response: Response,
    status: number,
    form: Representation,
    body: Uint8Array,
  ): Promise<void> {
    return this.#sendRaw(request, response, status, mediaTypes[form.encoding], body);
  }

  async #sendRaw(
    request: Request,
    response: Response,
    status: number,
    contentType: string,
    body: Uint8Array,
  ): Promise<void> {
    let bytes = body;
    if (bytes.length >= gzipBytesMin && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
      bytes = await gzipAsync(bytes, { level: 1 });
      response.setHeader('Content-Encoding', 'gzip');
    }
    response.statusCode = status;
    response.setHeader('Content-Type', contentType);
    response.setHeader('Cache-Control', 'no-cache, private');
    response.setHeader('Content-Length', bytes.length);
    (response as ServerResponse).end(request.method === 'HEAD' ? undefined : bytes);
  }

  #sendWatch(
    response: Response,
    answer: ApiResponse & { type: 'watch' },
    form: Representation,
    include: IncludeObject,
  ): Promise<void> {
    return new Promise(resolve => {
      const stream = response as ServerResponse;
      response.statusCode = 200;
      response.setHeader(
        'Content-Type',
        `${mediaTypes[form.encoding]}${form.encoding === 'json' ? '' : ';stream=watch'}`,
      );
      response.setHeader('Cache-Control', 'no-cache, private');
      stream.flushHeaders();
      const sink = this.#watchSink(stream, answer, form, include);
      const watch = answer.open(sink);
      response.on('close', () => {
        watch[Symbol.dispose]();
        resolve();
      });
      if (stream.destroyed) stream.emit('close');
    });
  }

  #watchSink(
    stream: ServerResponse,
    answer: ApiResponse & { type: 'watch' },
    form: Representation,
    include: IncludeObject,
  ): WatchSink {
    const { served } = answer;
    let first = true;
    const write = (frame: Uint8Array) => {
      if (stream.destroyed || stream.writableEnded) return;
      stream.write(frame);
      if (stream.writableLength > watchBacklogBytesMax) stream.destroy();
    };
    return {
      event: (type, entry) => {
        write(this.#encoder.watchEvent(served, type, entry, form, include, first));
        first = false;
      },
      bookmark: (revision, initialEventsEnd) =>
        write(this.#encoder.bookmark(served, revision, initialEventsEnd, form)),
      error: status => write(this.#encoder.watchError(status, form)),
      end: () => stream.end(),
    };
  }

  #fail(response: Response, error: unknown, form: Representation): void {
    const { status } = toStatusError(error, this.#options.log);
    if (response.headersSent) {
      (response as ServerResponse).destroy();
      return;
    }
    response.statusCode = status.code;
    if (status.details?.retryAfterSeconds)
      response.setHeader('Retry-After', status.details.retryAfterSeconds);
    if (status.reason === 'Unauthorized')
      response.setHeader('WWW-Authenticate', 'Basic realm="kubernetes-master"');
    if (status.code === 413) response.setHeader('Connection', 'close');
    const bytes = this.#encoder.value(status, form.as === 'object' ? form : { ...form, as: 'object' });
    response.setHeader('Content-Type', mediaTypes[form.encoding]);
    response.setHeader('Cache-Control', 'no-cache, private');
    response.setHeader('Content-Length', bytes.length);
    (response as ServerResponse).end(bytes);
  }

  async #upgrade(request: IncomingMessage, socket: TLSSocket, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const gone = new AbortController();
    socket.on('close', () => gone.abort());
    try {
      const apiRequest = await this.#read(Object.assign(request, { method: 'GET' }), gone.signal);
      const { response } = await this.#options.server.handle({
        ...apiRequest,
        method: request.method ?? 'GET',
      });
      if (response.type !== 'upgrade') throw statusError.badRequest('this path takes no upgrade');
      await joinUpgrade(this.#options.server.services.nodes, response.target, request, socket, head);
    } catch (error) {
      refuseUpgrade(socket, toStatusError(error, this.#options.log).status);
    }
  }
}

function refuseUpgrade(socket: TLSSocket, status: Status): void {
  const body = `${JSON.stringify(status)}\n`;
  socket.end(
    `HTTP/1.1 ${status.code} ${status.reason ?? ''}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function socketOf(request: Request): TLSSocket {
  const http2 = request as Http2ServerRequest;
  return (http2.stream?.session?.socket ?? request.socket) as TLSSocket;
}

/** Documents choose their own form. */
function isNegotiable(path: string): boolean {
  return /^\/(api|apis)\/./.test(path);
}

function includeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject');
  return value === 'None' || value === 'Object' ? value : 'Metadata';
}

function singleHeaders(headers: IncomingMessage['headers']): Record<string, string | undefined> {
  const single: Record<string, string | undefined> = {};
  for (const name in headers) {
    const value = headers[name];
    single[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return single;
}

function addWarning(response: Response, message: string): void {
  const text = message.replace(/[\\"]/g, '\\$&').replace(/[\r\n]+/g, ' ');
  const known = response.getHeader('Warning');
  const line = `299 - "${text}"`;
  response.setHeader(
    'Warning',
    known === undefined ? [line] : [...(Array.isArray(known) ? known : [String(known)]), line],
  );
}

function readBody(request: Request): Promise<Uint8Array> {
  const tooLarge = () => statusError.tooLarge(`Request entity too large: limit is ${bodyBytesMax}`);
  if (Number(request.headers['content-length'] ?? 0) > bodyBytesMax) {
    request.resume();
    return Promise.reject(tooLarge());
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > bodyBytesMax) reject(tooLarge());
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)));
    request.on('error', reject);
    request.on('aborted', () =>
      reject(new StatusError(statusError.badRequest('the request was cut off').status)),
    );
  });
}

async function sendStream(response: Response, answer: ApiResponse & { type: 'stream' }): Promise<void> {
  const stream = response as ServerResponse;
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.setHeader('Cache-Control', 'no-cache, private');
  stream.flushHeaders();
  for await (const chunk of answer.body) {
    if (stream.destroyed) return;
    if (!stream.write(chunk)) await drained(stream);
  }
  stream.end();
}

function drained(stream: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    stream.once('drain', resolve);
    stream.once('close', resolve);
  });
}
