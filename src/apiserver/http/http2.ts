import type { X509Certificate } from 'node:crypto';
import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { AdmitBody, BodyPass } from './body-room.ts';
import {
  type Asker,
  type Body,
  BodyBytes,
  type Exchange,
  type HeaderValues,
  type RequestHead,
  bodyBytesMax,
  bytesOf,
  drainedBytesMax,
  unaskedBodyBytesMax,
} from './exchange.ts';

/** Headers that speak of an HTTP/1.1 connection (RFC 9113, 8.2.2). */
const connectionHeaders = /^(connection|keep-alive|proxy-connection|transfer-encoding|upgrade)$/i;

/** Who answers what comes on a session. */
export interface Http2Host {
  serve(exchange: Exchange): void;
  readonly admitBody: AdmitBody;
}

/** A client's HTTP/2 session. */
export class Http2Connection {
  readonly #session: ServerHttp2Session;
  readonly #host: Http2Host;
  readonly #peer: Peer;
  /** Whose requests are not there whole, each with the sweeps that it has been through. */
  readonly #unfinished = new Map<ServerHttp2Stream, number>();
  #open = 0;
  /** Sweeps since a stream was open. */
  #quietSweeps = 0;

  constructor(session: ServerHttp2Session, host: Http2Host) {
    this.#session = session;
    this.#host = host;
    this.#peer = new Peer(session);
    session.on('stream', (stream, headers, _flags, rawHeaders: readonly string[]) => {
      stream.on('error', () => stream.destroy());
      this.#count(stream);
      this.#read(stream, headOf(headers, rawHeaders));
    });
  }

  /** Called now and then: ends a session that nothing is asked on, and requests that are not said to their end. */
  sweep(quietSweepsMax: number, unfinishedSweepsMax: number): void {
    for (const [stream, sweeps] of this.#unfinished) {
      if (sweeps >= unfinishedSweepsMax) stream.destroy();
      else this.#unfinished.set(stream, sweeps + 1);
    }
    this.#quietSweeps = this.#open > 0 ? 0 : this.#quietSweeps + 1;
    if (this.#quietSweeps > quietSweepsMax) this.#session.close();
    if (this.#quietSweeps > quietSweepsMax + unfinishedSweepsMax) this.#session.destroy();
  }

  #count(stream: ServerHttp2Stream): void {
    this.#open++;
    this.#unfinished.set(stream, 0);
    stream.on('close', () => {
      this.#open--;
      this.#unfinished.delete(stream);
    });
  }

  /** Serves the request once its body is there, or known not to be read on. */
  #read(stream: ServerHttp2Stream, head: RequestHead): void {
    if (stream.endAfterHeaders) {
      this.#serve(stream, head, new Uint8Array(0));
      return;
    }
    const body = new BodyBytes();
    let isAdmitted = false;
    /** Of a body that is not read. */
    let dropped = 0;
    const finish = (whole: Uint8Array | undefined, isCrowdedOut = false) => {
      if (this.#unfinished.has(stream)) this.#serve(stream, head, whole, isCrowdedOut);
    };
    const decided = (pass: BodyPass) => {
      if (typeof pass === 'string') finish(undefined, pass === 'crowded');
      else if (stream.destroyed) pass.room[Symbol.dispose]();
      else stream.on('close', () => pass.room[Symbol.dispose]());
      stream.resume();
    };
    stream.on('data', (chunk: Buffer) => {
      if (!this.#unfinished.has(stream)) {
        dropped += chunk.length;
        if (dropped > drainedBytesMax) stream.close();
        return;
      }
      if (!body.add(chunk)) finish(undefined);
      if (isAdmitted || body.length <= unaskedBodyBytesMax) return;
      isAdmitted = true;
      stream.pause();
      const pass = this.#host.admitBody(head, this.#peer.certificate, bodyBytesMax);
      if (pass instanceof Promise) void pass.then(decided);
      else decided(pass);
    });
    stream.on('end', () => finish(body.whole()));
  }

  #serve(
    stream: ServerHttp2Stream,
    head: RequestHead,
    body: Uint8Array | undefined,
    isCrowdedOut = false,
  ): void {
    this.#unfinished.delete(stream);
    this.#host.serve(new Http2Exchange(stream, this.#peer, head, body, isCrowdedOut));
  }
}

function headOf(headers: IncomingHttpHeaders, raw: readonly string[]): RequestHead {
  const rawHeaders = withoutPseudoHeaders(raw);
  return {
    method: String(headers[':method'] ?? 'GET'),
    url: String(headers[':path'] ?? '/'),
    rawHeaders,
    headers: listsOf(rawHeaders),
  };
}

