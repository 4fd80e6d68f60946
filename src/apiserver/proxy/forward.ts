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
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const droppedFromAnswer = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'];
/** Whoever asks may not pretend to speak for this server. */
const identityHeaders = /^(impersonate-|x-remote-)/;

/** What the backend answers, with its links made to lead through this server; or the client joined to it. */
export async function forward(forwarding: Forwarding): Promise<ApiResponse> {
  const { backends, backend, request, path } = forwarding;
  if (isUpgrade(request)) return upgrade(forwarding);
  const mount = mountOf(forwarding);
  const { query, method, signal } = request;
  let answer: BackendAnswer;
  try {
    answer = await backends.request({
      backend,
      method,
      path: withQuery(path, query),
      headers: { ...requestHeaders(forwarding), 'x-forwarded-uri': forwardedUri(mount.prefix, path) },
      ...bodyOf(request),
      signal,
    });
  } catch (error) {
    throw unreachable(error, backend);
  }
  return toResponse(answer, mount);
}

/** 503 in upstream's words. */
export function unreachable(error: unknown, backend: Backend): StatusError {
  if (error instanceof StatusError) return error;
  return statusError.unavailable(`error trying to reach service: ${failureText(error, backend)}`);
}

export function isUpgrade({ headers }: Pick<ApiRequest, 'headers'>): boolean {
  return headers.upgrade !== undefined && /\bupgrade\b/i.test(headers.connection ?? '');
}

function upgrade(forwarding: Forwarding): ApiResponse {
  const { backends, backend, path, request, host = request.headers.host, headers = {} } = forwarding;
  return {
    type: 'upgrade',
    target: {
      authority: host ?? hostPort(backend),
      path: withQuery(path, request.query),
      headers,
      connect: () => connectTo(backends, backend),
    },
  };
}

function requestHeaders({ request, backend, host, headers = {} }: Forwarding): HeaderLists {
  const kept: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || name.startsWith(':') || droppedFromRequest.has(name)) continue;
    if (!identityHeaders.test(name)) kept[name] = value;
  }
  const authority = host ?? request.headers.host ?? request.headers[':authority'] ?? hostPort(backend);
  return { ...kept, ...headers, host: authority };
}

function bodyOf({ body }: ApiRequest): { body?: Uint8Array } {
  if (body === undefined) return {};
  if (body instanceof Uint8Array) return { body };
  return { body: new TextEncoder().encode(JSON.stringify(body.value)) };
}

function withQuery(path: string, query: URLSearchParams): string {
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The part of the client's path that stands for the backend. */
function mountOf({ request, path, host }: Forwarding): Mount {
  const prefix = request.path.endsWith(path) ? request.path.slice(0, -path.length) : request.path;
  return { prefix, host: host ?? request.headers.host ?? '' };
}

function forwardedUri(prefix: string, path: string): string {
  return `${prefix}${path}`.replace(/\/{2,}/g, '/');
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
