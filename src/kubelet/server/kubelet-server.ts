import { constants } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { MetricFamily } from '#base/metric-families.ts';
import { StatusError, statusError } from '#machinery/status.ts';
import type { Kubelet } from '../kubelet.ts';
import { UpgradeError } from '../streaming/upgrade.ts';
import { type NodeAccess, refusal } from './access.ts';
import { replyTo } from './replies.ts';
import { streamTarget } from './stream-target.ts';
import { refuse, UpgradeHandler } from './upgrade-handler.ts';

export interface KubeletServerOptions {
  /** May be attached later: its node's status names the port that this server listens on. */
  readonly kubelet?: Kubelet;
  /** Default '0.0.0.0'. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls: KubeletServerTls;
  /** Default: administrators alone, by their certificates. */
  readonly access?: NodeAccess;
  /** Adds to /metrics. */
  readonly metrics?: readonly MetricFamily[];
  readonly clock: Clock;
  readonly log: Log;
}

/** PEM of the server's own certificate and key, and of the CA that signs clients' certificates. */
export interface KubeletServerTls {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string;
}

export interface KubeletServer extends AsyncDisposable {
  readonly port: number;
  /** From now on requests are answered; before, they are told to come back. */
  attach(kubelet: Kubelet): void;
  /** For connections from now on; those that there are go on. */
  renew(tls: KubeletServerTls): void;
}

function secureContext({ cert, key, clientCa }: KubeletServerTls) {
  return {
    cert,
    key,
    ca: clientCa,
    minVersion: 'TLSv1.2',
    // A session that is resumed is as authorized as it was, also where the certificate has run out since.
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const;
}

/** Go's http.DefaultMaxHeaderBytes: what exec is to run is all in the URL. */
const headerBytesMax = 1024 * 1024;

/** Serves the node's own API over TLS: logs, exec, attach, port forwarding, pods and figures. */
export async function startKubeletServer(options: KubeletServerOptions): Promise<KubeletServer> {
  const handler = new KubeletHandler(options);
  const sockets = new Set<Duplex>();
  const server = https.createServer(
    {
      ...secureContext(options.tls),
      requestCert: true,
      rejectUnauthorized: false,
      maxHeaderSize: headerBytesMax,
    },
    (request, response) => void handler.request(request, response),
  );
  server.on('upgrade', (request, socket, head) => void handler.upgrade(request, socket, head));
  server.on('tlsClientError', (error, socket) => {
    options.log.debug('TLS handshake failed', { error: error.message });
    socket.destroy();
  });
  server.on('secureConnection', socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', error => options.log.debug('connection failed', { error: error.message }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '0.0.0.0', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    attach: kubelet => handler.attach(kubelet),
    renew: tls => server.setSecureContext(secureContext(tls)),
    [Symbol.asyncDispose]: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

class KubeletHandler {
  readonly #options: KubeletServerOptions;
  readonly #upgrades: UpgradeHandler;
  #kubelet: Kubelet | undefined;

  constructor(options: KubeletServerOptions) {
    this.#options = options;
    this.#kubelet = options.kubelet;
    this.#upgrades = new UpgradeHandler(options);
  }

  attach(kubelet: Kubelet): void {
    this.#kubelet = kubelet;
  }

  async request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'https://node');
      const refused = await refusal(request, url.pathname, this.#options.access);
      if (refused) answer(response, refused.status, refused.message);
      else await this.#route(request, response, url);
    } catch (error) {
      const [status, message] = failure(error);
      if (response.headersSent) response.destroy();
      else answer(response, status, message);
    }
  }

  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    try {
      const url = new URL(request.url ?? '/', 'https://node');
      const refused = await refusal(request, url.pathname, this.#options.access);
      if (refused) return refuse(socket, refused.status, refused.message);
      const target = await streamTarget(this.#required(), url);
      if (!target) return refuse(socket, 404, '404 page not found');
      await this.#upgrades.handle(request, socket, head, target);
    } catch (error) {
      const [status, message] = failure(error);
      this.#upgrades.refuse(request, socket, head, status, message);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(response, 405, 'Method Not Allowed');
    if (url.pathname === '/healthz') return answer(response, 200, 'ok');
    const reply = await replyTo(this.#required(), url, this.#options.metrics ?? []);
    if (!reply) return answer(response, 404, '404 page not found');
    const { body, contentType } = reply;
    if (typeof body === 'string') return answer(response, 200, body, contentType);
    await stream(response, contentType, body);
  }

  #required(): Kubelet {
    if (!this.#kubelet) throw statusError.unavailable('the kubelet is starting');
    return this.#kubelet;
  }
}

async function stream(
  response: ServerResponse,
  contentType: string,
  open: (signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>,
): Promise<void> {
  const abort = new AbortController();
  response.on('close', () => abort.abort());
  const body = await open(abort.signal);
  response.writeHead(200, { 'content-type': contentType });
  response.flushHeaders();
  try {
    await pipeline(body, response);
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  }
}

function failure(error: unknown): [number, string] {
  if (error instanceof StatusError) return [error.code, error.message];
  if (error instanceof UpgradeError) return [error.status, error.message];
  return [500, error instanceof Error ? error.message : String(error)];
}

function answer(
  response: ServerResponse,
  status: number,
  text: string,
  contentType = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': contentType });
  response.end(text);
}
