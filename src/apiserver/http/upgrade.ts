import type { Duplex } from 'node:stream';
import { joinStreams } from '#base/join-streams.ts';
import { statusError } from '#machinery/status.ts';
import { subprotocolsOf } from '../auth/authn/headers.ts';
import type { UpgradeTarget } from '../proxy/backends.ts';
import type { RequestHead } from './exchange.ts';

/** Headers that say who asks, for this server alone, or may do so. */
const dropped = /^(authorization|host|impersonate-.*|sec-websocket-protocol|x-remote-.*)$/i;

/** Passes an upgrade request on to another server, and from then on every byte both ways. */
export async function joinUpgrade(
  target: UpgradeTarget,
  request: RequestHead,
  client: Duplex,
  head: Buffer,
): Promise<void> {
  let backend: Duplex;
  try {
    backend = await target.connect();
  } catch (error) {
    throw statusError.unclassified(`error dialing backend: ${(error as Error).message}`);
  }
  if (client.destroyed) {
    backend.destroy();
    return;
  }
  backend.write(requestHead(target, request));
  if (head.length > 0) backend.write(head);
  joinStreams(backend, client);
}

function requestHead(target: UpgradeTarget, request: RequestHead): string {
  const lines = [`${request.method} ${target.path} HTTP/1.1`, `Host: ${target.authority}`];
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i]!;
    if (dropped.test(name) || name.toLowerCase() in target.headers) continue;
    lines.push(`${name}: ${request.rawHeaders[i + 1]}`);
  }
  const { others } = subprotocolsOf(request.headers['sec-websocket-protocol'] ?? []);
  if (others.length > 0) lines.push(`Sec-WebSocket-Protocol: ${others.join(', ')}`);
  for (const [name, values] of Object.entries(target.headers)) {
    for (const value of [values].flat()) lines.push(`${name}: ${value}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
