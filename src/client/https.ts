/** The transport over the network: HTTP/1.1 with keep-alive on node:https (node:http for http:// servers). */
import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { deepFreeze, type WatchEvent } from '#machinery/object.ts';
import { type Status, StatusError } from '#machinery/status.ts';
import type { ClusterAccess } from './kubeconfig.ts';
import {
  type Transport,
  type TransportRequest,
  type TransportResponse,
  type WatchHandler,
  queryText,
} from './transport.ts';
import { trusting } from './trust.ts';
import { LineSplitter } from './watch-frames.ts';
import { parseExactJson } from '#machinery/json-parse.ts';

export interface HttpsTransportOptions {
  readonly access: Omit<ClusterAccess, 'namespace'>;
  readonly userAgent?: string;
  /** Connections kept for requests; each watch has one of its own. Default 64. */
  readonly connectionsMax?: number;
}

/** A Transport to a server anywhere. Dispose to close its connections, watches included. */
export function createHttpsTransport(options: HttpsTransportOptions): Transport & Disposable {
  return new HttpsTransport(options);
}

class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

class HttpsTransport implements Transport, Disposable {
  readonly #base: URL;
  readonly #agent: HttpAgent;
  readonly #watchAgent: HttpAgent;
  readonly #send: typeof httpsRequest;
  readonly #headers: Record<string, string | string[]>;

  constructor({ access, userAgent = 'coxswain', connectionsMax = 64 }: HttpsTransportOptions) {
    this.#base = new URL(access.server);
    const secure = this.#base.protocol === 'https:';
    const tls = {
      ...trusting(access.certificateAuthority),
      cert: access.clientCertificate,
      key: access.clientKey,
      servername: access.tlsServerName,
      rejectUnauthorized: !access.insecureSkipTlsVerify,
    };
    const make = (maxSockets: number) =>
      secure
        ? new HttpsAgent({ ...tls, keepAlive: true, maxSockets })
        : new HttpAgent({ keepAlive: true, maxSockets });
    this.#agent = make(connectionsMax);
    this.#watchAgent = make(Number.POSITIVE_INFINITY);
    this.#send = (secure ? httpsRequest : httpRequest) as typeof httpsRequest;
    this.#headers = { 'user-agent': userAgent, ...credentialHeaders(access) };
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const response = await this.#open(request, this.#agent);
    const bytes = await readAll(response);
    return { status: response.statusCode!, headers: flatHeaders(response), body: parseBody(response, bytes) };
  }

  watch(request: TransportRequest, handler: WatchHandler): Disposable {
    const abort = new AbortController();
    const signal = request.signal ? AbortSignal.any([abort.signal, request.signal]) : abort.signal;
    void this.#readWatch({ ...request, query: { ...request.query, watch: '1' }, signal }, handler);
    return { [Symbol.dispose]: () => abort.abort() };
  }

  async stream(request: TransportRequest): Promise<AsyncIterable<Uint8Array>> {
    return this.#open(request, this.#watchAgent);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
    this.#watchAgent.destroy();
  }

  async #readWatch(request: TransportRequest, handler: WatchHandler): Promise<void> {
    const ended = (error: Error | undefined) => {
      if (!request.signal?.aborted) handler.end(error);
    };
    try {
      const lines = new LineSplitter();
      for await (const chunk of await this.#open(request, this.#watchAgent)) {
        for (const line of lines.push(chunk as Uint8Array)) {
          if (request.signal?.aborted) return;
          handler.event(deepFreeze(parseExactJson(line) as WatchEvent));
        }
      }
    } catch (error) {
      ended(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    ended(undefined);
  }

  /** Resolves with the answer's head; rejects with StatusError for 400 and above. */
  async #open(request: TransportRequest, agent: HttpAgent): Promise<IncomingMessage> {
    const response = await this.#answer(request, agent).catch(error => {
      // The server may close an idle connection just as it is used again: a read may simply be sent once more.
      if (request.method !== 'GET' || !(error instanceof StaleConnectionError)) throw error;
      return this.#answer(request, agent);
    });
    if (response.statusCode! < 400) return response;
    throw toStatusError(request, response, await readAll(response));
  }

  #answer(request: TransportRequest, agent: HttpAgent): Promise<IncomingMessage> {
    const body = encodeBody(request);
    const url = new URL(this.#base);
    url.pathname = this.#base.pathname.replace(/\/$/, '') + request.path;
    url.search = queryText(request.query);
    return new Promise((resolve, reject) => {
      const outgoing: ClientRequest = this.#send(url, {
        method: request.method,
        agent,
        signal: request.signal,
        headers: {
          accept: 'application/json',
          ...this.#headers,
          ...(body
            ? { 'content-type': request.contentType ?? 'application/json', 'content-length': body.length }
            : {}),
          ...request.headers,
        },
      });
      outgoing.on('error', error => {
        const stale = outgoing.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
        reject(stale ? new StaleConnectionError(error.message, { cause: error }) : error);
      });
      outgoing.on('response', resolve);
      outgoing.on('socket', socket => socket.setNoDelay(true).setKeepAlive(true, 30_000));
      outgoing.end(body);
    });
  }
}

/** The headers that say who asks. */
export function credentialHeaders(
  access: Omit<ClusterAccess, 'namespace'>,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  if (access.token) headers.authorization = `Bearer ${access.token}`;
  else if (access.username) {
    headers.authorization = `Basic ${Buffer.from(`${access.username}:${access.password ?? ''}`).toString('base64')}`;
  }
  if (access.impersonate) {
    headers['impersonate-user'] = access.impersonate.user;
    if (access.impersonate.uid) headers['impersonate-uid'] = access.impersonate.uid;
    if (access.impersonate.groups?.length) headers['impersonate-group'] = [...access.impersonate.groups];
    for (const [key, values] of Object.entries(access.impersonate.extra ?? {}))
      headers[`impersonate-extra-${headerKey(key)}`] = [...values];
  }
  return headers;
}

/** What may not stand in a header's name, as percent signs and digits (client-go headerKeyEscape). */
function headerKey(key: string): string {
  return key.replace(/[^!#$&'*+.^_`|~0-9A-Za-z-]/g, part => encodeURIComponent(part).replace(/[()]/g, hex));
}

const hex = (text: string) => `%${text.charCodeAt(0).toString(16).toUpperCase()}`;

function encodeBody(request: TransportRequest): Buffer | undefined {
  const { body } = request;
  if (body === undefined) return undefined;
  if (body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

function isJson(response: IncomingMessage): boolean {
  return /^application\/(json|[\w.+-]*\+json)\b/.test(response.headers['content-type'] ?? '');
}

function parseBody(response: IncomingMessage, bytes: Buffer): unknown {
  return isJson(response) ? deepFreeze(parseExactJson(bytes.toString())) : bytes.toString();
}

function flatHeaders(response: IncomingMessage): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

/** The server's own Status, or one made of an answer that is none (a proxy's page, say). */
function toStatusError(request: TransportRequest, response: IncomingMessage, bytes: Buffer): StatusError {
  const text = bytes.toString();
  if (isJson(response)) {
    try {
      const status = JSON.parse(text) as Status;
      if (status.kind === 'Status') return new StatusError(status);
    } catch {
      // Not JSON after all: told as any other text below.
    }
  }
  const code = response.statusCode!;
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `the server answered ${code} to ${request.method} ${request.path}: ${text.slice(0, 1024)}`,
    reason:
      code === 404 ? 'NotFound' : code === 401 ? 'Unauthorized' : code === 403 ? 'Forbidden' : 'Unknown',
    code,
  });
}
