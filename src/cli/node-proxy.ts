import { createReadStream } from 'node:fs';
import { lstat, readdir, stat, unlink } from 'node:fs/promises';
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { extname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import { trusting } from '#client/trust.ts';
import type { ConnectionTarget, LocalProxy, ProxyOptions } from './core/connection.ts';
import type { ProxyRoute } from './core/proxy-routes.ts';
import { CliError } from './errors.ts';

/** Headers that are about one connection alone (RFC 9110, 7.6.1). */
const connectionHeaders = [
  'connection',
  'proxy-connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Serves HTTP on this machine and passes on to the API server what the route says, with the target's credentials. */
export async function startProxy(
  target: ConnectionTarget,
  credentials: Record<string, string | string[]>,
  options: ProxyOptions,
): Promise<LocalProxy> {
  const forwarder = new Forwarder(target, credentials, options);
  const server = createServer((request, response) => forwarder.answer(request, response));
  server.on('upgrade', (request, socket, head) => forwarder.upgrade(request, socket, head));
  const address = await listen(server, options);
  return {
    address,
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function listen(server: ReturnType<typeof createServer>, options: ProxyOptions): Promise<string> {
  const { socket } = options;
  const where = socket ? `unix ${socket}` : `tcp ${shownAddress(options.address!, options.port!)}`;
  if (socket && (await lstat(socket).catch(() => undefined))?.isSocket()) await unlink(socket);
  // Only the user may reach the socket.
  const umask = socket ? process.umask(0o077) : undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(new CliError(`listen ${where}: bind: ${goMessage(error)}`)),
      );
      if (socket) server.listen(socket, resolve);
      else server.listen(options.port, options.address, resolve);
    });
  } finally {
    if (umask !== undefined) process.umask(umask);
  }
  const bound = server.address();
  return typeof bound === 'object' && bound ? shownAddress(bound.address, bound.port) : socket!;
}

