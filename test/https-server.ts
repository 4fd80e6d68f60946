import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { certificates } from './webhook-server.ts';

export interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Told {
  readonly status?: number;
  /** JSON, unless it is a string. */
  readonly body: unknown;
}

/** An HTTPS server on the loopback interface, with an authority of its own. */
export class HttpsServer implements AsyncDisposable {
  readonly #server: Server;
  /** PEM. */
  readonly ca: string;

  private constructor(server: Server, ca: string) {
    this.#server = server;
    this.ca = ca;
  }

  static async start(answer: (heard: Heard) => Told): Promise<HttpsServer> {
    const { key, cert, ca } = certificates(['localhost']);
    const server = createServer({ key, cert }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const { status = 200, body } = answer({
          method,
          url,
          headers,
          body: Buffer.concat(chunks).toString(),
        });
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new HttpsServer(server, ca);
  }

  get url(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
