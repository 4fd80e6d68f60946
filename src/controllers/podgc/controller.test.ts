import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodes, pods } from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { type TestCluster, template, testCluster } from '#test/controllers.ts';

const namespace = 'default';

async function addPod(
  { client }: TestCluster,
  name: string,
  nodeName: string,
  finalizers: string[] = [],
): Promise<void> {
  const { spec } = template('any', 'app:1', { nodeName });
  await client.create(pods, { metadata: { namespace, name, finalizers }, spec });
}

const isThere = async ({ client }: TestCluster, name: string) =>
  (await orNotFound(client.get(pods, namespace, name))) !== undefined;

test('pods of a node that is not there go, after a while in which it may come', async t => {
  const cluster = await testCluster(t);
  for (const [name, node] of [
    ['lost', 'nowhere'],
    ['early', 'late'],
    ['well', 'hollow-0'],
  ] as const) {
    await addPod(cluster, name, node);
  }
  await cluster.clock.advance(30_000);
  await cluster.client.create(nodes, { metadata: { name: 'late' } });
  await cluster.until('the lost pod is gone', async () => !(await isThere(cluster, 'lost')));
  assert.ok(await isThere(cluster, 'early'));
  assert.ok(await isThere(cluster, 'well'));
});

test('a pod that is asked to go does so without its node, where that is out of service', async t => {
  const cluster = await testCluster(t);
  const { client, clock } = cluster;
  const name = 'broken';
  const taints = [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }];
  await client.create(nodes, { metadata: { name }, spec: { taints } });
  const tolerations = [{ operator: 'Exists' }];
  for (const pod of ['leaving', 'staying']) {
    const { spec } = template('any', 'app:1', { nodeName: name, tolerations });
    await client.create(pods, { metadata: { namespace, name: pod }, spec });
  }
  await client.delete(pods, namespace, 'leaving');
  assert.ok(await isThere(cluster, 'leaving'));
  await cluster.until('it is gone', async () => !(await isThere(cluster, 'leaving')));
  await clock.advance(60_000);
  assert.ok(await isThere(cluster, 'staying'));
});

test('a lost pod that something holds says why it has failed, and of which of its generations', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await addPod(cluster, 'held', 'nowhere', ['example.com/hold']);
  const get = () => client.get(pods, namespace, 'held');
  await cluster.until('it has failed', async () => (await get()).status?.phase === 'Failed');
  const { status } = await get();
  const { reason, message, observedGeneration } = status!.conditions!.find(
    ({ type }) => type === 'DisruptionTarget',
  )!;
  assert.deepEqual(
    [reason, message, observedGeneration, status!.observedGeneration],
    ['DeletionByPodGC', 'PodGC: node no longer exists', 1, 1],
  );
  await client.patch(pods, namespace, 'held', 'merge', { metadata: { finalizers: null } });
});
