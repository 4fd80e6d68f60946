import { request } from 'node:https';
import type { Duplex } from 'node:stream';
import { type TLSSocket, connect } from 'node:tls';
import type { NodeDialer, NodeTarget } from '../nodes.ts';

/** PEM of the API server's client certificate for kubelets, and of the CA that signs theirs. */
export interface NodeCredentials {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** Kubelets by TLS, with mutual authentication. */
export function createNodeDialer(credentials: NodeCredentials): NodeDialer {
  return {
    tls: credentials,
    get: (target, signal) =>
      new Promise((resolve, reject) => {
        const call = request(
          {
            host: target.host,
            port: target.port,
            path: target.path,
            method: 'GET',
            signal,
            agent: false,
            ...credentials,
          },
          response => {
            resolve({
              status: response.statusCode ?? 500,
              headers: Object.fromEntries(Object.entries(response.headers).map(([k, v]) => [k, String(v)])),
              body: response,
            });
          },
        );
        call.on('error', reject);
        call.end();
      }),
    connect: target => dial(target, credentials),
  };
}

function dial(target: NodeTarget, credentials: NodeCredentials): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { host: target.host, port: target.port, ALPNProtocols: ['http/1.1'], ...credentials },
      () => {
        socket.off('error', reject);
        resolve(socket);
      },
    );
    socket.once('error', reject);
  });
}
