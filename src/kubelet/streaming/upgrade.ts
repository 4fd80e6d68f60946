import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';

/** A runtime's streaming server did not take the connection. */
export class UpgradeError extends Error {
  override readonly name = 'UpgradeError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Upgraded {
  readonly socket: Duplex;
  readonly headers: http.IncomingHttpHeaders;
}

const answerBytesMax = 64 * 1_024;

/** Asks `url` to become a SPDY/3.1 connection with one of `protocols` (X-Stream-Protocol-Version). */
export function upgradeToSpdy(
  url: string,
  protocols: readonly string[],
  timeoutMs = 30_000,
): Promise<Upgraded> {
  const target = new URL(url);
  const module = target.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = module.request(target, {
      method: 'POST',
      agent: false,
      // The runtime serves streams on the loopback interface with a certificate of its own making.
      rejectUnauthorized: false,
      headers: {
        connection: 'Upgrade',
        upgrade: 'SPDY/3.1',
        'content-length': '0',
        ...(protocols.length > 0 ? { 'x-stream-protocol-version': [...protocols] } : {}),
      },
    });
    request.setTimeout(timeoutMs, () => request.destroy(new UpgradeError(504, 'the runtime did not answer')));
    request.on('error', reject);
    request.on('upgrade', (response, socket, head) => {
      socket.setTimeout(0);
      socket.setNoDelay(true);
      if (head.length > 0) socket.unshift(head);
      resolve({ socket, headers: response.headers });
    });
    request.on('response', response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (text.length < answerBytesMax) text += chunk;
      });
      response.on('end', () =>
        reject(new UpgradeError(response.statusCode ?? 502, text.trim() || 'no upgrade')),
      );
      response.on('error', reject);
    });
    request.end();
  });
}
