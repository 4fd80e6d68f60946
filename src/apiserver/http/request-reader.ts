import { parseQuery } from '#machinery/query.ts';
import { statusError } from '#machinery/status.ts';
import { type UserInfo, anonymousUser } from '../identity.ts';
import { type ApiRequest, pathOf } from '../request.ts';
import type { ApiServer } from '../server.ts';
import { type Exchange, type HeaderValues, type RequestHead, bodyBytesMax } from './exchange.ts';

/** The one thing that whoever asks may know (AuthenticationConfiguration: anonymous, limited to health). */
const anonymousPaths = /^\/(healthz|livez|readyz)(\/|$)/;
const badEscape = /%(?![0-9a-f]{2})/i;

/** What proves who asks. */
export interface Peer {
  readonly certificate: Uint8Array | undefined;
  /** Calls back when the client is gone. */
  onOver(listener: () => void): void;
}

/** The request with its body, and who sent it. Throws StatusError. */
export function readRequest(server: ApiServer, exchange: Exchange): ApiRequest | Promise<ApiRequest> {
  const user = authenticate(server, exchange, exchange);
  return user instanceof Promise ? user.then(known => withBody(exchange, known)) : withBody(exchange, user);
}

function withBody(exchange: Exchange, user: UserInfo): ApiRequest {
  const hasBody = exchange.method !== 'GET' && exchange.method !== 'HEAD';
  if (hasBody && exchange.body === undefined) throw statusError.tooLarge(`limit is ${bodyBytesMax}`);
  return new WireRequest(exchange, exchange, user, hasBody ? exchange.body : undefined);
}

/** The request without a body: for connections that are to be upgraded. */
export async function readHead(server: ApiServer, head: RequestHead, peer: Peer): Promise<ApiRequest> {
  return new WireRequest(head, peer, await authenticate(server, head, peer), undefined);
}

function authenticate(server: ApiServer, head: RequestHead, peer: Peer): UserInfo | Promise<UserInfo> {
  const path = pathOf(head.url);
  if (path.includes('%') && badEscape.test(path)) throw statusError.badRequest('invalid URL escape');
  const { accessMetrics, security } = server;
  const { certificateLasts } = accessMetrics;
  const sinceMs = accessMetrics.now();
  let user: UserInfo | undefined | Promise<UserInfo>;
  try {
    const { certificate } = peer;
    user = security.authenticate({ certificate, headers: head.headers, request: head, certificateLasts });
  } catch (error) {
    accessMetrics.unauthenticated('error', sinceMs);
    throw error;
  }
  if (user instanceof Promise) {
    return user.then(known => {
      accessMetrics.authenticated(known.name, sinceMs);
      return known;
    });
  }
  user ??= anonymousPaths.test(path) ? anonymousUser : undefined;
  if (user) {
    accessMetrics.authenticated(user.name, sinceMs);
    return user;
  }
  accessMetrics.unauthenticated('failure', sinceMs);
  throw statusError.unauthorized();
}

/** Made once: an error costs more than the rest of a request. */
const clientGone = new Error('the client went away');

/** Of most requests: it knows its answers without a search, and nobody changes it. */
class NoQuery extends URLSearchParams {
  override get(): null {
    return null;
  }

  override getAll(): string[] {
    return [];
  }

  override has(): boolean {
    return false;
  }
}

const noQuery = new NoQuery();

/** A class, since a literal with an accessor is made in the slow way each time. */
class WireRequest implements ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly user: UserInfo;
  readonly #peer: Peer;
  #gone: AbortController | undefined;

  constructor(
    { method, url, headers }: RequestHead,
    peer: Peer,
    user: UserInfo,
    body: Uint8Array | undefined,
  ) {
    this.method = method;
    this.path = pathOf(url);
    this.query = this.path === url ? noQuery : parseQuery(url.slice(this.path.length + 1));
    this.headers = joinedHeaders(headers);
    this.body = body;
    this.user = user;
    this.#peer = peer;
  }

  /** Few ask, and a controller costs more than the rest of this. */
  get signal(): AbortSignal {
    if (!this.#gone) {
      const gone = new AbortController();
      this.#gone = gone;
      this.#peer.onOver(() => gone.abort(clientGone));
    }
    return this.#gone.signal;
  }
}

/** Headers are shared by the requests of a connection that send the same. */
const joined = new WeakMap<HeaderValues, Readonly<Record<string, string>>>();

export function joinedHeaders(lists: HeaderValues): Readonly<Record<string, string>> {
  let headers = joined.get(lists);
  if (!headers) {
    const made: Record<string, string> = Object.create(null);
    for (const name in lists) made[name] = lists[name]!.join(',');
    headers = made;
    joined.set(lists, headers);
  }
  return headers;
}
