import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leases, nodes, pods } from '#api/generated/refs.ts';
import type { Pod, Toleration } from '#api/generated/types/core.v1.ts';
import { toRfc3339, toRfc3339Micro } from '#base/clock.ts';
import { orNotFound } from '#client/retry.ts';
import { isPodReady } from '../shared/pods.ts';
import { type TestCluster, template, testCluster } from '#test/controllers.ts';

const namespace = 'default';
const name = 'silent';

/** A node of the test's own, which beats only when told to; the hollow ones keep the cluster going. */
async function addNode({ client, clock }: TestCluster): Promise<void> {
  await client.create(nodes, { metadata: { name } });
  const now = toRfc3339(clock.now());
  const ready = {
    type: 'Ready',
    status: 'True',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
    reason: 'KubeletReady',
  };
  await client.patch(
    nodes,
    '',
    name,
    'strategic',
    { status: { conditions: [ready] } },
    { subresource: 'status' },
  );
  const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: toRfc3339Micro(clock.now()) };
  await client.create(leases, { metadata: { namespace: 'kube-node-lease', name }, spec });
}

async function beat({ client, clock }: TestCluster): Promise<void> {
  const lease = await client.get(leases, 'kube-node-lease', name);
  await client.update(leases, { ...lease, spec: { ...lease.spec, renewTime: toRfc3339Micro(clock.now()) } });
}

async function addPod(
  { client }: TestCluster,
  podName: string,
  tolerations: Toleration[] = [],
): Promise<Pod> {
  const { spec } = template('any', 'app:1', { nodeName: name, tolerations });
  const pod = await client.create(pods, { metadata: { namespace, name: podName }, spec });
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  return client
    .patch(pods, namespace, podName, 'strategic', { status }, { subresource: 'status' })
    .then(() => pod);
}

const taintsOf = async ({ client }: TestCluster) =>
  ((await client.get(nodes, '', name)).spec?.taints ?? [])
    .map(({ key, effect }) => `${key}:${effect}`)
    .sort();

test('a node that renews its lease stays ready; one that stops becomes unknown, tainted, and empty', async t => {
  const cluster = await testCluster(t);
  await addNode(cluster);
  await addPod(cluster, 'plain');
  await addPod(cluster, 'staying', [{ operator: 'Exists' }]);
  for (let i = 0; i < 6; i++) {
    await cluster.clock.advance(20_000);
    await beat(cluster);
  }
  assert.deepEqual(await taintsOf(cluster), []);
  await cluster.clock.advance(49_000);
  assert.deepEqual(await taintsOf(cluster), []);
  await cluster.clock.advance(7000);
  const { status } = await cluster.client.get(nodes, '', name);
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  assert.deepEqual(
    [ready?.status, ready?.reason, ready?.message],
    ['Unknown', 'NodeStatusUnknown', 'Kubelet stopped posting node status.'],
  );
  assert.deepEqual(await taintsOf(cluster), [
    'node.kubernetes.io/unreachable:NoExecute',
    'node.kubernetes.io/unreachable:NoSchedule',
  ]);
  assert.ok(!isPodReady(await cluster.client.get(pods, namespace, 'staying')), 'nobody vouches for its pods');
  const evictions = 'node_collector_evictions_total';
  assert.deepEqual(cluster.metric(evictions), [`${evictions}{zone=""} 1`]);

  // DefaultTolerationSeconds gives every pod 300 s.
  await cluster.clock.advance(280_000);
  assert.equal((await cluster.client.get(pods, namespace, 'plain')).metadata.deletionTimestamp, undefined);
  await cluster.clock.advance(30_000);
  const doomed = await orNotFound(cluster.client.get(pods, namespace, 'plain'));
  assert.ok(!doomed || doomed.metadata.deletionTimestamp);
  assert.equal((await cluster.client.get(pods, namespace, 'staying')).metadata.deletionTimestamp, undefined);
});

