import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { HookedCluster, maps } from './hooked-cluster.ts';
import { WiredCluster, sendHttp2 } from './wire.ts';

const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };

test('readiness falls first, and requests are answered still', async t => {
  const wired = await WiredCluster.start({ components: false });
  t.after(() => wired[Symbol.asyncDispose]());
  wired.cluster.controlPlane.server.beginShutdown();
  const ready = await wired.send({ path: '/readyz' });
  assert.equal(ready.status, 500);
  assert.match(ready.text, /^\[-\]shutdown failed: reason withheld$/m);
  assert.equal((await wired.send({ path: '/livez' })).text, 'ok');
  assert.equal((await wired.send({ path: maps })).status, 200);
});

test('requests that are being answered when the server stops are answered', async t => {
  const hooked = await HookedCluster.start();
  t.after(() => hooked[Symbol.asyncDispose]());
  const { wired } = hooked;
  const asked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const released = Promise.withResolvers<void>();
  let calls = 0;
  const hook = hooked.hook('waits', async () => {
    asked[calls++]!.resolve();
    await released.promise;
    return {};
  });
  await hooked.configure('mutating', 'waits', hook);
  const agent = wired.agent();
  const first = wired.send({ method: 'POST', path: maps, body, agent });
  const session = wired.http2();
  const headers = { ':method': 'POST', ':path': maps, 'content-type': 'application/json' };
  const second = sendHttp2(session, headers, JSON.stringify({ ...body, metadata: { name: 'b' } }));
  await Promise.all(asked.map(({ promise }) => promise));
  const stopped = wired.cluster.stop();
  await assert.rejects(wired.send({ path: '/livez' }), { code: 'ECONNREFUSED' });
  released.resolve();
  const answer = await first;
  assert.deepEqual([answer.status, answer.headers.connection], [201, 'close']);
  assert.equal((await second).status, 201);
  await stopped;
  agent.destroy();
});

test('watches end in order when the server stops', async () => {
  const wired = await WiredCluster.start({ components: false });
  const call = request({ ...wired.tls, agent: false, path: `${maps}?watch=true` }).end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  response.resume();
  const session = wired.http2();
  const stream = session.request({ ':path': `${maps}?watch=true` }).resume();
  await once(stream, 'response');
  const ends = [once(response, 'end'), once(stream, 'end')];
  await wired.cluster.stop();
  await Promise.all(ends);
  assert.deepEqual([response.complete, stream.rstCode], [true, 0]);
});
