import { joinHostPort } from '#machinery/ip.ts';
import type { Duplex } from 'node:stream';

/** How a backend proves who it is, and how this server does to it. PEM. */
export interface BackendTls {
  /** Absent: the platform's authorities. */
  readonly ca?: string;
  /** The name that its certificate must hold; absent: its host. */
  readonly serverName?: string;
  /** Any certificate will do. */
  readonly insecure?: boolean;
  readonly key?: string;
  readonly cert?: string;
}

/** A server that requests are passed on to. */
export interface Backend {
  readonly host: string;
  readonly port: number;
  /** Absent: plain HTTP. */
  readonly tls?: BackendTls;
}

export type HeaderLists = Readonly<Record<string, string | readonly string[]>>;

export interface BackendRequest {
  readonly backend: Backend;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: HeaderLists;
  readonly body?: Uint8Array;
  readonly signal: AbortSignal;
}

export interface BackendAnswer {
  readonly status: number;
  readonly headers: HeaderLists;
  /** As it is read. Whoever stops early ends the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** A server that takes over a client's connection. */
export interface UpgradeTarget {
  /** The Host header. */
  readonly authority: string;
  /** With its query. */
  readonly path: string;
  /** Added to the client's, after whatever else has these names is dropped. */
  readonly headers: HeaderLists;
  connect(): Promise<Duplex>;
}

/** The way to servers that this one stands in front of: pods, services, nodes, extension API servers. */
export interface Backends extends Disposable {
  /** Rejects with what the platform says when there is no answer. */
  request(request: BackendRequest): Promise<BackendAnswer>;
  /** A connection on which an HTTP request may be written, to be upgraded. */
  connect(backend: Backend): Promise<Duplex>;
}

/** For API servers without a network, as in simulations. */
export const noBackends: Backends = {
  request: () => Promise.reject(new Error('this API server reaches no network')),
  connect: () => Promise.reject(new Error('this API server reaches no network')),
  [Symbol.dispose]: () => undefined,
};

/** A connection to be upgraded. Rejects in the words that upstream's clients know. */
export async function connectTo(backends: Backends, backend: Backend): Promise<Duplex> {
  try {
    return await backends.connect(backend);
  } catch (error) {
    throw new Error(failureText(error, backend), { cause: error });
  }
}

export function hostPort({ host, port }: Pick<Backend, 'host' | 'port'>): string {
  return joinHostPort(host, port);
}

export function urlOf(backend: Backend, path: string): string {
  return `${backend.tls ? 'https' : 'http'}://${hostPort(backend)}${path}`;
}

/** The system's word for a failed connection, as Go's net package tells it. */
const connectTexts: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
};

const certificateTexts: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: 'x509: certificate signed by unknown authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'x509: certificate signed by unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'x509: certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'x509: certificate signed by unknown authority',
  CERT_SIGNATURE_FAILURE: 'x509: certificate signed by unknown authority',
  CERT_HAS_EXPIRED: 'x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'x509: certificate has expired or is not yet valid',
};

/** Why there was no answer, in the words that upstream's clients know. */
export function failureText(error: unknown, backend: Backend): string {
  const { code = '', message, errors } = error as NodeJS.ErrnoException & { errors?: unknown[] };
  if (errors?.length) return failureText(errors[0], backend);
  const at = hostPort(backend);
  if (message === 'socket hang up') return 'EOF';
  if (code in connectTexts) return `dial tcp ${at}: connect: ${connectTexts[code]}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `dial tcp: lookup ${backend.host}: no such host`;
  if (code in certificateTexts) return `tls: failed to verify certificate: ${certificateTexts[code]}`;
  if (code === 'EPROTO' && /wrong version number|packet length/i.test(message))
    return 'tls: first record does not look like a TLS handshake';
  return message;
}
