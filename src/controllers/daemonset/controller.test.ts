import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controllerRevisions, daemonSets, nodes, pods } from '#api/generated/refs.ts';
import { targetNode } from '../shared/node-affinity.ts';
import { isPodAvailable } from '../shared/pods.ts';
import { imageOf, type TestCluster, template, testCluster } from '#test/controllers.ts';

const namespace = 'default';

async function create({ client }: TestCluster, nodeSelector?: Record<string, string>): Promise<void> {
  const podTemplate = template('agent', 'app:1', { nodeName: undefined, nodeSelector });
  const spec = { selector: { matchLabels: { app: 'agent' } }, template: podTemplate };
  await client.create(daemonSets, { metadata: { namespace, name: 'agent' }, spec });
}

const status = async ({ client }: TestCluster) => (await client.get(daemonSets, namespace, 'agent')).status!;
const targets = async (cluster: TestCluster) =>
  (await cluster.podsWhere()).map(pod => targetNode(pod.spec)).sort();

test('each node has a pod; nodes come and go, and labels choose among them', async t => {
  const cluster = await testCluster(t);
  await create(cluster);
  await cluster.until('two pods', async () => (await targets(cluster)).length === 2);
  assert.deepEqual(await targets(cluster), ['hollow-0', 'hollow-1']);
  await cluster.client.create(nodes, { metadata: { name: 'third' } });
  await cluster.until('three pods', async () => (await targets(cluster)).includes('third'));
  assert.equal((await status(cluster)).desiredNumberScheduled, 3);
  const selector = { spec: { template: { spec: { nodeSelector: { disk: 'fast' } } } } };
  await cluster.client.patch(daemonSets, namespace, 'agent', 'merge', selector);
  await cluster.client.patch(nodes, '', 'hollow-1', 'merge', { metadata: { labels: { disk: 'fast' } } });
  await cluster.until('one pod', async () => String(await targets(cluster)) === 'hollow-1');
});

test('an update replaces pods no faster than may be unavailable', async t => {
  const cluster = await testCluster(t);
  await create(cluster);
  const ready = async () => {
    const { numberAvailable, updatedNumberScheduled } = await status(cluster);
    return numberAvailable === 2 && updatedNumberScheduled === 2;
  };
  await cluster.until('both are up', ready);
  const containers = [{ name: 'main', image: 'app:2' }];
  const patch = { spec: { template: { spec: { containers } } } };
  await cluster.client.patch(daemonSets, namespace, 'agent', 'strategic', patch);
  await cluster.until('both are new and up', async () => {
    const { numberAvailable = 0 } = await status(cluster);
    assert.ok(numberAvailable >= 1, 'both were down');
    return (await ready()) && (await cluster.podsWhere()).every(pod => imageOf(pod) === 'app:2');
  });
});

test('revisions carry the hash that pods have, and the cause of the change', async t => {
  const cluster = await testCluster(t);
  await create(cluster);
  await cluster.until('both are up', async () => (await status(cluster)).numberAvailable === 2);
  const cause = { 'kubernetes.io/change-cause': 'a new image' };
  await cluster.client.patch(daemonSets, namespace, 'agent', 'strategic', {
    metadata: { annotations: cause },
    spec: { template: { spec: { containers: [{ name: 'main', image: 'app:2' }] } } },
  });
  await cluster.until('both are new', async () => (await status(cluster)).updatedNumberScheduled === 2);
  const { items } = await cluster.client.list(controllerRevisions, namespace);
  // Its bytes are what clients compare: keys in order.
  assert.match(JSON.stringify(items[0]!.data), /^\{"spec":\{"template":\{"\$patch":"replace","metadata":/);
  const newest = items.find(({ revision }) => revision === 2)!;
  const hash = newest.metadata.labels?.['controller-revision-hash'];
  assert.equal(newest.metadata.name, `agent-${hash}`);
  assert.equal(newest.metadata.annotations?.['kubernetes.io/change-cause'], 'a new image');
  const hashes = (await cluster.podsWhere(pod => imageOf(pod) === 'app:2')).map(
    ({ metadata }) => metadata.labels?.['controller-revision-hash'],
  );
  assert.deepEqual(hashes, [hash, hash]);
});

test('a pod that fails again and again is replaced less and less often', async t => {
  const cluster = await testCluster(t);
  await cluster.client.create(nodes, { metadata: { name: 'alone', labels: { disk: 'fast' } } });
  await create(cluster, { disk: 'fast' });
  const waitsMs: number[] = [];
  for (let failure = 0; failure < 4; failure++) {
    await cluster.until('a pod is there', async () => (await cluster.podsWhere()).length === 1);
    const [pod] = await cluster.podsWhere();
    const patch = { status: { phase: 'Failed' } };
    await cluster.client.patch(pods, namespace, pod!.metadata.name!, 'merge', patch, {
      subresource: 'status',
    });
    const startMs = cluster.clock.now();
    await cluster.until('it is replaced', async () => {
      return (await cluster.podsWhere(({ metadata }) => metadata.uid === pod!.metadata.uid)).length === 0;
    });
    waitsMs.push(cluster.clock.now() - startMs);
  }
  const [first, second, third, fourth] = waitsMs as [number, number, number, number];
  assert.ok(first < 500 && second >= 500 && third > second && fourth > third, String(waitsMs));
  assert.match(
    (await cluster.eventsOf('agent')).find(text => text.startsWith('Failed'))!,
    /^FailedDaemonPod: Found failed daemon pod default\/agent-\w+ on node alone, will try to kill it$/,
  );
});

test('with surge, the new pod is available before the old one goes', async t => {
  const cluster = await testCluster(t);
  await create(cluster);
  await cluster.until('both are up', async () => (await status(cluster)).numberAvailable === 2);
  await cluster.client.patch(daemonSets, namespace, 'agent', 'strategic', {
    spec: {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: { spec: { containers: [{ name: 'main', image: 'app:2' }] } },
    },
  });
  await cluster.until('both are new', async () => {
    const all = await cluster.podsWhere();
    const up = all.filter(
      pod => !pod.metadata.deletionTimestamp && isPodAvailable(pod, 0, cluster.clock.now()),
    );
    assert.ok(up.length >= 2, 'fewer pods serve than nodes');
    return all.length === 2 && all.every(pod => imageOf(pod) === 'app:2');
  });
});

test('of two revisions of one template the newer stays, and no pod is made anew for it', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await create(cluster);
  await cluster.until('both are up', async () => (await status(cluster)).numberAvailable === 2);
  const before = (await cluster.podsWhere()).map(({ metadata }) => metadata.uid);
  const [{ metadata, ...rest } = assert.fail()] = (await client.list(controllerRevisions, namespace)).items;
  const labels = { ...metadata.labels, 'controller-revision-hash': 'twin' };
  const { ownerReferences } = metadata;
  const twin = { namespace, name: 'agent-twin', labels, ownerReferences };
  await client.create(controllerRevisions, { ...rest, metadata: twin as typeof metadata, revision: 2 });
  await client.patch(daemonSets, namespace, 'agent', 'merge', { metadata: { labels: { look: 'again' } } });
  await cluster.until('one is left', async () => {
    const { items } = await client.list(controllerRevisions, namespace);
    return items.length === 1 && items[0]!.metadata.name === 'agent-twin';
  });
  await cluster.clock.advance(10_000);
  const after = await cluster.podsWhere();
  assert.deepEqual(
    after.map(pod => [pod.metadata.uid, pod.metadata.labels?.['controller-revision-hash']]),
    before.map(uid => [uid, 'twin']),
  );
});
