import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { TestCluster, succeeded } from '#test/e2e/harness.ts';
import { Wire, type WireRequest } from './wire.ts';

/**
 * Many writers of one object, none of whom insists on its version: upstream lets each of them through. With a database on a
 * disk, for writers lose where a write takes its time.
 */

const writers = 120;
const path = '/api/v1/namespaces/default/configmaps';
const agent = new Agent({ keepAlive: true });
let cluster: TestCluster;
let wired: Wire;

before(async () => {
  cluster = await TestCluster.create('races');
  succeeded(await cluster.coxswain(['up', '--detach', '--hollow-nodes', '1', '--port', '0']));
  wired = new Wire(await readFile(cluster.kubeconfig, 'utf8'));
});

after(async () => {
  agent.destroy();
  await cluster[Symbol.asyncDispose]();
});

const create = (name: string) =>
  wired.send({ method: 'POST', path, body: { metadata: { name }, data: { first: '1' } } });

async function all(write: (i: number) => WireRequest): Promise<number[]> {
  const answers = await Promise.all(
    Array.from({ length: writers }, (_, i) => wired.send({ agent, ...write(i) })),
  );
  return [...new Set(answers.map(({ status }) => status))].sort();
}

async function dataOf(name: string): Promise<Record<string, string>> {
  const { json } = await wired.send({ path: `${path}/${name}` });
  return json.data as Record<string, string>;
}

const patches = {
  'strategic-merge-patch+json': (i: number) => ({ data: { [`k${i}`]: 'v' } }),
  'merge-patch+json': (i: number) => ({ data: { [`k${i}`]: 'v' } }),
  'json-patch+json': (i: number) => [{ op: 'add', path: `/data/k${i}`, value: 'v' }],
};

for (const [type, body] of Object.entries(patches)) {
  test(`every patch counts, ${type}`, async () => {
    const name = type.slice(0, type.indexOf('-'));
    await create(name);
    const headers = { 'content-type': `application/${type}` };
    const statuses = await all(i => ({ method: 'PATCH', path: `${path}/${name}`, headers, body: body(i) }));
    assert.deepEqual(statuses, [200]);
    assert.equal(Object.keys(await dataOf(name)).length, writers + 1);
  });
}

test('every applied configuration counts, also those that find nothing yet', async () => {
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  const statuses = await all(i => ({
    method: 'PATCH',
    path: `${path}/applied?fieldManager=m${i}`,
    headers,
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { [`k${i}`]: 'v' } },
  }));
  assert.deepEqual(statuses, [200, 201]);
  assert.equal(Object.keys(await dataOf('applied')).length, writers);
});

test('the last of many unconditional updates stays', async () => {
  await create('put');
  const statuses = await all(i => ({
    method: 'PUT',
    path: `${path}/put`,
    body: { metadata: { name: 'put' }, data: { by: String(i) } },
  }));
  assert.deepEqual(statuses, [200]);
});

test('of many updates of one version one goes through', async () => {
  const { json } = await create('versioned');
  const { resourceVersion } = json.metadata as unknown as { resourceVersion: string };
  const statuses = await all(i => ({
    method: 'PUT',
    path: `${path}/versioned`,
    body: { metadata: { name: 'versioned', resourceVersion }, data: { by: String(i) } },
  }));
  assert.deepEqual(statuses, [200, 409]);
  assert.equal(Object.keys(await dataOf('versioned')).length, 1);
});

/** A namespace of its own with one quota. */
async function limited(name: string, hard: object): Promise<string> {
  await wired.send({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name } } });
  const spec = { hard };
  await wired.send({
    method: 'POST',
    path: `/api/v1/namespaces/${name}/resourcequotas`,
    body: { metadata: { name: 'q' }, spec },
  });
  return `/api/v1/namespaces/${name}`;
}

test('of many updates, as many go through as their quota has room for', async () => {
  const path = `${await limited('grown', { 'services.nodeports': '5' })}/services`;
  const service = (i: number) => ({ metadata: { name: `s${i}` }, spec: { ports: [{ port: 80 }] } });
  assert.deepEqual(await all(i => ({ method: 'POST', path, body: service(i) })), [201]);
  const headers = { 'content-type': 'application/merge-patch+json' };
  const body = { spec: { type: 'NodePort' } };
  const statuses = await all(i => ({ method: 'PATCH', path: `${path}/s${i}`, headers, body }));
  assert.deepEqual(statuses, [200, 403]);
  const { json } = await wired.send({ path });
  const services = json.items as { spec: { type: string } }[];
  assert.equal(services.filter(({ spec }) => spec.type === 'NodePort').length, 5);
});

test('what is deleted has left its quota at once', async () => {
  const path = `${await limited('left', { 'count/secrets': '1' })}/secrets`;
  const secret = (name: string, more: object = {}) =>
    wired.send({ method: 'POST', path, body: { metadata: { name }, ...more } });
  for (let i = 0; i < 3; i++) {
    assert.equal((await secret(`s${i}`)).status, 201);
    assert.equal((await wired.send({ method: 'DELETE', path: `${path}/s${i}` })).status, 200);
  }
});

test('whoever was told that its time is over writes no more', async () => {
  const data = { large: 'x'.repeat(300_000) };
  await wired.send({ method: 'POST', path, body: { metadata: { name: 'late' }, data } });
  const headers = { 'content-type': 'application/merge-patch+json' };
  const late = `${path}/late?timeout=50ms`;
  const answers = await Promise.all(
    Array.from({ length: writers }, (_, i) =>
      wired.send({ agent, method: 'PATCH', path: late, headers, body: { data: { [`k${i}`]: 'v' } } }),
    ),
  );
  const then = Object.keys(await dataOf('late'));
  assert.ok(answers.some(({ status }) => status === 504));
  assert.ok(answers.every(({ status }, i) => status === 504 || then.includes(`k${i}`)));
  await delay(300);
  // One at most was being written as its time ended.
  assert.ok(Object.keys(await dataOf('late')).length <= then.length + 1);
});

test('a deletion among many patches goes through', async () => {
  await create('gone');
  const headers = { 'content-type': 'application/merge-patch+json' };
  const statuses = await all(i =>
    i === writers / 2
      ? { method: 'DELETE', path: `${path}/gone` }
      : { method: 'PATCH', path: `${path}/gone`, headers, body: { data: { [`k${i}`]: 'v' } } },
  );
  assert.deepEqual(
    statuses.filter(status => status !== 200 && status !== 404),
    [],
  );
  assert.equal((await wired.send({ path: `${path}/gone` })).status, 404);
});
