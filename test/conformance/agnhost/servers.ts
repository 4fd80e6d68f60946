import { createSocket } from 'node:dgram';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';

type Answer = (request: IncomingMessage, url: URL) => string | undefined;

const answers: Readonly<Record<string, Answer>> = {
  '/': () => 'ok',
  '/clientip': request =>
    `${request.socket.remoteAddress?.replace('::ffff:', '')}:${request.socket.remotePort}`,
  '/echo': (_, url) => url.searchParams.get('msg') ?? '',
  '/header': (request, url) => String(request.headers[url.searchParams.get('key') ?? ''] ?? ''),
  '/healthz': () => 'ok',
  '/hostname': () => hostname(),
};

/** Answers what the path asks for; an unknown path with what was asked, as JSON. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://here');
  console.log(`${request.method} ${request.url}`);
  const known = request.method === 'GET' ? answers[url.pathname]?.(request, url) : undefined;
  if (url.pathname === '/redirect') response.writeHead(302, { location: url.searchParams.get('to') ?? '/' });
  response.end(known ?? JSON.stringify({ method: request.method, path: url.pathname }));
}

/** `netexec [--http-port N] [--udp-port N]`: HTTP, and UDP that knows "hostname", "clientip" and "echo WORDS". */
export function netexec(args: readonly string[]): void {
  const { values } = parseArgs({
    args: [...args],
    options: { 'http-port': { type: 'string' }, 'udp-port': { type: 'string' } },
  });
  createServer(answer).listen(Number(values['http-port'] ?? 8080));
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const text = message.toString().trim();
    const known = { hostname: hostname(), clientip: `${from.address}:${from.port}` }[text];
    socket.send(known ?? text.replace(/^echo /, ''), from.port, from.address);
  });
  socket.bind(Number(values['udp-port'] ?? 8081));
}

/** `liveness [SECONDS]`: /healthz is well for so long (10 by default), then fails. */
export function liveness([seconds = '10']: readonly string[]): void {
  const startedAtMs = Date.now();
  createServer((_, response) => {
    const ageSeconds = (Date.now() - startedAtMs) / 1_000;
    response.statusCode = ageSeconds > Number(seconds) ? 500 : 200;
    response.end(`${ageSeconds}`);
  }).listen(8080);
}

/** One HealthCheckResponse of grpc.health.v1 with status SERVING, in its length-prefixed frame. */
const serving = Buffer.from([0, 0, 0, 0, 2, 8, 1]);

/** `grpc-health [PORT]`: the standard health service, always SERVING. */
export function grpcHealth([port = '5000']: readonly string[]): void {
  const server = createHttp2Server();
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const known = headers[':path'] === '/grpc.health.v1.Health/Check';
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': known ? '0' : '12' }));
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.end(known ? serving : undefined);
  });
  server.listen(Number(port));
}