/** The client of a session: its certificate stays the same, and Node takes it apart each time it is asked. */
class Peer {
  readonly #session: ServerHttp2Session;
  #certificate: { readonly given: X509Certificate | undefined } | undefined;
  readonly asker: Asker = { name: '' };

  constructor(session: ServerHttp2Session) {
    this.#session = session;
  }

  get certificate(): X509Certificate | undefined {
    const socket = this.#session.socket as TLSSocket;
    this.#certificate ??= { given: socket.getPeerX509Certificate() };
    return this.#certificate.given;
  }

  get remoteAddress(): string | undefined {
    return this.#session.socket?.remoteAddress;
  }
}

class Http2Exchange implements Exchange {
  readonly #stream: ServerHttp2Stream;
  readonly #peer: Peer;
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly headers: HeaderValues;
  readonly body: Uint8Array | undefined;
  readonly isCrowdedOut: boolean;
  #isOver = false;
  /** Writes that are not done. */
  #untaken = 0;
  #drained: PromiseWithResolvers<void> | undefined;
  #listeners: (() => void)[] = [];

  constructor(
    stream: ServerHttp2Stream,
    peer: Peer,
    { method, url, rawHeaders, headers }: RequestHead,
    body: Uint8Array | undefined,
    isCrowdedOut: boolean,
  ) {
    this.#stream = stream;
    this.#peer = peer;
    this.method = method;
    this.url = url;
    this.rawHeaders = rawHeaders;
    this.headers = headers;
    this.body = body;
    this.isCrowdedOut = isCrowdedOut;
    stream.on('close', () => this.#over());
  }

  get certificate(): X509Certificate | undefined {
    return this.#peer.certificate;
  }

  get asker(): Asker {
    return this.#peer.asker;
  }

  get remoteAddress(): string | undefined {
    return this.#peer.remoteAddress;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get hasBegun(): boolean {
    return this.#stream.headersSent;
  }

  get backlogBytes(): number {
    return this.#stream.writableLength;
  }

  onOver(listener: () => void): void {
    if (this.#isOver) listener();
    else this.#listeners.push(listener);
  }

  /** What is there already is answered. */
  retire(): void {
    this.#stream.session?.close();
  }

  answer(status: number, headers: readonly string[], body: Body): void {
    if (!this.#isOpen() || this.hasBegun) return;
    const all = headersOf(status, headers);
    if (status !== 304 && status !== 204) all['content-length'] = body.length;
    if (this.method === 'HEAD' || body.length === 0) {
      this.#stream.respond(all, { endStream: true });
      return;
    }
    this.#stream.respond(all);
    this.#stream.end(bytesOf(body));
  }

  begin(status: number, headers: readonly string[]): void {
    if (this.#isOpen() && !this.hasBegun) this.#stream.respond(headersOf(status, headers));
  }

  write(bytes: Uint8Array): void {
    if (!this.#isOpen() || this.method === 'HEAD') return;
    this.#untaken++;
    this.#stream.write(bytes, this.#taken);
  }

  readonly #taken = (): void => {
    if (--this.#untaken === 0) this.#settle();
  };

  async drained(): Promise<void> {
    if (this.#isOver || this.#untaken === 0) return;
    this.#drained ??= Promise.withResolvers();
    await this.#drained.promise;
  }

  #settle(): void {
    this.#drained?.resolve();
    this.#drained = undefined;
  }

  end(): void {
    if (this.#isOpen()) this.#stream.end();
  }

  cutOff(): void {
    this.#stream.destroy();
    this.#over();
  }

  /** Node ends what a HEAD request could get, before anybody has answered it. */
  #isOpen(): boolean {
    const isEnded = this.method !== 'HEAD' && this.#stream.writableEnded;
    return !this.#isOver && !this.#stream.destroyed && !isEnded;
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settle();
    for (const listener of this.#listeners) listener();
    this.#listeners = [];
  }
}

function withoutPseudoHeaders(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i] === ':authority') kept.push('host', raw[i + 1]!);
    else if (!raw[i]!.startsWith(':')) kept.push(raw[i]!, raw[i + 1]!);
  }
  return kept;
}

function listsOf(raw: readonly string[]): HeaderValues {
  const lists: Record<string, string[]> = Object.create(null);
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    lists[name] ??= [];
    lists[name].push(raw[i + 1]!);
  }
  return lists;
}

function headersOf(status: number, pairs: readonly string[]): Record<string, string | number | string[]> {
  const headers: Record<string, string | number | string[]> = { ':status': status };
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i]!.toLowerCase();
    if (connectionHeaders.test(name)) continue;
    const known = headers[name];
    headers[name] = known === undefined ? pairs[i + 1]! : [known, pairs[i + 1]!].flat().map(String);
  }
  return headers;
}
