import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pods, replicaSets, replicationControllers } from '#api/generated/refs.ts';
import { controllerOf } from '#machinery/object.ts';
import { type TestCluster, template, testCluster } from '#test/controllers.ts';

const namespace = 'default';

function create({ client }: TestCluster, replicas: number, minReadySeconds = 0) {
  const selector = { matchLabels: { app: 'web' } };
  const spec = { replicas, minReadySeconds, selector, template: template('web') };
  return client.create(replicaSets, { metadata: { namespace, name: 'web' }, spec });
}

const status = async ({ client }: TestCluster) => (await client.get(replicaSets, namespace, 'web')).status!;

test('makes pods, replaces lost ones, and counts them', async t => {
  const cluster = await testCluster(t);
  await create(cluster, 3);
  await cluster.until('three are ready', async () => (await status(cluster)).readyReplicas === 3);
  const [pod] = await cluster.podsWhere();
  assert.match(pod!.metadata.name!, /^web-[a-z0-9]{5}$/);
  await cluster.client.delete(pods, namespace, pod!.metadata.name!);
  await cluster.until('a new one is ready', async () => {
    const others = await cluster.podsWhere(({ metadata }) => metadata.uid !== pod!.metadata.uid);
    return others.length === 3 && (await status(cluster)).readyReplicas === 3;
  });
  assert.match((await cluster.eventsOf('web'))[0]!, /^SuccessfulCreate: Created pod: web-[a-z0-9]{5}$/);
});

test('scaling down takes the pods that are not ready first', async t => {
  const cluster = await testCluster(t);
  await create(cluster, 3);
  await cluster.until('three are ready', async () => (await status(cluster)).readyReplicas === 3);
  const [victim] = await cluster.podsWhere();
  const patch = { status: { conditions: [{ type: 'Ready', status: 'False' }] } };
  await cluster.client.patch(pods, namespace, victim!.metadata.name!, 'strategic', patch, {
    subresource: 'status',
  });
  await cluster.client.patch(replicaSets, namespace, 'web', 'merge', { spec: { replicas: 2 } });
  await cluster.until('two are left', async () => (await cluster.podsWhere()).length === 2);
  const left = await cluster.podsWhere();
  assert.ok(!left.some(({ metadata }) => metadata.uid === victim!.metadata.uid));
});

test('adopts a matching orphan and releases a pod whose labels no longer match', async t => {
  const cluster = await testCluster(t);
  const { metadata, spec } = template('web');
  const orphan = await cluster.client.create(pods, {
    metadata: { ...metadata, namespace, name: 'orphan' },
    spec,
  });
  await create(cluster, 1);
  await cluster.until('it is adopted', async () => {
    const found = await cluster.client.get(pods, namespace, 'orphan');
    return controllerOf(found)?.name === 'web';
  });
  assert.equal((await cluster.podsWhere()).length, 1);
  await cluster.client.patch(pods, namespace, 'orphan', 'merge', { metadata: { labels: { app: 'other' } } });
  await cluster.until('it is released and replaced', async () => (await cluster.podsWhere()).length === 2);
  const released = await cluster.client.get(pods, namespace, 'orphan');
  assert.deepEqual([controllerOf(released), released.metadata.uid], [undefined, orphan.metadata.uid]);
});

test('a ready pod is available after minReadySeconds', async t => {
  const cluster = await testCluster(t);
  await create(cluster, 1, 30);
  await cluster.until('it is ready', async () => (await status(cluster)).readyReplicas === 1);
  await cluster.clock.advance(25_000);
  assert.equal((await status(cluster)).availableReplicas ?? 0, 0);
  await cluster.clock.advance(6000);
  assert.equal((await status(cluster)).availableReplicas, 1);
});

test('pods that cannot be made show as a condition', async t => {
  const cluster = await testCluster(t);
  const forbidden = template('web', 'app:1', { serviceAccountName: 'no-such-account' });
  const spec = { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: forbidden };
  await cluster.client.create(replicaSets, { metadata: { namespace, name: 'web' }, spec });
  await cluster.until('the condition is there', async () => Boolean((await status(cluster))?.conditions));
  const { conditions } = await status(cluster);
  assert.deepEqual([conditions![0]!.type, conditions![0]!.reason], ['ReplicaFailure', 'FailedCreate']);
  assert.match(
    (await cluster.eventsOf('web'))[0]!,
    /^FailedCreate: Error creating: pods "web-" is forbidden/,
  );
});

test('a ReplicationController does the same', async t => {
  const cluster = await testCluster(t);
  const spec = { replicas: 2, selector: { app: 'old' }, template: template('old') };
  await cluster.client.create(replicationControllers, { metadata: { namespace, name: 'old' }, spec });
  await cluster.until('two are ready', async () => {
    const found = await cluster.client.get(replicationControllers, namespace, 'old');
    return found.status?.readyReplicas === 2;
  });
});
