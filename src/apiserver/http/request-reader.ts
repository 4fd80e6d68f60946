import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { statusError } from '#machinery/status.ts';
import { type UserInfo, anonymousUser } from '../identity.ts';
import type { ApiRequest } from '../request.ts';
import type { ApiServer } from '../server.ts';

export type WireRequest = IncomingMessage | Http2ServerRequest;
export type WireResponse = ServerResponse | Http2ServerResponse;

/** Upstream's --max-request-body-bytes. */
const bodyBytesMax = 3 * 1024 * 1024;
/** A body that is too large is read on up to here, so that its sender comes to read the refusal. */
const drainedBytesMax = 16 * 1024 * 1024;
/** The one thing that whoever asks may know (AuthenticationConfiguration: anonymous, limited to health). */
const anonymousPaths = /^\/(healthz|livez|readyz)(\/|$)/;

/** The certificate of each connection's client: it stays the same, and Node takes it apart each time it is asked. */
export class PeerCertificates {
  readonly #known = new WeakMap<TLSSocket, { readonly raw: Uint8Array | undefined }>();

  of(request: WireRequest): Uint8Array | undefined {
    const socket = socketOf(request);
    let known = this.#known.get(socket);
    if (!known) {
      known = { raw: socket.getPeerCertificate?.(false)?.raw };
      this.#known.set(socket, known);
    }
    return known.raw;
  }
}

/** The server, and what its connections have shown of themselves. */
export interface Wire {
  readonly server: ApiServer;
  readonly certificates: PeerCertificates;
}

/** The request with its body, and who sent it. Throws StatusError. */
export async function readRequest(
  wire: Wire,
  request: WireRequest,
  signal: AbortSignal,
): Promise<ApiRequest> {
  const head = await readHead(wire, request, signal);
  const hasBody = head.method !== 'GET' && head.method !== 'HEAD';
  return hasBody ? { ...head, body: await readBody(request) } : head;
}

/** The request without a body: for connections that are to be upgraded. */
export async function readHead(wire: Wire, request: WireRequest, signal: AbortSignal): Promise<ApiRequest> {
  const url = request.url ?? '/';
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  if (/%(?![0-9a-f]{2})/i.test(path)) throw statusError.badRequest('invalid URL escape');
  const headers = headerLists(request.rawHeaders);
  const user = await authenticate(wire, request, path, headers);
  return {
    method: request.method ?? 'GET',
    path,
    query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)),
    headers: joined(headers),
    body: undefined,
    user,
    signal,
  };
}

async function authenticate(
  { server, certificates }: Wire,
  request: WireRequest,
  path: string,
  headers: Readonly<Record<string, readonly string[]>>,
): Promise<UserInfo> {
  const user = await server.security.authenticate({ certificate: certificates.of(request), headers });
  if (user) return user;
  if (anonymousPaths.test(path)) return anonymousUser;
  throw statusError.unauthorized();
}

function socketOf(request: WireRequest): TLSSocket {
  const http2 = request as Http2ServerRequest;
  return (http2.stream?.session?.socket ?? request.socket) as TLSSocket;
}

/** Every value of each header, apart: a group's name may hold a comma. */
function headerLists(raw: readonly string[]): Record<string, string[]> {
  const lists: Record<string, string[]> = Object.create(null);
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    lists[name] ??= [];
    lists[name].push(raw[i + 1]!);
  }
  return lists;
}

function joined(lists: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  for (const name in lists) headers[name] = lists[name]!.join(',');
  return headers;
}

function readBody(request: WireRequest): Promise<Uint8Array> {
  const tooLarge = () => statusError.tooLarge(`limit is ${bodyBytesMax}`);
  if (Number(request.headers['content-length'] ?? 0) > drainedBytesMax) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= bodyBytesMax) chunks.push(chunk);
      else chunks = [];
      if (length > drainedBytesMax) reject(tooLarge());
    });
    request.on('end', () => {
      if (length > bodyBytesMax) reject(tooLarge());
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length));
    });
    request.on('error', reject);
    request.on('aborted', () => reject(statusError.badRequest('the request was cut off')));
  });
}
