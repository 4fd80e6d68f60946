import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthorities, issueLeaf } from '#apiserver/pki/pki.ts';
import { systemClock } from '#main/system.ts';

/** An extension API server of one group version, which answers GETs by what a test says. */
export class MetricsServer implements AsyncDisposable {
  readonly #server: Server;
  /** Every path that was asked for with its query, discovery aside. */
  readonly asked: string[] = [];

  private constructor(groupVersion: string, answer: (path: string) => object | undefined) {
    const leaf = { subject: { commonName: 'metrics' }, usage: 'server', dnsNames: ['metrics'] } as const;
    const { key, cert } = issueLeaf(createAuthorities(systemClock), systemClock, leaf);
    this.#server = createServer({ key, cert }, (request, response) => {
      const path = request.url!;
      const resources = { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: [] };
      const isDiscovery = path === `/apis/${groupVersion}`;
      const body = isDiscovery ? resources : answer(path);
      if (path.startsWith(`/apis/${groupVersion}/`)) this.asked.push(path);
      response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body ?? {}));
    });
  }

  static async start(
    host: string,
    groupVersion: string,
    answer: (path: string) => object | undefined,
  ): Promise<MetricsServer> {
    const server = new MetricsServer(groupVersion, answer);
    await new Promise<void>(resolve => server.#server.listen(0, host, resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }
}
