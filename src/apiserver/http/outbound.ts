import { joinHostPort } from '#machinery/ip.ts';
import { Agent, type RequestOptions, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { abortReason } from '#base/clock.ts';
import { trusting } from '#client/trust.ts';
import { BrokenAnswer, type Outbound, type OutboundAnswer, type OutboundPost } from '../outbound.ts';

/** What an answer may hold; more is refused. */
const bodyBytesMax = 16 * 1024 * 1024;
const idleMsMax = 30_000;

/** What Go's client follows. */
const redirectsMax = 10;

interface Call extends OutboundPost {
  readonly method?: 'GET';
  /** Who led here. */
  readonly referer?: string;
}

/** Webhooks by HTTPS, over connections that are kept while they are used. Dispose closes them. */
export function createOutbound(): Outbound {
  const agent = new Agent({ keepAlive: true, timeout: idleMsMax, maxFreeSockets: 32 });
  return {
    post: call => post(agent, call),
    get: call => post(agent, { ...call, body: '', method: 'GET' }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function post(agent: Agent, call: Call, redirects = 0): Promise<OutboundAnswer> {
  return new Promise((resolve, reject) => {
    if (redirects === redirectsMax) return reject(new Error(`stopped after ${redirectsMax} redirects`));
    const fail = (error: Error) =>
      reject(call.signal.aborted ? abortReason(call.signal) : new Error(inGoWords(error, call)));
    const outgoing = request(optionsOf(agent, call), incoming => {
      const { statusCode: status = 0, headers } = incoming;
      const contentType = headers['content-type'] ?? '';
      const next = redirected(call, status, headers.location);
      if (next) {
        incoming.resume();
        return void post(agent, next, redirects + 1).then(resolve, reject);
      }
      const after = /^\d{1,9}$/.exec(headers['retry-after'] ?? '')?.[0];
      const retryAfterSeconds = after === undefined ? {} : { retryAfterSeconds: Number(after) };
      readBody(incoming).then(
        body => resolve({ status, contentType, body, ...retryAfterSeconds }),
        (error: Error) => reject(new BrokenAnswer(whyBroken(error, call))),
      );
    });
    outgoing.on('error', fail);
    outgoing.end(call.method === 'GET' ? undefined : call.body);
  });
}

/** As Go's client follows it: to the other place with the same body, or just there. Undefined: nowhere. */
function redirected(call: Call, status: number, location: string | undefined): Call | undefined {
  if (!location || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  const url = URL.parse(location, call.url);
  if (url?.protocol !== 'https:') return undefined;
  const { address, method, client, ...rest } = call;
  const isSameHost = url.host === new URL(call.url).host;
  return {
    ...rest,
    url: url.href,
    referer: call.url,
    ...(address && isSameHost ? { address } : {}),
    ...(client && isSameHost ? { client } : {}),
    ...(status < 307 || method === 'GET' ? { method: 'GET' } : {}),
  };
}

function optionsOf(agent: Agent, call: Call): RequestOptions {
  const url = new URL(call.url);
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const { host, port } = call.address ?? { host: name, port: Number(url.port || 443) };
  const { cert, key, authorization, insecureSkipTlsVerify, tlsServerName } = call.client ?? {};
  return {
    agent,
    host,
    port,
    path: url.pathname + url.search,
    method: call.method ?? 'POST',
    ...(isIP(name) ? {} : { servername: name }),
    ...(tlsServerName ? { servername: tlsServerName } : {}),
    ...trusting(call.ca),
    ...(cert && key ? { cert, key } : {}),
    ...(insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
    headers: {
      host: url.host,
      accept: 'application/json, */*',
      ...(call.method === 'GET'
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(call.body) }),
      ...(authorization ? { authorization } : {}),
      ...(call.referer ? { referer: call.referer } : {}),
      'user-agent': 'kube-apiserver-admission',
    },
    signal: call.signal,
  };
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyBytesMax) throw new Error('http: response body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function whyBroken(error: Error, { signal }: OutboundPost): string {
  if (signal.aborted) return abortReason(signal).message;
  return (error as NodeJS.ErrnoException).code === 'ECONNRESET' ? 'unexpected EOF' : error.message;
}

const unknownAuthority = 'tls: failed to verify certificate: x509: certificate signed by unknown authority';

const tlsWords: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_SIGNATURE_FAILURE: unknownAuthority,
  CERT_HAS_EXPIRED: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
};

/** The first address that was tried, which a name may have several of; undefined where none was. */
function dialled(error: Error): string | undefined {
  const [first = error] = error instanceof AggregateError ? (error.errors as Error[]) : [];
  const { address, port } = first as Error & { address?: string; port?: number };
  return address && joinHostPort(address, port!);
}

/** Clients of upstream look for these words in the message of a failed webhook. */
function inGoWords(error: Error, { url, address }: OutboundPost): string {
  const { code = '', host } = error as NodeJS.ErrnoException & { host?: string };
  const { hostname, port } = new URL(url);
  const at = dialled(error) ?? (address ? `${address.host}:${address.port}` : `${hostname}:${port || 443}`);
  if (tlsWords[code]) return tlsWords[code];
  switch (code) {
    case 'ECONNREFUSED':
      return `dial tcp ${at}: connect: connection refused`;
    case 'EHOSTUNREACH':
      return `dial tcp ${at}: connect: no route to host`;
    case 'ENETUNREACH':
      return `dial tcp ${at}: connect: network is unreachable`;
    case 'ETIMEDOUT':
      return `dial tcp ${at}: i/o timeout`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${host ?? hostname}: no such host`;
    case 'ECONNRESET':
      return 'EOF';
    case 'EPROTO':
      return 'http: server gave HTTP response to HTTPS client';
    default:
      return error.message;
  }
}
