import { constants, createPrivateKey, createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { generateKeyPem, signCertificate } from '#apiserver/pki/certificate.ts';
import { HealthMetrics } from '#apiserver/health-metrics.ts';
import { type HealthCheck, type HealthObserver, answerHealth } from '#apiserver/health.ts';
import { flagzPage } from '#apiserver/zpages/flagz.ts';
import { type Page, answerPage } from '#apiserver/zpages/page.ts';
import { statuszPage } from '#apiserver/zpages/statusz.ts';
import { StatusError } from '#machinery/status.ts';
import type { Flag, FlagValues } from '#cli/core/flags.ts';
import type { Clock } from '#base/clock.ts';
import { inSteps, type Steps } from '#base/steps.ts';
import { TimeSlice } from '#base/time-slice.ts';
import type { Log } from '#base/log.ts';
import { type MetricFamily, familiesOf, metricsContentType, metricsText } from '#base/metric-families.ts';
import type { Caller, DelegatedAccess } from './delegated-access.ts';
import { systemClock } from './system.ts';

/** Configurations by the names that upstream registers them under. */
export type Configz = Readonly<Record<string, object>>;

/**
 * /healthz, /livez and /readyz of a component with their single checks, for everybody; /metrics, /metrics/slis,
 * /metrics/resources, /configz, /flagz and /statusz for whom the API server lets; over TLS.
 */
export interface ComponentServer extends AsyncDisposable {
  readonly port: number;
  /** Adds a check: undefined is well. */
  check(name: string, check: () => string | undefined): void;
  /** Adds to /metrics. */
  tell(families: Iterable<MetricFamily>): void;
  /** What /metrics/resources tells; without, there is no such page. */
  tellResources(text: () => Steps<string>): void;
  /** What /configz shows. */
  configure(configz: Configz): void;
  /** From now on holders of certificates that this CA (PEM) signed are known by them. */
  trust(clientCa: string): void;
}

export function serverFlags(port: number): readonly Flag[] {
  return [
    {
      name: 'bind-address',
      type: 'string',
      default: '127.0.0.1',
      help: 'The address on which health and metrics are served.',
    },
    {
      name: 'secure-port',
      type: 'int',
      default: port,
      help: 'Their port, with TLS; 0: they are not served.',
    },
    { name: 'tls-cert-file', type: 'string', help: 'PEM of their certificate. Default: a self-signed one.' },
    { name: 'tls-private-key-file', type: 'string', help: "PEM of the certificate's key." },
  ];
}

/** Where to listen, and as whom. */
export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM. Default: self-signed. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Undefined where the flags want none. */
export async function listenOptionsOf(flags: FlagValues): Promise<ListenOptions | undefined> {
  const port = flags.int('secure-port');
  if (port === 0) return undefined;
  const [certFile, keyFile] = [flags.string('tls-cert-file'), flags.string('tls-private-key-file')];
  const tls =
    certFile && keyFile
      ? { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') }
      : undefined;
  return { host: flags.string('bind-address'), port, ...(tls ? { tls } : {}) };
}

export interface ComponentServerOptions extends ListenOptions {
  /** 'kube-scheduler': what its pages call it. */
  readonly name: string;
  /** What /flagz tells. */
  readonly flags: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly access: DelegatedAccess;
  readonly log: Log;
}

export async function serveComponent(options: ComponentServerOptions): Promise<ComponentServer> {
  const { host, port, tls = selfSigned(), log } = options;
  const handler = new Handler(options);
  const trusting = (ca: string | undefined) => ({ ...tls, ca: ca === undefined ? [] : [ca] });
  const server: Server = createServer(
    {
      ...trusting(undefined),
      requestCert: true,
      rejectUnauthorized: false,
      // A resumed session has no client certificate to look at.
      secureOptions: constants.SSL_OP_NO_TICKET,
    },
    (request, response) => {
      void handler.answer(request).then(({ status, body, contentType = plainText, headers }) => {
        const all = { 'content-type': contentType, 'x-content-type-options': 'nosniff', ...headers };
        response.writeHead(status, all).end(body);
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  server.on('error', error => log.warn("the component's server failed", { error: error.message }));
  return {
    port: (server.address() as AddressInfo).port,
    check: (name, check) => void handler.checks.push({ name, check }),
    tell: families => void handler.told.push(families),
    tellResources: text => {
      handler.resources = text;
    },
    configure: configz => {
      handler.configz = configz;
    },
    trust: clientCa => server.setSecureContext(trusting(clientCa)),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Reply {
  readonly status: number;
  readonly body: string;
  /** Default: plain text. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const plainText = 'text/plain; charset=utf-8';
const noSuchPage: Reply = { status: 404, body: '404 page not found\n' };
const paths = [
  '/configz',
  '/flagz',
  '/healthz',
  '/livez',
  '/metrics',
  '/metrics/slis',
  '/readyz',
  '/statusz',
];

class Handler {
  readonly checks: HealthCheck[] = [{ name: 'ping', check: () => undefined }];
  readonly told: Iterable<MetricFamily>[] = [];
  configz: Configz = {};
  /** Undefined where there is no such page. */
  resources: (() => Steps<string>) | undefined;
  readonly #slice: TimeSlice;
  readonly #health = new HealthMetrics();
  readonly #options: ComponentServerOptions;
  readonly #access: DelegatedAccess;
  readonly #log: Log;
  readonly #startedAtMs: number;

  constructor(options: ComponentServerOptions) {
    this.#options = options;
    this.#access = options.access;
    this.#slice = new TimeSlice(options.clock);
    this.#log = options.log;
    this.#startedAtMs = options.clock.now();
  }

  /** Never rejects. */
  async answer(request: IncomingMessage): Promise<Reply> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'https://component');
    const method = request.method ?? 'GET';
    try {
      const refusal = await this.#refusal(request, method.toLowerCase(), pathname);
      if (refusal) return refusal;
    } catch (error) {
      this.#log.warn('the API server did not say who may read this', {
        path: pathname,
        error: String(error),
      });
      return refused(500, 'InternalError', 'Internal error occurred: access could not be checked');
    }
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, body: 'Method Not Allowed\n' };
    try {
      return await this.#page(pathname, searchParams, request.headers.accept);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      return refused(error.code, error.status.reason ?? '', error.message);
    }
  }

  #page(path: string, query: URLSearchParams, accept: string | undefined): Reply | Promise<Reply> {
    if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) {
      const observe: HealthObserver = (...told) => this.#health.observe(...told);
      return answerHealth(path, query, this.checks, observe) ?? noSuchPage;
    }
    if (path === '/metrics') return metricsOf(familiesOf(...this.told));
    if (path === '/metrics/resources' && this.resources) return this.#resources(this.resources());
    if (path === '/metrics/slis') return metricsOf(this.#health.families);
    if (path === '/configz') {
      return { status: 200, body: JSON.stringify(this.configz), contentType: 'application/json' };
    }
    const { name, flags } = this.#options;
    if (path === '/flagz') return { status: 200, ...answerPage(flagzPage(name, flags), accept) };
    if (path === '/statusz') return { status: 200, ...answerPage(this.#statusz, accept) };
    return noSuchPage;
  }

  async #resources(text: Steps<string>): Promise<Reply> {
    const body = await inSteps(text, () => this.#slice.breathe());
    return { status: 200, body, contentType: metricsContentType };
  }

  get #statusz(): Page {
    const { name, clock } = this.#options;
    return statuszPage({ component: name, startedAtMs: this.#startedAtMs, nowMs: clock.now(), paths });
  }

  async #refusal(request: IncomingMessage, verb: string, path: string): Promise<Reply | undefined> {
    if (this.#access.isOpen(path)) return undefined;
    const caller = certified(request) ?? (await this.#access.caller(bearerToken(request)));
    if (!caller) return refused(401, 'Unauthorized', 'Unauthorized');
    if (await this.#access.mayRead(caller, verb, path)) return undefined;
    const message = `forbidden: User ${JSON.stringify(caller.username)} cannot ${verb} path ${JSON.stringify(path)}`;
    return refused(403, 'Forbidden', message);
  }
}

function metricsOf(families: Iterable<MetricFamily>): Reply {
  return { status: 200, body: metricsText(families), contentType: metricsContentType };
}

/** A Status, as the API server would answer. */
function refused(code: number, reason: string, message: string): Reply {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return { status: code, body: `${JSON.stringify(status)}\n`, contentType: 'application/json' };
}

function bearerToken({ headers }: IncomingMessage): string | undefined {
  const [scheme, token] = headers.authorization?.split(' ') ?? [];
  return scheme?.toLowerCase() === 'bearer' ? (token ?? '') : undefined;
}

/** Who a certificate says that its holder is; undefined: none, or one that no trusted CA signed. */
function certified({ socket }: IncomingMessage): Caller | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { CN, O } = socket.getPeerCertificate().subject ?? {};
  if (typeof CN !== 'string') return undefined;
  return { username: CN, groups: [...(O === undefined ? [] : [O].flat()), 'system:authenticated'] };
}

const yearMs = 365 * 24 * 60 * 60_000;

function selfSigned(): { cert: string; key: string } {
  const key = generateKeyPem();
  const now = systemClock.now();
  const options = {
    subject: { commonName: 'localhost' },
    dnsNames: ['localhost'],
    ips: ['127.0.0.1', '::1'],
    publicKey: createPublicKey(key),
    notBeforeMs: now - 60_000,
    notAfterMs: now + yearMs,
    usage: 'server',
  } as const;
  return { key, cert: signCertificate(options, { key: createPrivateKey(key) }) };
}
