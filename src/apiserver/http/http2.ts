import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { type Body, BodyBytes, type Exchange, type HeaderValues, bytesOf } from './exchange.ts';

/** Headers that speak of an HTTP/1.1 connection (RFC 9113, 8.2.2). */
const connectionHeaders = /^(connection|keep-alive|proxy-connection|transfer-encoding|upgrade)$/i;

/** Serves the streams of an HTTP/2 session. */
export function serveSession(session: ServerHttp2Session, serve: (exchange: Exchange) => void): void {
  const peer = new Peer(session);
  session.on('stream', (stream, headers, _flags, rawHeaders: readonly string[]) => {
    stream.on('error', () => stream.destroy());
    readBody(stream, body => serve(new Http2Exchange(stream, peer, headers, rawHeaders, body)));
  });
}

/** The client of a session: its certificate stays the same, and Node takes it apart each time it is asked. */
class Peer {
  readonly #session: ServerHttp2Session;
  #certificate: { readonly raw: Uint8Array | undefined } | undefined;

  constructor(session: ServerHttp2Session) {
    this.#session = session;
  }

  get certificate(): Uint8Array | undefined {
    const socket = this.#session.socket as TLSSocket;
    this.#certificate ??= { raw: socket.getPeerX509Certificate()?.raw };
    return this.#certificate.raw;
  }

  get remoteAddress(): string | undefined {
    return this.#session.socket?.remoteAddress;
  }
}

/** Calls back once the body is there, or too large to be read on. */
function readBody(stream: ServerHttp2Stream, done: (body: Uint8Array | undefined) => void): void {
  if (stream.endAfterHeaders) {
    done(new Uint8Array(0));
    return;
  }
  const body = new BodyBytes();
  let isDone = false;
  const finish = (whole: Uint8Array | undefined) => {
    if (isDone) return;
    isDone = true;
    done(whole);
  };
  stream.on('data', (chunk: Buffer) => {
    if (!body.add(chunk)) finish(undefined);
  });
  stream.on('end', () => finish(body.whole()));
}

class Http2Exchange implements Exchange {
  readonly #stream: ServerHttp2Stream;
  readonly #peer: Peer;
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly headers: HeaderValues;
  readonly body: Uint8Array | undefined;
  #isOver = false;
  /** Writes that are not done. */
  #untaken = 0;
  #drained: PromiseWithResolvers<void> | undefined;
  #listeners: (() => void)[] = [];

  constructor(
    stream: ServerHttp2Stream,
    peer: Peer,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
    body: Uint8Array | undefined,
  ) {
    this.#stream = stream;
    this.#peer = peer;
    this.method = String(headers[':method'] ?? 'GET');
    this.url = String(headers[':path'] ?? '/');
    this.rawHeaders = withoutPseudoHeaders(rawHeaders);
    this.headers = listsOf(this.rawHeaders);
    this.body = body;
    stream.on('close', () => this.#over());
  }

  get certificate(): Uint8Array | undefined {
    return this.#peer.certificate;
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
