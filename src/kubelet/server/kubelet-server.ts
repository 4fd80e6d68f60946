import { constants } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TLSSocket } from 'node:tls';
import type { Log } from '#base/log.ts';
import { StatusError, statusError } from '#machinery/status.ts';
import type { Kubelet } from '../kubelet.ts';
import { UpgradeError } from '../streaming/upgrade.ts';
import { openContainerLog } from './container-log.ts';
import { resourceMetrics, statsSummary } from './stats.ts';
import { streamTarget } from './stream-target.ts';
import { refuse, UpgradeHandler } from './upgrade-handler.ts';

/** Who a client certificate says its holder is. */
export interface Caller {
  readonly name: string;
  readonly groups: readonly string[];
}

export interface KubeletServerOptions {
  /** May be attached later: its node's status names the port that this server listens on. */
  readonly kubelet?: Kubelet;
  /** Default '0.0.0.0'. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM of the server's own certificate and key. */
  readonly cert: string;
  readonly key: string;
  /** PEM of the CA that signs clients' certificates. */
  readonly clientCa: string;
  /** Default: the groups of administrators, and the API server by the name of its kubelet client's certificate. */
  readonly authorize?: (caller: Caller, verb: string, path: string) => boolean | Promise<boolean>;
  readonly log: Log;
}

export interface KubeletServer extends AsyncDisposable {
  readonly port: number;
  /** From now on requests are answered; before, they are told to come back. */
  attach(kubelet: Kubelet): void;
}

const anonymousPaths: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz']);

/** Serves the node's own API over TLS: logs, exec, attach, port forwarding, pods and figures. */
export async function startKubeletServer(options: KubeletServerOptions): Promise<KubeletServer> {
  const handler = new KubeletHandler(options);
  const sockets = new Set<Duplex>();
  const server = https.createServer(
    {
      cert: options.cert,
      key: options.key,
      ca: options.clientCa,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      // A resumed session has no client certificate to look at.
      secureOptions: constants.SSL_OP_NO_TICKET,
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
    this.#upgrades = new UpgradeHandler(options.log);
  }

  attach(kubelet: Kubelet): void {
    this.#kubelet = kubelet;
  }

  async request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'https://node');
      const refusal = await this.#refusal(request, url);
      if (refusal) answer(response, refusal.status, refusal.message);
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
      const refusal = await this.#refusal(request, url);
      if (refusal) return refuse(socket, refusal.status, refusal.message);
      const target = await streamTarget(this.#required(), url);
      if (!target) return refuse(socket, 404, '404 page not found');
      await this.#upgrades.handle(request, socket, head, target);
    } catch (error) {
      const [status, message] = failure(error);
      refuse(socket, status, message);
    }
  }

  async #refusal(
    request: IncomingMessage,
    url: URL,
  ): Promise<{ status: number; message: string } | undefined> {
    if (anonymousPaths.has(url.pathname)) return undefined;
    const caller = callerOf(request);
    if (!caller) return { status: 401, message: 'Unauthorized' };
    const authorize = this.#options.authorize ?? administratorsOnly;
    if (await authorize(caller, request.method ?? 'GET', url.pathname)) return undefined;
    return {
      status: 403,
      message: `Forbidden (user=${caller.name}, verb=${request.method}, path=${url.pathname})`,
    };
  }

  async #route(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const [first, ...rest] = url.pathname.split('/').slice(1).map(decodeURIComponent);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(response, 405, 'Method Not Allowed');
    if (anonymousPaths.has(url.pathname)) return answer(response, 200, 'ok');
    const kubelet = this.#required();
    if (first === 'pods') {
      return json(response, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: kubelet.pods() });
    }
    if (url.pathname === '/stats/summary') return json(response, await statsSummary(kubelet));
    if (url.pathname === '/metrics/resource') {
      return answer(
        response,
        200,
        await resourceMetrics(kubelet),
        'text/plain; version=0.0.4; charset=utf-8',
      );
    }
    if (first === 'containerLogs' && rest.length === 3) return this.#logs(response, url, rest);
    answer(response, 404, '404 page not found');
  }

  #required(): Kubelet {
    if (!this.#kubelet) throw statusError.unavailable('the kubelet is starting');
    return this.#kubelet;
  }

  async #logs(response: ServerResponse, url: URL, path: string[]): Promise<void> {
    const [namespace = '', pod = '', container = ''] = path;
    const abort = new AbortController();
    response.on('close', () => abort.abort());
    const request = { namespace, pod, container, query: url.searchParams, signal: abort.signal };
    const log = await openContainerLog(this.#required(), request);
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    try {
      await pipeline(log, response);
    } catch (error) {
      if (!abort.signal.aborted) throw error;
    }
  }
}

/** The client, by a certificate of ours; undefined: none, or one of somebody else. */
function callerOf(request: IncomingMessage): Caller | undefined {
  const { socket } = request;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { CN, O } = socket.getPeerCertificate().subject ?? {};
  const groups = O === undefined ? [] : [O].flat();
  return typeof CN === 'string' ? { name: CN, groups } : undefined;
}

const administrators: ReadonlySet<string> = new Set(['system:masters', 'kubeadm:cluster-admins']);

function administratorsOnly({ name, groups }: Caller): boolean {
  return name === 'kube-apiserver-kubelet-client' || groups.some(group => administrators.has(group));
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

function json(response: ServerResponse, value: unknown): void {
  answer(response, 200, JSON.stringify(value), 'application/json');
}
