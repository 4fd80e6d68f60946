import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { statusError } from '#machinery/status.ts';
import type { NodeDialer, NodeTarget } from '../nodes.ts';

/** Headers that say who asks: for this server alone. */
const dropped = new Set([
  'authorization',
  'host',
  'impersonate-user',
  'impersonate-group',
  'impersonate-uid',
]);

/** Passes an upgrade request on to a node, and from then on every byte both ways. */
export async function joinUpgrade(
  nodes: NodeDialer,
  target: NodeTarget,
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
): Promise<void> {
  let node: Duplex;
  try {
    node = await nodes.connect(target);
  } catch (error) {
    throw statusError.internal(`error dialing backend: ${(error as Error).message}`);
  }
  if (client.destroyed) {
    node.destroy();
    return;
  }
  node.write(requestHead(target, request));
  if (head.length > 0) node.write(head);
  node.on('error', () => client.destroy());
  client.on('error', () => node.destroy());
  node.on('close', () => client.destroy());
  client.on('close', () => node.destroy());
  node.pipe(client);
  client.pipe(node);
}

function requestHead(target: NodeTarget, request: IncomingMessage): string {
  const lines = [`${request.method} ${target.path} HTTP/1.1`, `Host: ${target.host}:${target.port}`];
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i]!;
    if (!dropped.has(name.toLowerCase())) lines.push(`${name}: ${request.rawHeaders[i + 1]}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