function shownAddress(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function goMessage({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'address already in use';
  if (code === 'EADDRNOTAVAIL') return 'cannot assign requested address';
  return code === 'EACCES' ? 'permission denied' : message;
}

class Forwarder {
  readonly #target: ConnectionTarget;
  readonly #credentials: Record<string, string | string[]>;
  readonly #options: ProxyOptions;

  constructor(
    target: ConnectionTarget,
    credentials: Record<string, string | string[]>,
    options: ProxyOptions,
  ) {
    this.#target = target;
    this.#credentials = credentials;
    this.#options = options;
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const route = this.#routeOf(request);
    if (route.to === 'client') refuse(response, route);
    else if (route.to === 'server') this.#passOn(request, response, route.path);
    else sendFile(this.#options.files, route.path, response).catch(error => this.#fail(response, error));
  }

  #passOn(request: IncomingMessage, response: ServerResponse, path: string): void {
    const headers = withoutConnection(request.headers);
    const client = request.socket.remoteAddress;
    if (client) headers['x-forwarded-for'] = client;
    const outgoing = this.#request(request.method ?? 'GET', path, headers);
    outgoing.on('response', answer => {
      response.writeHead(answer.statusCode!, withoutConnection(answer.headers));
      response.flushHeaders();
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    outgoing.on('error', error => this.#fail(response, error));
    response.on('close', () => outgoing.destroy());
    request.pipe(outgoing);
  }

  /** What the client upgrades to (a WebSocket, SPDY) is between it and the server. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const route = this.#routeOf(request);
    if (route.to !== 'server') {
      const status = route.to === 'client' ? route.status : 400;
      socket.end(`HTTP/1.1 ${status} \r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      return;
    }
    const { host: _, ...headers } = request.headers;
    const outgoing = this.#request(request.method ?? 'GET', route.path, headers);
    const keepaliveMs = this.#options.keepaliveMs;
    outgoing.on('socket', one => keepaliveMs > 0 && one.setKeepAlive(true, keepaliveMs));
    outgoing.on('upgrade', (answer, upstream: Duplex, first: Buffer) => {
      socket.write(headOf(answer));
      if (first.length > 0) socket.write(first);
      if (head.length > 0) upstream.write(head);
      upstream.on('error', () => socket.destroy());
      socket.on('close', () => upstream.destroy());
      upstream.on('close', () => socket.destroy());
      upstream.pipe(socket).pipe(upstream);
    });
    outgoing.on('response', answer => {
      socket.write(headOf(answer));
      answer.pipe(socket);
    });
    outgoing.on('error', error => {
      this.#options.failed(error);
      socket.end('HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    });
    socket.on('close', () => outgoing.destroy());
    outgoing.end();
  }

  #routeOf({ method = 'GET', url = '/', headers }: IncomingMessage): ProxyRoute {
    return this.#options.route({ method, url, host: headers.host ?? '' });
  }

  #request(method: string, path: string, headers: RequestOptions['headers']) {
    const url = new URL(this.#target.server);
    const secure = url.protocol === 'https:';
    const base = this.#options.appendsServerPath ? url.pathname.replace(/\/$/, '') : '';
    const given = headers as Record<string, string | string[] | undefined>;
    const options: RequestOptions & { servername?: string; rejectUnauthorized?: boolean } = {
      ...(secure ? (trusting(this.#target.certificateAuthority) as object) : {}),
      ...(secure ? { cert: this.#target.clientCertificate, key: this.#target.clientKey } : {}),
      servername: this.#target.tlsServerName,
      rejectUnauthorized: !this.#target.insecureSkipTlsVerify,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (secure ? 443 : 80),
      method,
      path: base + path,
      // Who brings a name of his own goes by that.
      headers: { ...(given.authorization ? {} : this.#credentials), ...given, host: url.host },
    };
    return (secure ? httpsRequest : httpRequest)(options);
  }

  #fail(response: ServerResponse, error: Error): void {
    if (response.destroyed) return;
    this.#options.failed(error);
    if (response.headersSent) response.destroy();
    else refuse(response, { status: 500, text: `${error.message}\n` });
  }
}

function withoutConnection(headers: IncomingMessage['headers']): Record<string, string | string[]> {
  const named = String(headers.connection ?? '')
    .toLowerCase()
    .split(/\s*,\s*/);
  const kept = Object.entries(headers).filter(
    ([name, value]) => value !== undefined && !connectionHeaders.includes(name) && !named.includes(name),
  );
  return Object.fromEntries(kept) as Record<string, string | string[]>;
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function refuse(
  response: ServerResponse,
  { status, text, location }: { status: number; text: string; location?: string },
): void {
  const type = { 'content-type': `text/${location ? 'html' : 'plain'}; charset=utf-8` };
  response.writeHead(status, {
    ...(text === '' ? {} : type),
    ...(location ? { location } : { 'x-content-type-options': 'nosniff' }),
  });
  response.end(text);
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.htm': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.xml': 'text/xml; charset=utf-8',
};

/** A file, a folder's index.html, or the list of what is in it. */
async function sendFile(root: string, path: string, response: ServerResponse): Promise<void> {
  const full = join(root, path);
  const found = await stat(full).catch(() => undefined);
  if (!found) return refuse(response, { status: 404, text: '404 page not found\n' });
  if (path.endsWith('/index.html')) return refuse(response, { status: 301, text: '', location: './' });
  if (found.isDirectory() !== path.endsWith('/')) {
    const name = path.split('/').filter(Boolean).at(-1) ?? '';
    const location = found.isDirectory() ? `${name}/` : `../${name}`;
    return refuse(response, { status: 301, text: '', location: encodeURI(location) });
  }
  if (!found.isDirectory()) return streamFile(full, found.size, response);
  const index = join(full, 'index.html');
  const page = await stat(index).catch(() => undefined);
  if (page?.isFile()) return streamFile(index, page.size, response);
  const entries = await readdir(full, { withFileTypes: true });
  const names = entries.map(entry => entry.name + (entry.isDirectory() ? '/' : '')).sort();
  const links = names.map(name => `<a href="${encodeURI(name)}">${escaped(name)}</a>\n`);
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(
    `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${links.join('')}</pre>\n`,
  );
}

function streamFile(path: string, size: number, response: ServerResponse): void {
  const type = types[extname(path).toLowerCase()] ?? 'application/octet-stream';
  response.writeHead(200, { 'content-type': type, 'content-length': size });
  createReadStream(path)
    .on('error', () => response.destroy())
    .pipe(response);
}

function escaped(text: string): string {
  return text.replace(/[<>&"']/g, char => `&#${char.charCodeAt(0)};`);
}
