import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type Socket, connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { trusting } from '#client/trust.ts';
import type { Backend, BackendAnswer, BackendRequest, Backends, BackendTls } from './backends.ts';

const dialMsMax = 30_000;
const idleMsMax = 90_000;

/** Servers on the network. Dispose to close the connections that are kept. */
export function createBackends(): Backends {
  const plain = new HttpAgent({ keepAlive: true, timeout: idleMsMax });
  const secure = new HttpsAgent({ keepAlive: true, timeout: idleMsMax });
  return {
    request: request => send(request, { plain, secure }),
    connect: dial,
    [Symbol.dispose]: () => {
      plain.destroy();
      secure.destroy();
    },
  };
}

function tlsOptions({ ca, serverName, insecure, key, cert }: BackendTls) {
  return {
    ...trusting(ca || undefined),
    ...(key && cert ? { key, cert } : {}),
    ...(serverName ? { servername: serverName } : {}),
    rejectUnauthorized: !insecure,
  };
}

function send(
  request: BackendRequest,
  agents: { readonly plain: HttpAgent; readonly secure: HttpsAgent },
): Promise<BackendAnswer> {
  return attempt(request, agents).catch(error => {
    // An idle connection may be closed just as it is used again: what has not been answered is read once more.
    if (!(error instanceof StaleConnectionError)) throw error;
    if (request.method !== 'GET' && request.method !== 'HEAD') throw error.cause;
    return attempt(request, agents);
  });
}

class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError';
}

function attempt(
  { backend, method, path, headers, body, signal }: BackendRequest,
  { plain, secure }: { readonly plain: HttpAgent; readonly secure: HttpsAgent },
): Promise<BackendAnswer> {
  const { host, port, tls } = backend;
  // Node gives the length of a body by itself for some methods only.
  const length = body ? { 'content-length': String(body.length) } : {};
  const sent = { ...headers, ...length } as Record<string, string | string[]>;
  const common = { host, port, path, method, headers: sent, signal };
  return new Promise((resolve, reject) => {
    const call = tls
      ? httpsRequest({ ...common, agent: secure, ...tlsOptions(tls) })
      : httpRequest({ ...common, agent: plain });
    // It is kept all the same.
    call.removeHeader('connection');
    call.on('error', error => {
      const isStale = call.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      reject(isStale ? new StaleConnectionError(error.message, { cause: error }) : error);
    });
    call.on('response', response => resolve(answerOf(response)));
    call.end(body);
  });
}

function answerOf(response: IncomingMessage): BackendAnswer {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = value;
  }
  return { status: response.statusCode ?? 502, headers, body: response };
}

function dial({ host, port, tls }: Backend): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket: Socket = tls
      ? connectTls({ host, port, ALPNProtocols: ['http/1.1'], ...tlsOptions(tls) })
      : connectTcp({ host, port });
    const timer = setTimeout(() => socket.destroy(new Error('i/o timeout')), dialMsMax);
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
    socket.once('close', () => clearTimeout(timer));
  });
}
