import { constants } from 'node:crypto';
import { type Http2SecureServer, createSecureServer } from 'node:http2';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Log } from '#base/log.ts';
import { type Random, randomUuid } from '#base/random.ts';
import { type Status, statusError } from '#machinery/status.ts';
import type { IncludeObject } from '#machinery/table.ts';
import { type ApiServer, toStatusError } from '../server.ts';
import { Encoder } from './encode.ts';
import { ListEncoder } from './encode-list.ts';
import { negotiate } from './negotiate.ts';
import {
  PeerCertificates,
  type Wire,
  type WireRequest,
  type WireResponse,
  readHead,
  readRequest,
} from './request-reader.ts';
import { Responder } from './responder.ts';
import { joinUpgrade } from './upgrade.ts';
import { isReadable, serveWebSocket } from './websocket.ts';

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

/** Go's http.DefaultMaxHeaderBytes: selectors in URLs are long. */
const headerBytesMax = 1024 * 1024;
/** Clients keep idle connections for 90 s (Go's default): who closes first must be the client. */
const keepAliveMs = 180_000;
const handshakeMsMax = 10_000;

/** Serves an ApiServer over TLS, HTTP/1.1 and HTTP/2. */
export class Listener implements AsyncDisposable {
  readonly #options: ListenerOptions;
  readonly #encoders: { readonly encoder: Encoder; readonly lists: ListEncoder };
  readonly #wire: Wire;
  readonly #http: Http2SecureServer;
  readonly #sockets = new Set<Socket>();

  private constructor(options: ListenerOptions) {
    this.#options = options;
    const { services } = options.server;
    const encoder = new Encoder(services);
    this.#encoders = { encoder, lists: new ListEncoder(services, encoder) };
    this.#wire = { server: options.server, certificates: new PeerCertificates() };
    const { key, cert, clientCa } = options.tls;
    const http1 = { keepAliveTimeout: keepAliveMs, maxHeaderSize: headerBytesMax };
    this.#http = createSecureServer({
      key,
      cert,
      ca: clientCa,
      allowHTTP1: true,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      handshakeTimeout: handshakeMsMax,
      // A resumed session has no client certificate to look at.
      secureOptions: constants.SSL_OP_NO_TICKET,
      settings: {
        maxConcurrentStreams: 1000,
        initialWindowSize: 1024 * 1024,
        maxHeaderListSize: headerBytesMax,
      },
      maxSendHeaderBlockLength: headerBytesMax,
      ...http1,
      http1Options: http1,
    } as Parameters<typeof createSecureServer>[0]);
    Object.assign(this.#http, {
      // Clients may offer upgrades that nobody here takes; they get their plain answer.
      shouldUpgradeCallback: (request: IncomingMessage) => takesUpgrade(request.headers.upgrade),
    });
    this.#listen();
  }

  #listen(): void {
    const { log } = this.#options;
    this.#http.on('request', (request: WireRequest, response: WireResponse) => {
      void this.#serve(request, response);
    });
    this.#http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void this.#upgrade(request, socket as TLSSocket, head);
    });
    this.#http.on('connection', (socket: Socket) => this.#track(socket));
    this.#http.on('tlsClientError', error => log.debug('TLS handshake failed', { error: error.message }));
    this.#http.on('sessionError', error => log.debug('HTTP/2 session failed', { error: error.message }));
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

  async #serve(request: WireRequest, response: WireResponse): Promise<void> {
    const { server, log } = this.#options;
    const gone = new AbortController();
    response.on('close', () => gone.abort(new Error('the client went away')));
    response.on('error', () => gone.abort());
    response.setHeader('Audit-Id', this.#auditId(request));
    const responder = new Responder(this.#encoders, request, response);
    try {
      const apiRequest = await readRequest(this.#wire, request, gone.signal);
      responder.include = includeObject(apiRequest.query);
      if (isNegotiable(apiRequest.path)) {
        responder.form = negotiate(apiRequest.headers.accept, apiRequest.query);
      }
      const { response: answer, warnings } = await server.handle(apiRequest);
      for (const warning of warnings) responder.warn(warning);
      await responder.send(answer);
    } catch (error) {
      if (gone.signal.aborted) log.debug('the client went away', { url: request.url });
      else responder.fail(error, log);
    }
  }

  #auditId(request: WireRequest): string {
    const sent = request.headers['audit-id'];
    return typeof sent === 'string' && sent !== '' ? sent : randomUuid(this.#options.random);
  }

  async #upgrade(request: IncomingMessage, socket: TLSSocket, head: Buffer): Promise<void> {
    const { server, log } = this.#options;
    socket.on('error', () => socket.destroy());
    const gone = new AbortController();
    socket.on('close', () => gone.abort());
    try {
      const apiRequest = await readHead(this.#wire, request, gone.signal);
      const { response } = await server.handle(apiRequest);
      if (response.type === 'upgrade') return await joinUpgrade(response.target, request, socket, head);
      if (!isReadable(response) || !/^websocket$/i.test(request.headers.upgrade ?? '')) {
        throw statusError.badRequest('this path takes no upgrade');
      }
      const form = negotiate(apiRequest.headers.accept, apiRequest.query);
      serveWebSocket(request, socket, head, response, this.#encoders.encoder, form);
    } catch (error) {
      refuseUpgrade(socket, toStatusError(error, log).status);
    }
  }
}

function takesUpgrade(protocol: string | undefined): boolean {
  return /^(websocket|spdy\/3\.1)$/i.test(protocol ?? '');
}

function refuseUpgrade(socket: TLSSocket, status: Status): void {
  const body = `${JSON.stringify(status)}\n`;
  socket.end(
    `HTTP/1.1 ${status.code} ${status.reason ?? ''}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Documents choose their own form. */
function isNegotiable(path: string): boolean {
  return /^\/(api\/[^/]+|apis\/[^/]+\/[^/]+)\/./.test(path);
}

function includeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject');
  return value === 'None' || value === 'Object' ? value : 'Metadata';
}
