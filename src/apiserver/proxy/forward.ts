import { ipToString, parseIp } from '#machinery/ip.ts';
import { StatusError, statusError } from '#machinery/status.ts';
import type { ApiRequest } from '../request.ts';
import type { ApiResponse } from '../response.ts';
import {
  type Backend,
  type BackendAnswer,
  type Backends,
  type HeaderLists,
  connectTo,
  failureText,
  hostPort,
} from './backends.ts';
import { rewriteHtml } from './rewrite-html.ts';
import { type Mount, rewriteLocation } from './rewrite-location.ts';

/** One request on its way to another server. */
export interface Forwarding {
  readonly backends: Backends;
  readonly backend: Backend;
  readonly request: ApiRequest;
  /** On the backend, without query. */
  readonly path: string;
  /** The Host header; absent: what the client sent. */
  readonly host?: string;
  /** Added, after whatever else has these names is dropped. */
  readonly headers?: HeaderLists;
  /** Absent: as it was sent. */
  readonly query?: string;
  /** The part of the client's path that stands for the backend; absent: what comes before `path`. */
  readonly prefix?: string;
  /** The backend may not send clients elsewhere. */
  readonly refusesRedirects?: boolean;
}

/** Headers of one connection (RFC 9110, 7.6.1), and those that prove to this server alone who asks. */
const droppedFromRequest = new Set([
  'authorization',
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const droppedFromAnswer = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'];
/** Whoever asks may not pretend to speak for this server. */
const identityHeaders = /^(impersonate-(user|uid|group|extra-.*)$|x-remote-)/;
/** Without a body, the length of none is told of these alone. */
const bodied = new Set(['PATCH', 'POST', 'PUT']);

/** What the backend answers, with its links made to lead through this server; or the client joined to it. */
export async function forward(forwarding: Forwarding): Promise<ApiResponse> {
  const { backends, backend, request, path } = forwarding;
  if (isUpgrade(request)) return upgrade(forwarding);
  const mount = mountOf(forwarding);
  const { method, signal } = request;
  let answer: BackendAnswer;
  try {
    answer = await backends.request({
      backend,
      method,
      path: withQuery(forwarding),
      headers: { ...requestHeaders(forwarding), 'x-forwarded-uri': forwardedUri(mount.prefix, path) },
      ...bodyOf(request),
      signal,
    });
  } catch (error) {
    throw unreachable(error, backend);
  }
  const { status, headers } = answer;
  if (forwarding.refusesRedirects && status >= 300 && status <= 399 && headers.location !== undefined) {
    for await (const _ of answer.body) break;
    return redirectRefusal;
  }
  return toResponse(answer, mount);
}

const redirectRefusal: ApiResponse = {
  type: 'bytes',
  status: 502,
  contentType: 'text/plain; charset=utf-8',
  body: 'the backend attempted to redirect this request, which is not permitted',
};

/** 503 in upstream's words. */
export function unreachable(error: unknown, backend: Backend): StatusError {
  if (error instanceof StatusError) return error;
  return statusError.unavailable(`error trying to reach service: ${failureText(error, backend)}`);
}

export function isUpgrade({ headers }: Pick<ApiRequest, 'headers'>): boolean {
  return headers.upgrade !== undefined && /\bupgrade\b/i.test(headers.connection ?? '');
}

function upgrade(forwarding: Forwarding): ApiResponse {
  const { backends, backend, request, host = request.headers.host, headers = {} } = forwarding;
  return {
    type: 'upgrade',
    target: {
      authority: host ?? hostPort(backend),
      path: withQuery(forwarding),
      headers: { ...headers, ...forwardedFor(request) },
      connect: () => connectTo(backends, backend),
    },
  };
}

function requestHeaders({ request, backend, host, headers = {} }: Forwarding): HeaderLists {
  const kept: Record<string, string | readonly string[]> = {};
  const ofConnection = new Set(['te', ...tokensOf(request.headers.connection)]);
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || name.startsWith(':') || droppedFromRequest.has(name)) continue;
    if (!identityHeaders.test(name) && !ofConnection.has(name)) kept[name] = value;
  }
  if (tokensOf(request.headers.te).includes('trailers')) kept.te = 'trailers';
  const authority = host ?? request.headers.host ?? request.headers[':authority'] ?? hostPort(backend);
  return { ...kept, ...forwardedFor(request), ...headers, host: authority };
}

function tokensOf(list = ''): string[] {
  return list.split(',').map(token => token.trim().toLowerCase());
}

/** Whom the request comes from, behind those that it came through before. */
function forwardedFor({ headers, origin: { remoteAddress } }: ApiRequest): HeaderLists {
  const ip = remoteAddress === undefined ? undefined : parseIp(remoteAddress);
  if (!ip) return {};
  const before = headers['x-forwarded-for'];
  return { 'x-forwarded-for': `${before ? `${before}, ` : ''}${ipToString(ip)}` };
}

function bodyOf({ body, method }: ApiRequest): { body?: Uint8Array } {
  if (body === undefined || (body instanceof Uint8Array && body.length === 0 && !bodied.has(method)))
    return {};
  if (body instanceof Uint8Array) return { body };
  return { body: new TextEncoder().encode(JSON.stringify(body.value)) };
}

function withQuery({ path, request, query = sentQuery(request) }: Forwarding): string {
  return query === '' ? path : `${path}?${query}`;
}

function sentQuery({ origin: { url }, query }: ApiRequest): string {
  if (url === undefined) return query.toString();
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
}

/** The part of the client's path that stands for the backend. */
function mountOf({ request, path, host, prefix: own }: Forwarding): Mount {
  const prefix = own ?? (request.path.endsWith(path) ? request.path.slice(0, -path.length) : request.path);
  return { prefix, host: host ?? request.headers.host ?? '' };
}

function forwardedUri(prefix: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${prefix}${path}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}${path.endsWith('/') && parts.length > 0 ? '/' : ''}`;
}

function toResponse({ status, headers, body }: BackendAnswer, mount: Mount): ApiResponse {
  const kept: Record<string, string | readonly string[]> = { ...headers };
  for (const name of droppedFromAnswer) delete kept[name];
  const location = headers.location;
  if (typeof location === 'string') kept.location = rewriteLocation(location, mount);
  if (mount.prefix === '' || location !== undefined || !isPlainHtml(headers)) {
    return { type: 'stream', status, headers: kept, body };
  }
  delete kept['content-length'];
  return { type: 'stream', status, headers: kept, body: rewriteHtml(body, mount) };
}

function isPlainHtml(headers: HeaderLists): boolean {
  const type = String(headers['content-type'] ?? '')
    .split(';')[0]!
    .trim();
  return type === 'text/html' && headers['content-encoding'] === undefined;
}
