import { constants, randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { type ServerHttp2Session, performServerHandshake } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { type Server, type TLSSocket, createServer } from 'node:tls';
import type { Log } from '#base/log.ts';
import { type Random, randomUuid } from '#base/random.ts';
import { settle } from '#base/settle.ts';
import { parseQuery } from '#machinery/query.ts';
import { type Status, StatusError, statusError } from '#machinery/status.ts';
import type { UserInfo } from '../identity.ts';
import { type ApiServer, toStatusError } from '../server.ts';
import { type AdmitBody, type BodyPass, BodyRoom } from './body-room.ts';
import { Encoder } from './encode.ts';
import { ListEncoder } from './encode-list.ts';
import { type Exchange, type RequestHead, bytesOf, headerBytesMax } from './exchange.ts';
import { Http1Connection, type Http1Host } from './http1/connection.ts';
import type { ParsedHead } from './http1/head.ts';
import { TurnEnd } from './http1/turn-end.ts';
import { Http2Connection } from './http2.ts';
import { type ApiRequest, pathOf } from '../request.ts';
import {
  type RareForm,
  type Representation,
  checkStreamed,
  isPretty,
  mediaTypes,
  includeObject,
  negotiate,
  negotiateRefusal,
  plainJson,
  prettyJson,
  rememberRanges,
} from './negotiate.ts';
import { joinedHeaders, readHead, readRequest } from './request-reader.ts';
import { type Encoders, Responder } from './responder.ts';
import { type ServingSettings, byPrecedence, settledHeaders } from './serving.ts';
import { Underway } from './underway.ts';
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
  /** Absent: as usual. */
  readonly serving?: ServingSettings | undefined;
}

const sweepMs = 10_000;
/** Clients keep idle connections for 90 s (Go's default): who closes first must be the client. */
const quietSweepsMax = 18;
/** What a client takes to say a request to its end, at most. */
const unfinishedSweepsMax = 6;
const handshakeMsMax = 10_000;
/** An hour: what one key of tickets protects is bounded. Who comes with a ticket of an older key shakes hands in full. */
const ticketKeySweeps = 360;
/** What Node's TLS wants of a key: its name, and halves to sign and to encrypt by. */
const ticketKeyBytes = 48;
/** What requests may take that are there when the listener ends. */
const drainMsMax = 10_000;
/** What clients may take to end connections that the listener ends. */
const partingMsMax = 500;

/** Forward secret and authenticated ones alone, in the order in which Go's server prefers them. */
const latestCiphers = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];
const olderCiphers = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];

const http2Options = {
  settings: {
    // Upstream says 100, where Go's clients come to it and open another connection. Node counts a stream for a turn longer than
    // its client does, and refuses what comes in that turn with a code that Go's clients do not ask again on; so the limit is
    // where they seldom come.
    maxConcurrentStreams: 400,
    initialWindowSize: 256 * 1024,
    maxHeaderListSize: headerBytesMax,
  },
  // In MB. Node counts what a client has not taken, and refuses all else that it asks for on the session; each answer has a
  // bound of its own (`watchBacklogBytesMax`), which alone is to count.
  maxSessionMemory: 4096,
  maxSendHeaderBlockLength: headerBytesMax,
};

