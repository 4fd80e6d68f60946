import { type Agent, Agent as HttpsAgent, request } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { type ConnectionOptions, type TLSSocket, connect as connectTls } from 'node:tls';
import { parseKubeConfig } from '#client/kubeconfig.ts';
import { parseExactJson } from '#machinery/json-parse.ts';
import type { Status } from '#machinery/status.ts';
import { type Cluster, type StartClusterOptions, startCluster } from '#main/embedded.ts';

export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON. */
  readonly json: Record<string, unknown> & Partial<Status>;
}

export interface WireRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** Strings and bytes as they are; anything else as JSON. */
  readonly body?: unknown;
  readonly agent?: Agent;
  /** Without the client certificate. */
  readonly anonymous?: boolean;
}

/** Ways to send a server exactly the bytes that a test means. */
export class Wire {
  readonly kubeconfig: string;
  readonly port: number;
  readonly tls: ConnectionOptions;

  constructor(kubeconfig: string) {
    this.kubeconfig = kubeconfig;
    const config = parseKubeConfig(kubeconfig);
    const server = config.clusters![0]!.cluster!;
    const user = config.users![0]!.user!;
    this.port = Number(new URL(server.server!).port);
    const pem = (data: unknown) => Buffer.from(String(data), 'base64').toString();
    this.tls = {
      host: '127.0.0.1',
      port: this.port,
      ca: pem(server['certificate-authority-data']),
      cert: pem(user['client-certificate-data']),
      key: pem(user['client-key-data']),
    };
  }

  /** One request over HTTP/1.1; by default on a connection of its own. */
  send({ method = 'GET', path, headers = {}, body, agent, anonymous }: WireRequest): Promise<WireAnswer> {
    const sent = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
    const bytes = Buffer.from(sent ? ((body ?? '') as string) : JSON.stringify(body));
    const length = body === undefined ? {} : { 'content-length': String(bytes.length) };
    const type =
      body === undefined || 'content-type' in headers ? {} : { 'content-type': 'application/json' };
    return new Promise((resolve, reject) => {
      const call = request(
        {
          ...this.tls,
          ...(anonymous ? { cert: undefined, key: undefined } : {}),
          agent: agent ?? false,
          method,
          path,
          headers: { ...type, ...length, ...headers },
        },
        response => {
          const chunks: Buffer[] = [];
          response.on('data', chunk => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            resolve(answerOf(response.statusCode!, response.headers, Buffer.concat(chunks)));
          });
        },
      );
      call.on('error', reject);
      call.end(body === undefined ? undefined : bytes);
    });
  }

  agent(): Agent {
    return new HttpsAgent({ keepAlive: true, maxSockets: 1 });
  }

  /** A TLS connection without a request on it. */
  dial(options: ConnectionOptions = {}): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = connectTls({ ...this.tls, ALPNProtocols: ['http/1.1'], ...options }, () => {
        socket.off('error', reject);
        resolve(socket);
      });
      socket.once('error', reject);
    });
  }

  http2(): ClientHttp2Session {
    return connectHttp2(`https://127.0.0.1:${this.port}`, this.tls);
  }
}

/** A cluster of the test's own with a TLS port. */
export class WiredCluster extends Wire implements AsyncDisposable {
  readonly cluster: Cluster;

  private constructor(cluster: Cluster, kubeconfig: string) {
    super(kubeconfig);
    this.cluster = cluster;
  }

  static async start(options: StartClusterOptions = {}): Promise<WiredCluster> {
    const cluster = await startCluster({ nodes: 0, ...options });
    return new WiredCluster(cluster, await cluster.kubeconfig());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster.stop();
  }
}

function answerOf(status: number, headers: IncomingHttpHeaders, bytes: Buffer): WireAnswer {
  const text = bytes.toString();
  return {
    status,
    headers,
    bytes,
    text,
    get json() {
      return parseExactJson(text) as WireAnswer['json'];
    },
  };
}

/** One request over HTTP/2. */
export function sendHttp2(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body?: string | Uint8Array,
): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === undefined });
    let answer: IncomingHttpHeaders = {};
    const chunks: Uint8Array[] = [];
    stream.on('response', received => {
      answer = received as IncomingHttpHeaders;
    });
    stream.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () => resolve(answerOf(Number(answer[':status']), answer, Buffer.concat(chunks))));
    if (body !== undefined) stream.end(body);
  });
}
