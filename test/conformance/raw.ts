import { once } from 'node:events';
import { request } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { type ClientOptions, WebSocket } from 'ws';

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; throws where it is none. */
  json<T>(): T;
}

/** One request with the client library's credentials, for what its typed calls cannot say. */
export async function rawRequest(config: KubeConfig, wanted: RawRequest): Promise<RawResponse> {
  const url = new URL(config.getCurrentCluster()!.server + wanted.path);
  const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {
    method: wanted.method ?? 'GET',
    headers: { accept: 'application/json', ...wanted.headers },
  };
  await config.applyToHTTPSOptions(options);
  return new Promise((resolve, reject) => {
    const call = request(url, options, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const json = <T>() => JSON.parse(text) as T;
        resolve({ status: response.statusCode!, headers: response.headers, text, json });
      });
    });
    call.on('error', reject);
    call.end(wanted.body);
  });
}

/** All that the API server sends over a websocket until it closes it. */
export async function readWebSocket(
  config: KubeConfig,
  path: string,
  protocols: readonly string[],
): Promise<string> {
  const options: Parameters<KubeConfig['applyToHTTPSOptions']>[0] = {};
  await config.applyToHTTPSOptions(options);
  const url = config.getCurrentCluster()!.server.replace(/^http/, 'ws') + path;
  const socket = new WebSocket(url, [...protocols], options as ClientOptions);
  const parts: Buffer[] = [];
  socket.on('message', (data: Buffer) => parts.push(data));
  await once(socket, 'close');
  return Buffer.concat(parts).toString('utf8');
}
