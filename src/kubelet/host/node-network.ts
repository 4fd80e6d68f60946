import { joinHostPort } from '#machinery/ip.ts';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { formatDuration } from '#machinery/go-values.ts';
import { decodeHealthResponse, encodeHealthRequest } from './grpc-health.ts';
import type { HostNetwork, HttpProbeRequest } from './port.ts';

const bodyBytesMax = 10 * 1_024;
const redirectsMax = 10;

/** Says what went wrong with a connection in the words that Go has for it, since users know those. */
export function dialErrorText(error: NodeJS.ErrnoException, host: string, port: number): string {
  const address = joinHostPort(host, port);
  const reasons: Record<string, string> = {
    ECONNREFUSED: 'connect: connection refused',
    EHOSTUNREACH: 'connect: no route to host',
    ENETUNREACH: 'connect: network is unreachable',
    ETIMEDOUT: 'i/o timeout',
    ENOTFOUND: `lookup ${host}: no such host`,
  };
  const reason = reasons[error.code ?? ''];
  if (reason) return `dial tcp ${address}: ${reason}`;
  if (error.code === 'ECONNRESET') return `read tcp ${address}: read: connection reset by peer`;
  return error.message;
}

/** Why a health check got no answer, as upstream's prober words it. `code`: the name of the error's. */
function healthErrorText(
  error: { readonly details: string },
  code: string | undefined,
  limit: string,
): string {
  if (code === 'UNIMPLEMENTED') {
    return `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.details}`;
  }
  if (code === 'DEADLINE_EXCEEDED') return `timeout: health rpc did not complete within ${limit}`;
  const words = (code ?? 'UNKNOWN').toLowerCase().split('_');
  const name = words.map(word => word[0]!.toUpperCase() + word.slice(1)).join('');
  return `error: health rpc probe failed: rpc error: code = ${name} desc = ${error.details}`;
}

interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
}

function headersOf(request: HttpProbeRequest): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { connection: 'close' };
  for (const { name, value } of request.headers) {
    const key = name.toLowerCase();
    const before = headers[key];
    headers[key] = before === undefined || key === 'host' ? value : [before, value].flat();
  }
  return headers;
}

function getOnce(url: URL, request: HttpProbeRequest, closing: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const module = url.protocol === 'https:' ? https : http;
    const outgoing = module.request(url, {
      headers: headersOf(request),
      agent: false,
      // A probe asks whether the server answers, not who it is; so does upstream.
      rejectUnauthorized: false,
      signal: AbortSignal.any([AbortSignal.timeout(request.timeoutMs), closing]),
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (closing.aborted) return;
      const timedOut =
        error.name === 'AbortError' || error.name === 'TimeoutError' || error.code === 'ABORT_ERR';
      const host = url.hostname.replace(/^\[|\]$/g, '');
      const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
      const text = timedOut
        ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
        : dialErrorText(error, host, port);
      reject(new Error(text));
    });
    outgoing.on('response', response => {
      const chunks: Buffer[] = [];
      let size = 0;
      const done = () => {
        const body = Buffer.concat(chunks).subarray(0, bodyBytesMax).toString('utf8');
        resolve({ status: response.statusCode ?? 0, body, location: response.headers.location });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= bodyBytesMax) {
          done();
          outgoing.destroy();
        }
      });
      response.on('end', done);
      response.on('error', reject);
    });
    outgoing.end();
  });
}

/** Probes over the host's own network. What waits for an answer when it is disposed of waits on, without a connection. */
export class NodeNetwork implements HostNetwork, Disposable {
  readonly #closing = new AbortController();

  [Symbol.dispose](): void {
    this.#closing.abort();
  }

  async httpGet(request: HttpProbeRequest): Promise<{ status: number; body: string }> {
    let url = new URL(request.url);
    for (let redirects = 0; ; redirects++) {
      const answer = await getOnce(url, request, this.#closing.signal);
      if (answer.status < 300 || answer.status >= 400 || !answer.location) return answer;
      const next = new URL(answer.location, url);
      // A redirect to another host is as good as success: what lies there is not the container's.
      if (next.hostname !== url.hostname) return answer;
      if (redirects >= redirectsMax) throw new Error(`stopped after ${redirectsMax} redirects`);
      url = next;
    }
  }

  tcpConnect(host: string, port: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ host, port });
      socket.setTimeout(timeoutMs, () => {
        socket.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' }));
      });
      socket.on('connect', () => {
        socket.destroy();
        resolve();
      });
      socket.on('error', (error: NodeJS.ErrnoException) =>
        reject(new Error(dialErrorText(error, host, port))),
      );
    });
  }

  async grpcHealth(host: string, port: number, service: string, timeoutMs: number): Promise<string> {
    // Loaded late: few pods need it, and it costs start-up time.
    const grpc = await import('@grpc/grpc-js');
    const address = joinHostPort(host, port);
    const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
      'grpc.primary_user_agent': 'kube-probe/1.36',
      'grpc.initial_reconnect_backoff_ms': 100,
    });
    const deadline = new Date(performance.timeOrigin + performance.now() + timeoutMs);
    const limit = formatDuration(BigInt(timeoutMs) * 1_000_000n);
    try {
      await new Promise<void>((resolve, reject) => {
        const late = `timeout: failed to connect service "${address}" within ${limit}: context deadline exceeded`;
        client.waitForReady(deadline, error => (error ? reject(new Error(late)) : resolve()));
      });
      return await new Promise<string>((resolve, reject) => {
        client.makeUnaryRequest(
          '/grpc.health.v1.Health/Check',
          (name: string) => Buffer.from(encodeHealthRequest(name)),
          decodeHealthResponse,
          service,
          { deadline },
          (error, status) => {
            if (error) reject(new Error(healthErrorText(error, grpc.status[error.code], limit)));
            else resolve(status!);
          },
        );
      });
    } finally {
      client.close();
    }
  }
}
