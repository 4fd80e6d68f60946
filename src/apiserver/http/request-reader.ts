import type { X509Certificate } from 'node:crypto';
import { settle } from '#base/settle.ts';
import { isQueryTooLong, parseQuery } from '#machinery/query.ts';
import { StatusError, statusError } from '#machinery/status.ts';
import type { AuditedRequest } from '../audit/auditor.ts';
import type { Witness } from '../auth/authn/impersonation.ts';
import { type UserInfo, anonymousUser } from '../identity.ts';
import { type ApiRequest, type RequestOrigin, isBadlyEscaped, pathOf } from '../request.ts';
import type { ApiServer } from '../server.ts';
import { type Exchange, type HeaderValues, type RequestHead, bodyBytesMax } from './exchange.ts';

/** What proves who asks. */
export interface Peer {
  readonly certificate: X509Certificate | undefined;
  readonly remoteAddress: string | undefined;
  /** Calls back when the client is gone. */
  onOver(listener: () => void): void;
}

/** The request with its body, and who sent it. Throws StatusError. */
export function readRequest(
  server: ApiServer,
  exchange: Exchange,
  auditId: string,
): ApiRequest | Promise<ApiRequest> {
  const asked = new Asked(exchange, exchange, auditId, server.auditor ? {} : undefined);
  const user = identify(server, asked);
  return user instanceof Promise
    ? user.then(known => withBody(exchange, asked, known))
    : withBody(exchange, asked, user);
}

function withBody(exchange: Exchange, asked: Asked, user: UserInfo): ApiRequest {
  const hasBody = exchange.method !== 'GET' && exchange.method !== 'HEAD';
  if (hasBody && exchange.body === undefined) {
    if (exchange.isCrowdedOut)
      throw statusError.tooManyRequests('too many large requests, please try again later');
    throw statusError.tooLarge(`limit is ${bodyBytesMax}`);
  }
  return new WireRequest(asked, user, hasBody ? exchange.body : undefined);
}

/** The request without a body: for connections that are to be upgraded. */
export async function readHead(
  server: ApiServer,
  head: RequestHead,
  peer: Peer,
  auditId: string,
): Promise<ApiRequest> {
  const asked = new Asked(head, peer, auditId, server.auditor ? {} : undefined);
  return new WireRequest(asked, await identify(server, asked), undefined);
}

/** Who asks; the audit log is told of whoever is refused. */
function identify(server: ApiServer, asked: Asked): UserInfo | Promise<UserInfo> {
  if (!server.auditor) return authenticate(server, asked);
  return settle<UserInfo, UserInfo>(
    () => authenticate(server, asked),
    user => user,
    error => {
      if (error instanceof StatusError) server.refused(asked.audited(), error);
      throw error;
    },
  );
}

function authenticate(server: ApiServer, { head, peer, witness }: Asked): UserInfo | Promise<UserInfo> {
  const path = pathOf(head.url);
  if (isBadlyEscaped(path)) throw statusError.badRequest('invalid URL escape');
  const { accessMetrics, security } = server;
  const { certificateLasts, impersonationTook } = accessMetrics;
  const sinceMs = accessMetrics.now();
  let user: UserInfo | undefined | Promise<UserInfo>;
  try {
    const { certificate } = peer;
    const { headers } = head;
    const told = { witness, certificateLasts, impersonationTook };
    user = security.authenticate({ certificate, headers, request: head, ...told });
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
  user ??= security.mayBeAnonymous(path) ? anonymousUser : undefined;
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

/** What came on the wire, before it is known who asks. */
class Asked {
  readonly head: RequestHead;
  readonly peer: Peer;
  readonly witness: Witness | undefined;
  readonly #auditId: string;

  constructor(head: RequestHead, peer: Peer, auditId: string, witness: Witness | undefined) {
    this.head = head;
    this.peer = peer;
    this.witness = witness;
    this.#auditId = auditId;
  }

  get origin(): RequestOrigin {
    const { head, peer, witness } = this;
    return { url: head.url, remoteAddress: peer.remoteAddress, auditId: this.#auditId, ...witness };
  }

  audited(): AuditedRequest {
    const { method, url, headers } = this.head;
    const path = pathOf(url);
    const query = parseQuery(url.slice(path.length + 1));
    return { method, path, query, headers: joinedHeaders(headers), origin: this.origin };
  }
}

/** What is asked of only a part of what is selected must not be done to all. */
function readQuery(text: string): URLSearchParams {
  if (isQueryTooLong(text)) throw statusError.badRequest('number of URL query parameters exceeded limit');
  return parseQuery(text);
}

/** A class, since a literal with an accessor is made in the slow way each time. */
class WireRequest implements ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly user: UserInfo;
  trail: ApiRequest['trail'];
  readonly #asked: Asked;
  #gone: AbortController | undefined;

  constructor(asked: Asked, user: UserInfo, body: Uint8Array | undefined) {
    const { method, url, headers } = asked.head;
    this.method = method;
    this.path = pathOf(url);
    this.query = this.path === url ? noQuery : readQuery(url.slice(this.path.length + 1));
    this.headers = joinedHeaders(headers);
    this.body = body;
    this.user = user;
    this.trail = undefined;
    this.#asked = asked;
  }

  get origin(): RequestOrigin {
    return this.#asked.origin;
  }

  /** Few ask, and a controller costs more than the rest of this. */
  get signal(): AbortSignal {
    if (!this.#gone) {
      const gone = new AbortController();
      this.#gone = gone;
      this.#asked.peer.onOver(() => gone.abort(clientGone));
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
