import assert from 'node:assert/strict';
import { test } from 'node:test';
import { daemonSets, nodes } from '#api/generated/refs.ts';
import { targetNode } from '../shared/node-affinity.ts';
import { imageOf, type TestCluster, template, testCluster } from '../testing.ts';

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
