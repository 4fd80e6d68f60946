import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { configMaps, namespaces } from '#api/generated/refs.ts';
import { WiredCluster } from './wire.ts';

const origin = 'https://page.example';

test('a watch over a websocket has an event a message', async () => {
  await using wired = await WiredCluster.start({ controllers: [] });
  const { client } = wired.cluster;
  await client.create(namespaces, { metadata: { name: 'ws' } });
  const url = `wss://127.0.0.1:${wired.port}/api/v1/namespaces/ws/configmaps`;
  const { ca, cert, key } = wired.tls;
  const socket = new WebSocket(`${url}?watch=true&timeoutSeconds=2`, ['any'], { ca, cert, key, origin });
  const seen: string[] = [];
  socket.on('message', (data: Buffer, isBinary) => {
    const { type, object } = JSON.parse(data.toString());
    seen.push(`${type} ${object.metadata.name} ${isBinary}`);
  });
  await once(socket, 'open');
  await client.create(configMaps, { metadata: { namespace: 'ws', name: 'a' } });
  await client.delete(configMaps, 'ws', 'a');
  const [code] = await once(socket, 'close');
  assert.equal(code, 1000);
  assert.deepEqual(seen, ['ADDED a false', 'DELETED a false']);
  assert.equal(socket.protocol, 'any');
});

test('a watch is for pages alone, and in one protocol', async () => {
  await using wired = await WiredCluster.start({ controllers: [] });
  const refused = async (protocols: string[], more: { origin?: string; accept?: string }) => {
    const { ca, cert, key } = wired.tls;
    const headers = more.accept ? { accept: more.accept } : {};
    const url = `wss://127.0.0.1:${wired.port}/api/v1/namespaces?watch=true`;
    const socket = new WebSocket(url, protocols, { ca, cert, key, headers, ...more });
    const [error] = (await once(socket, 'error')) as [Error];
    return error.message.replace(/\D/g, '');
  };
  assert.equal(await refused([], {}), '403');
  assert.equal(await refused([], { origin: 'nowhere' }), '403');
  assert.equal(await refused(['a', 'b'], { origin }), '400');
  assert.equal(await refused([], { origin, accept: 'application/yaml' }), '406');
});

test('what cannot be streamed is answered plainly', async () => {
  await using wired = await WiredCluster.start({ controllers: [] });
  const { ca, cert, key } = wired.tls;
  const socket = new WebSocket(`wss://127.0.0.1:${wired.port}/api/v1/namespaces`, { ca, cert, key });
  const [error] = (await once(socket, 'error')) as [Error];
  assert.match(error.message, /Unexpected server response: 200/);
});

test('a watcher that reads nothing is cut off', async () => {
  await using wired = await WiredCluster.start({ controllers: [] });
  const socket = await wired.dial();
  socket.pause();
  const path = '/api/v1/namespaces/default/configmaps';
  const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  socket.write(
    `GET ${path}?watch=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`,
  );
  const metadata = { name: 'large' };
  await wired.send({ method: 'POST', path, body: { metadata } });
  for (let i = 0; i < 40; i++) {
    const data = { a: String(i).padEnd(1_000_000, 'x') };
    await wired.send({ method: 'PUT', path: `${path}/large`, body: { metadata, data } });
  }
  let bytes = 0;
  socket.on('data', chunk => {
    bytes += (chunk as Buffer).length;
  });
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'close');
  assert.ok(bytes < 40_000_000);
});
