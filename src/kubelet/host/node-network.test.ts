import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
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

test('says of a gRPC health check that fails what upstream says', async t => {
  const network = new NodeNetwork();
  t.after(() => network[Symbol.dispose]());
  const answers = ['12', '14'];
  const server = createHttp2Server().listen(0, '127.0.0.1');
  t.after(() => server.close());
  server.on('stream', (stream: ServerHttp2Stream) => {
    const headers = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': answers.shift() };
    stream.respond(headers, { endStream: true });
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const check = () => network.grpcHealth('127.0.0.1', port, '', 1_000);
  await assert.rejects(check(), {
    message: /^error: this server does not implement the grpc health protocol \(grpc\.health\.v1\.Health\): /,
  });
  await assert.rejects(check(), {
    message: /^error: health rpc probe failed: rpc error: code = Unavailable desc = /,
  });
  server.close();
  await assert.rejects(check(), {
    message: `timeout: failed to connect service "127.0.0.1:${port}" within 1s: context deadline exceeded`,
  });
});
