import { type TLSSocket, connect } from 'node:tls';
import type { ClusterAccess } from '#client/kubeconfig.ts';

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly accept?: string;
}

export interface WireAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** HTTP/1.1 keep-alive as cheap as it gets, so that the load generator takes little of the machine it shares. */
export class WireConnection implements Disposable {
  readonly #socket: TLSSocket;
  readonly #host: string;
  #received: Buffer[] = [];
  #length = 0;
  /** Bytes of the answer that is coming; 0 while its head is not there. Infinite for one that comes in chunks. */
  #wanted = 0;
  #waiting: PromiseWithResolvers<WireAnswer> | undefined;
  /** Instead of answers: the bytes of a watch as they come. */
  #listener: ((chunk: Buffer) => void) | undefined;

  private constructor(socket: TLSSocket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('close', () => this.#waiting?.reject(new Error('the connection was closed')));
    socket.on('error', error => this.#waiting?.reject(error));
  }

  static open(access: ClusterAccess): Promise<WireConnection> {
    const url = new URL(access.server);
    return new Promise((resolve, reject) => {
      const socket = connect({
        host: url.hostname,
        port: Number(url.port),
        ca: access.certificateAuthority,
        cert: access.clientCertificate,
        key: access.clientKey,
        ALPNProtocols: ['http/1.1'],
      });
      socket.once('error', reject);
      socket.once('secureConnect', () => {
        socket.off('error', reject);
        resolve(new WireConnection(socket, url.host));
      });
    });
  }

  request(request: WireRequest): Promise<WireAnswer> {
    const {
      method,
      path,
      body = '',
      contentType = 'application/json',
      accept = 'application/json',
    } = request;
    const length = Buffer.byteLength(body);
    const content = length > 0 ? `content-type: ${contentType}\r\ncontent-length: ${length}\r\n` : '';
    this.#waiting = Promise.withResolvers();
    this.#socket.write(
      `${method} ${path} HTTP/1.1\r\nhost: ${this.#host}\r\naccept: ${accept}\r\n${content}\r\n${body}`,
    );
    return this.#waiting.promise;
  }

  /** Sends a watch; every byte that comes goes to `listener`, head and all. */
  watch(path: string, listener: (chunk: Buffer) => void): void {
    this.#listener = listener;
    this.#socket.write(`GET ${path} HTTP/1.1\r\nhost: ${this.#host}\r\naccept: application/json\r\n\r\n`);
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    if (this.#listener) {
      this.#listener(chunk);
      return;
    }
    this.#received.push(chunk);
    this.#length += chunk.length;
    if (this.#wanted === 0) this.#readHead();
    if (this.#wanted === 0) return;
    const isChunked = this.#wanted === Infinity;
    if (isChunked ? !chunk.subarray(-lastChunk.length).equals(lastChunk) : this.#length < this.#wanted)
      return;
    const whole = Buffer.concat(this.#received);
    const body = whole.subarray(whole.indexOf('\r\n\r\n') + 4);
    this.#received = [];
    this.#length = 0;
    this.#wanted = 0;
    this.#waiting!.resolve({
      status: Number(whole.toString('latin1', 9, 12)),
      body: isChunked ? unchunked(body) : body,
    });
  }

  #readHead(): void {
    const whole = Buffer.concat(this.#received);
    const end = whole.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = whole.toString('latin1', 0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length !== undefined) this.#wanted = end + 4 + Number(length);
    else if (/\r\ntransfer-encoding: *chunked/i.test(head)) this.#wanted = Infinity;
    else throw new Error('an answer without a length');
  }
}

const lastChunk = Buffer.from('\r\n0\r\n\r\n');

/** A body that came in chunks (RFC 9112, 7.1). */
function unchunked(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = body.indexOf('\r\n', at);
    const length = Number.parseInt(body.toString('latin1', at, lineEnd), 16);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + length));
    at = lineEnd + 2 + length + 2;
  }
}

/** Makes `count` requests over the connections, each with one in flight; answers how long each took, in ms. */
export async function load(
  connections: readonly WireConnection[],
  count: number,
  request: (i: number) => WireRequest,
): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const drive = async (connection: WireConnection) => {
    for (let i = next++; i < count; i = next++) {
      const begin = performance.now();
      const { status, body } = await connection.request(request(i));
      if (status >= 300) throw new Error(`${request(i).path}: ${status} ${body.toString()}`);
      times.push(performance.now() - begin);
    }
  };
  await Promise.all(connections.map(drive));
  return times.sort((a, b) => a - b);
}
