import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { generateKeyPem, signCertificate } from '#apiserver/pki/certificate.ts';
import type { Flag, FlagValues } from '#cli/core/flags.ts';
import type { Log } from '#base/log.ts';
import { systemClock } from './system.ts';

/** /healthz, /livez and /readyz of a component, over TLS. They tell nobody anything but whether it is well. */
export interface HealthServer extends AsyncDisposable {
  readonly port: number;
  /** Adds a check: undefined is well. */
  check(name: string, check: () => string | undefined): void;
}

export function healthFlags(port: number): readonly Flag[] {
  return [
    {
      name: 'bind-address',
      type: 'string',
      default: '127.0.0.1',
      help: 'The address on which /healthz, /livez and /readyz are served.',
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

/** Undefined where the flags want none. */
export async function openHealthServer(flags: FlagValues, log: Log): Promise<HealthServer | undefined> {
  const port = flags.int('secure-port');
  if (port === 0) return undefined;
  const [certFile, keyFile] = [flags.string('tls-cert-file'), flags.string('tls-private-key-file')];
  const tls =
    certFile && keyFile
      ? { cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') }
      : undefined;
  return serveHealth({ ...(tls ? { tls } : {}), host: flags.string('bind-address'), port, log });
}

export interface HealthServerOptions {
  /** PEM. Default: self-signed. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: Log;
}

export async function serveHealth({ tls, host, port, log }: HealthServerOptions): Promise<HealthServer> {
  const checks = new Map<string, () => string | undefined>();
  const server = createServer(tls ?? selfSigned(), (request, response) => {
    const answer = answerTo(request.url ?? '', checks);
    response.writeHead(answer.status, { 'content-type': 'text/plain; charset=utf-8' }).end(answer.body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  server.on('error', error => log.warn('the health server failed', { error: error.message }));
  return {
    port: (server.address() as AddressInfo).port,
    check: (name, check) => void checks.set(name, check),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** As upstream prints it: 'ok', with ?verbose each check; what is wrong is told by name alone. */
function answerTo(
  url: string,
  checks: ReadonlyMap<string, () => string | undefined>,
): { readonly status: number; readonly body: string } {
  const { pathname, searchParams } = new URL(url, 'https://component');
  const name = pathname.slice(1);
  if (!['healthz', 'livez', 'readyz'].includes(name)) return { status: 404, body: '404 page not found\n' };
  const lines = ['[+]ping ok'];
  let failed = false;
  for (const [check, run] of checks) {
    const wrong = run() !== undefined;
    failed ||= wrong;
    lines.push(wrong ? `[-]${check} failed: reason withheld` : `[+]${check} ok`);
  }
  if (failed) return { status: 500, body: `${lines.join('\n')}\n${name} check failed\n` };
  if (searchParams.has('verbose'))
    return { status: 200, body: `${lines.join('\n')}\n${name} check passed\n` };
  return { status: 200, body: 'ok' };
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
