import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { NodeNetwork } from './node-network.ts';

test('lets go of connections that wait for an answer when it is disposed of, and tells nobody', async t => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const network = new NodeNetwork();
  let settled = false;
  const settle = () => {
    settled = true;
  };
  network.httpGet({ url: `http://127.0.0.1:${port}/`, headers: [], timeoutMs: 600_000 }).then(settle, settle);
  const [request] = await once(server, 'request');
  network[Symbol.dispose]();
  await once(request.socket, 'close');
  await new Promise(resolve => setImmediate(resolve));
  assert.equal(settled, false);
});