function secureContext(
  { key, cert, clientCa }: ListenerOptions['tls'],
  { minVersion = 'TLSv1.2', cipherSuites = olderCiphers }: ServingSettings = {},
) {
  return {
    key,
    cert,
    ca: clientCa,
    minVersion,
    ciphers: [...latestCiphers, ...cipherSuites].join(':'),
    honorCipherOrder: true,
    // Who asks is looked at once a connection. Go's server shakes hands once, too.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  } as const;
}

/** Serves an ApiServer over TLS, HTTP/1.1 and HTTP/2. */
export class Listener implements AsyncDisposable, Http1Host {
  readonly #options: ListenerOptions;
  readonly #encoders: Encoders;
  readonly #tls: Server;
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Set<Http1Connection>();
  readonly #sessions = new Map<ServerHttp2Session, Http2Connection>();
  /** Sockets that were given away to what they were upgraded to. */
  readonly #joined = new Set<Socket>();
  readonly #underway = new Underway();
  readonly #bodies = new BodyRoom();
  readonly #sweep: NodeJS.Timeout;
  #ticketKeySweeps = 0;
  /** A random UUID whose last digits count: a new one for each request costs as much as finding out who asks. */
  readonly #auditIds: { readonly prefix: string; last: number };
  readonly turnEnd: TurnEnd;
  readonly #ranges = rememberRanges();
  #date = { second: 0, text: '' };

  private constructor(options: ListenerOptions) {
    this.#options = options;
    this.#auditIds = { prefix: randomUuid(options.random).slice(0, 24), last: 0 };
    const { services } = options.server;
    this.turnEnd = new TurnEnd(services.clock);
    const encoder = new Encoder(services);
    const lists = new ListEncoder(services, encoder);
    const packs = services.features.isOn('APIResponseCompression');
    this.#encoders = { encoder, lists, slice: services.slice, packs };
    this.#tls = createServer({
      ...secureContext(options.tls, options.serving),
      ALPNProtocols: ['h2', 'http/1.1'],
      requestCert: true,
      rejectUnauthorized: false,
      handshakeTimeout: handshakeMsMax,
      noDelay: true,
    });
    this.#addNamed(options.tls);
    this.#sweep = setInterval(() => this.#sweepConnections(), sweepMs).unref();
    this.#listen();
  }

  #listen(): void {
    const { log, server } = this.#options;
    this.#tls.on('connection', (socket: Socket) => this.#track(socket));
    this.#tls.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
      log.debug('TLS handshake failed', { error: error.message });
      server.services.metrics.handshakeFailed();
      if (error.code === 'ERR_SSL_HTTP_REQUEST') this.#refusePlainHttp(socket);
    });
    this.#tls.on('secureConnection', (socket: TLSSocket) => {
      socket.on('error', () => socket.destroy());
      if (socket.alpnProtocol === 'h2') this.#beginSession(socket);
      else this.#beginConnection(socket);
    });
  }

  /** As Go's server does, so that who forgot the s of https is told. */
  #refusePlainHttp({ remoteAddress, remotePort }: Socket): void {
    const text = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n';
    for (const socket of this.#sockets) {
      if (socket.remotePort === remotePort && socket.remoteAddress === remoteAddress) socket.end(text);
    }
  }

  #beginSession(socket: TLSSocket): void {
    const session = performServerHandshake(socket, http2Options) as ServerHttp2Session;
    session.on('close', () => this.#sessions.delete(session));
    session.on('error', error =>
      this.#options.log.debug('HTTP/2 session failed', { error: (error as Error).message }),
    );
    this.#sessions.set(session, new Http2Connection(session, this));
  }

  #beginConnection(socket: TLSSocket): void {
    const connection = new Http1Connection(socket, this);
    this.#connections.add(connection);
    socket.on('close', () => this.#connections.delete(connection));
  }

  /**
   * A client that comes again resumes its session by a ticket (RFC 8446, 2.2), which spares both sides the certificates. The
   * ticket holds the client's, so that it is looked at on each connection all the same.
   */
  #renewTicketKey(): void {
    this.#ticketKeySweeps = 0;
    this.#tls.setTicketKeys(randomBytes(ticketKeyBytes));
  }

  #sweepConnections(): void {
    if (++this.#ticketKeySweeps === ticketKeySweeps) this.#renewTicketKey();
    for (const connection of this.#connections) connection.sweep(quietSweepsMax, unfinishedSweepsMax);
    for (const connection of this.#sessions.values()) connection.sweep(quietSweepsMax, unfinishedSweepsMax);
    this.#underway.sweep(unfinishedSweepsMax);
  }

  /** Rejects with the system's error, e.g. EADDRINUSE. */
  static async open(options: ListenerOptions): Promise<Listener> {
    const listener = new Listener(options);
    try {
      await new Promise<void>((resolve, reject) => {
        listener.#tls.once('error', reject);
        listener.#tls.listen(options.port, options.host, () => {
          listener.#tls.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      clearInterval(listener.#sweep);
      throw error;
    }
    listener.#tls.on('error', error => options.log.error('the listener failed', { error: error.message }));
    return listener;
  }

  /** For connections from now on; those that there are go on. Whoever comes again shakes hands in full. */
  renew(tls: ListenerOptions['tls']): void {
    this.#tls.setSecureContext(secureContext(tls, this.#options.serving));
    this.#addNamed(tls);
  }

  /** Certificates for clients that ask for other names; what comes later wins. */
  #addNamed({ clientCa }: ListenerOptions['tls']): void {
    const { serving } = this.#options;
    for (const [name, { key, cert }] of byPrecedence(serving?.named?.() ?? [])) {
      this.#tls.addContext(name, secureContext({ key, cert, clientCa }, serving));
    }
  }

  get port(): number {
    return (this.#tls.address() as AddressInfo).port;
  }

  /**
   * Takes no new connections, answers the requests that it has, ends watches, and then the connections. What takes too long
   * is cut off.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweep);
    const closed = new Promise<void>(resolve => this.#tls.close(() => resolve()));
    for (const connection of this.#connections) connection.close();
    for (const session of this.#sessions.keys()) session.close();
    await within(drainMsMax, this.#underway.end());
    for (const socket of this.#joined) socket.destroy();
    await within(partingMsMax, closed);
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  }

  date(): string {
    const now = this.#options.server.services.clock.now();
    const second = Math.floor(now / 1000);
    if (second !== this.#date.second) this.#date = { second, text: new Date(now).toUTCString() };
    return this.#date.text;
  }

  serve(exchange: Exchange): void {
    void this.#serve(exchange);
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { server, log, serving } = this.#options;
    const auditId = this.#auditId(exchange);
    const responder = new Responder(this.#encoders, exchange, auditId);
    if (serving && this.#settle(serving, exchange, responder)) return;
    // Neither `await` nor `using` where there is nothing to wait for and to dispose of: both cost more than they say.
    let seat: Disposable | undefined;
    const underway = this.#underway.begin(exchange);
    try {
      const turn = server.turns.breathe(exchange.asker.name);
      if (turn) await turn;
      if (exchange.isOver) return;
      const read = readRequest(server, exchange, auditId);
      const request = read instanceof Promise ? await read : read;
      exchange.asker.name = request.user.name;
      if (isNegotiable(request.path)) responder.form = this.#form(request);
      else if (isPretty(request)) responder.form = prettyJson;
      const coming = server.handle(request, flow => responder.tellFlow(flow));
      const answer = coming instanceof Promise ? await coming : coming;
      seat = answer.seat;
      responder.size = answer.size;
      responder.warn(answer.warnings);
      if (responder.form.as === 'table') responder.include = includeObject(request.query);
      const { response } = answer;
      const sending = responder.send(response);
      if (response.type === 'watch' || response.type === 'stream') {
        this.#underway.lasts(underway, response.type);
      }
      if (sending) await sending;
    } catch (error) {
      if (exchange.isOver) log.debug('the client went away', { url: exchange.url });
      else {
        responder.form = this.#formOfRefusal(exchange);
        this.#fail(exchange, responder, error);
      }
    } finally {
      seat?.[Symbol.dispose]();
      this.#underway.over(underway);
    }
  }

  /** What goes before any request is looked at. True: it is answered with that. */
  #settle(serving: ServingSettings, exchange: Exchange, responder: Responder): boolean {
    const { goawayChance = 0 } = serving;
    if (goawayChance > 0 && this.#options.random.next() < goawayChance) exchange.retire?.();
    const { headers, isCrossOrigin } = settledHeaders(serving, exchange.headers.origin?.[0]);
    responder.settle(headers);
    if (!isCrossOrigin || exchange.method !== 'OPTIONS') return false;
    responder.send({ type: 'bytes', status: 204, contentType: '', body: '' });
    return true;
  }

  #form(request: ApiRequest): Representation {
    const { server } = this.#options;
    const has = (form: RareForm) => server.hasForm(request, form);
    try {
      return negotiate(request, has, this.#ranges);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      // Only who would answer is to tell: there may be nothing at the path.
      request.unacceptable = error;
      return plainJson;
    }
  }

  #formOfRefusal({ headers, url }: RequestHead): Representation {
    const query = parseQuery(url.slice(pathOf(url).length + 1));
    return negotiateRefusal({ headers: joinedHeaders(headers), query }, this.#ranges);
  }

  #fail(exchange: Exchange, responder: Responder, error: unknown): void {
    const { log } = this.#options;
    try {
      responder.fail(error, log);
    } catch (failure) {
      log.error('a failure could not be told', { url: exchange.url, error: (failure as Error).stack });
      exchange.cutOff();
    }
  }

  #auditId({ headers }: RequestHead): string {
    const sent = headers['audit-id']?.[0];
    return sent || `${this.#auditIds.prefix}${(this.#auditIds.last++).toString(16).padStart(12, '0')}`;
  }

  /** Clients may offer upgrades that nobody here takes; they get their plain answer. */
  takesUpgrade({ method, url, upgrade }: ParsedHead): boolean {
    const path = pathOf(url);
    const request = { method, path, query: parseQuery(url.slice(path.length + 1)) };
    return this.#options.server.mayBeUpgraded(request, upgrade);
  }

  readonly admitBody: AdmitBody = (request, certificate, bytes) => {
    const { security } = this.#options.server;
    const { headers } = request;
    return settle<UserInfo | undefined, BodyPass>(
      () => security.authenticate({ certificate, headers, request }),
      user => (user ? this.#bodies.take(user.name, bytes) : 'stranger'),
      () => 'stranger',
    );
  };

  upgrade(head: RequestHead, socket: TLSSocket, rest: Buffer): void {
    void this.#upgrade(head, socket, rest);
  }

  async #upgrade(head: RequestHead, socket: TLSSocket, rest: Buffer): Promise<void> {
    const { server, log } = this.#options;
    this.#joined.add(socket);
    socket.on('close', () => this.#joined.delete(socket));
    const peer = {
      certificate: socket.getPeerX509Certificate(),
      remoteAddress: socket.remoteAddress,
      onOver: (listener: () => void) => void socket.on('close', listener),
    };
    const auditId = this.#auditId(head);
    try {
      const request = await readHead(server, head, peer, auditId);
      const form = isNegotiable(request.path) ? this.#form(request) : plainJson;
      const { response, seat } = await server.handle(request);
      if (seat && socket.destroyed) seat[Symbol.dispose]();
      else if (seat) socket.once('close', () => seat[Symbol.dispose]());
      if (response.type === 'upgrade') return await joinUpgrade(response.target, head, socket, rest);
      if (!isReadable(response) || !/^websocket$/i.test(head.headers.upgrade?.[0] ?? '')) {
        throw statusError.badRequest('this path takes no upgrade');
      }
      if (response.type === 'watch') checkStreamed(form);
      serveWebSocket(head, socket, rest, response, this.#encoders.encoder, form);
    } catch (error) {
      this.#refuseUpgrade(auditId, head, socket, toStatusError(error, log).status);
    }
  }

  #refuseUpgrade(auditId: string, head: RequestHead, socket: TLSSocket, status: Status): void {
    const form = this.#formOfRefusal(head);
    const body = bytesOf(this.#encoders.encoder.value(status, form));
    const code = status.code ?? 500;
    const lines = [
      `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}`,
      `Audit-Id: ${auditId}`,
      'Cache-Control: no-cache, private',
      `Content-Type: ${mediaTypes[form.encoding]}`,
      `Date: ${this.date()}`,
      `Content-Length: ${body.length}`,
      'Connection: close',
    ];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    socket.end(body);
  }
}

/** Resolves with `work`, or after so long. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** Documents choose their own form. */
function isNegotiable(path: string): boolean {
  return /^\/(api\/[^/]+|apis\/[^/]+\/[^/]+)\/./.test(path);
}