test('a node that comes back in time loses its taints and keeps its pods', async t => {
  const cluster = await testCluster(t);
  await addNode(cluster);
  await addPod(cluster, 'plain');
  await cluster.until('it is unreachable', async () => (await taintsOf(cluster)).length === 2);
  const now = toRfc3339(cluster.clock.now());
  const ready = { type: 'Ready', status: 'True', lastHeartbeatTime: now, lastTransitionTime: now };
  await cluster.client.patch(
    nodes,
    '',
    name,
    'strategic',
    { status: { conditions: [ready] } },
    { subresource: 'status' },
  );
  for (let i = 0; i < 20; i++) {
    await beat(cluster);
    await cluster.clock.advance(20_000);
  }
  assert.deepEqual(await taintsOf(cluster), []);
  assert.equal((await cluster.client.get(pods, namespace, 'plain')).metadata.deletionTimestamp, undefined);
});

test('conditions and cordoning show as NoSchedule taints', async t => {
  const cluster = await testCluster(t);
  await cluster.until('the node is there', async () =>
    Boolean(await orNotFound(cluster.client.get(nodes, '', 'hollow-0'))),
  );
  await cluster.client.patch(nodes, '', 'hollow-0', 'merge', { spec: { unschedulable: true } });
  await cluster.until('it is tainted', async () => {
    const { spec } = await cluster.client.get(nodes, '', 'hollow-0');
    return Boolean(spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/unschedulable'));
  });
  await cluster.client.patch(nodes, '', 'hollow-0', 'merge', { spec: { unschedulable: false } });
  await cluster.until(
    'no longer',
    async () => !(await cluster.client.get(nodes, '', 'hollow-0')).spec?.taints?.length,
  );
});

test('pods of a node that is gone for good are removed', async t => {
  const cluster = await testCluster(t);
  await addNode(cluster);
  await addPod(cluster, 'left-behind');
  await cluster.client.delete(nodes, '', name);
  await cluster.clock.advance(30_000);
  await cluster.client.get(pods, namespace, 'left-behind');
  await cluster.until(
    'it is gone',
    async () => !(await orNotFound(cluster.client.get(pods, namespace, 'left-behind'))),
  );
});

test('when no node is ready at all, nothing is evicted', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await addNode(cluster);
  await cluster.until('it is emptied', async () =>
    (await taintsOf(cluster)).includes('node.kubernetes.io/unreachable:NoExecute'),
  );
  const notReady = { type: 'Ready', status: 'False', reason: 'KubeletNotReady' };
  const patch = { status: { conditions: [notReady] } };
  await cluster.until('evictions stop', async () => {
    // The hollow kubelets say otherwise now and then.
    for (const hollow of ['hollow-0', 'hollow-1'])
      await client.patch(nodes, '', hollow, 'strategic', patch, { subresource: 'status' });
    return String(await taintsOf(cluster)) === 'node.kubernetes.io/unreachable:NoSchedule';
  });
});

test('a pod that was never scheduled ends as failed when it is deleted', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  const { spec } = template('any', 'app:1', { nodeName: undefined, nodeSelector: { no: 'such' } });
  const finalizers = ['example.com/hold'];
  await client.create(pods, { metadata: { namespace, name: 'waiting', finalizers }, spec });
  await client.delete(pods, namespace, 'waiting');
  await cluster.until('it has failed', async () => {
    return (await client.get(pods, namespace, 'waiting')).status?.phase === 'Failed';
  });
  await client.patch(pods, namespace, 'waiting', 'merge', { metadata: { finalizers: null } });
});

test('a kubelet that says that its node is not ready still speaks for the pods', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await addNode(cluster);
  await addPod(cluster, 'staying', [{ operator: 'Exists' }]);
  const conditions = [{ type: 'Ready', status: 'False', reason: 'KubeletNotReady' }];
  await client.patch(nodes, '', name, 'strategic', { status: { conditions } }, { subresource: 'status' });
  await cluster.until('it is tainted', async () => (await taintsOf(cluster)).length === 2);
  await beat(cluster);
  await cluster.clock.advance(20_000);
  assert.ok(isPodReady(await client.get(pods, namespace, 'staying')));
});
