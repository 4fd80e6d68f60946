import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { json } from 'node:stream/consumers';
import type { AuditEvent } from '#apiserver/audit/event.ts';
import { SeededRandom } from '#base/random.ts';
import { systemClock } from '../system.ts';
import { openAudit } from './open-audit.ts';

const event: AuditEvent = {
  level: 'Metadata',
  auditID: 'one',
  stage: 'ResponseComplete',
  requestURI: '/api',
  verb: 'get',
  user: { username: 'jane' },
  sourceIPs: ['10.0.0.1'],
  userAgent: '',
  receivedMs: 0,
  stageMs: 0,
};

test('events go to a file, and to the server of a kubeconfig by its credentials', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-audit-'));
  t.after(() => rm(folder, { recursive: true }));
  const posts: { request: IncomingMessage; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    posts.push({ request, body: await json(request) });
    response.end();
  });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const configFile = join(folder, 'hook.yaml');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/audit`;
  await writeFile(
    configFile,
    `apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: '${url}' } }]
users: [{ name: u, user: { token: secret } }]
contexts: [{ name: x, context: { cluster: c, user: u } }]
current-context: x
`,
  );
  const log = { path: join(folder, 'audit.log') };
  const seams = { clock: systemClock, random: new SeededRandom(1) };
  await using audit = await openAudit({ policy: { rules: [] }, log, webhook: { configFile } }, seams);
  const lost: unknown[] = [];
  for (const backend of audit.backends((...args) => lost.push(args))) await backend.take(event);
  await audit[Symbol.asyncDispose]();
  const written = JSON.parse(await readFile(log.path, 'utf8'));
  assert.equal(written.user.username, 'jane');
  const [{ request, body }] = posts as [(typeof posts)[0]];
  assert.deepEqual([request.method, request.url], ['POST', '/audit']);
  assert.equal(request.headers.authorization, 'Bearer secret');
  assert.deepEqual(body, {
    kind: 'EventList',
    apiVersion: 'audit.k8s.io/v1',
    metadata: {},
    items: [written],
  });
  assert.deepEqual(lost, []);
});
