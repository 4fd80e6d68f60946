import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controllerRevisions, pods, statefulSets } from '#api/generated/refs.ts';
import { imageOf, type TestCluster, template, testCluster } from '../testing.ts';

const namespace = 'default';
const get = ({ client }: TestCluster) => client.get(statefulSets, namespace, 'db');

async function create({ client }: TestCluster, replicas: number): Promise<void> {
  const spec = {
    replicas,
    serviceName: 'db',
    selector: { matchLabels: { app: 'db' } },
    template: template('db'),
  };
  await client.create(statefulSets, { metadata: { namespace, name: 'db' }, spec });
}

async function settled(cluster: TestCluster, replicas: number): Promise<void> {
  await cluster.until('all are updated and ready', async () => {
    const { metadata, status } = await get(cluster);
    return (
      status?.observedGeneration === metadata.generation &&
      status?.replicas === replicas &&
      status.readyReplicas === replicas &&
      status.currentRevision === status.updateRevision
    );
  });
}

const names = async (cluster: TestCluster) =>
  (await cluster.podsWhere()).map(({ metadata }) => metadata.name).sort();

test('pods come one by one, keep their names, and go from the highest', async t => {
  const cluster = await testCluster(t);
  await create(cluster, 3);
  let most = 0;
  await cluster.until('three are ready', async () => {
    const unready = await cluster.podsWhere(pod => pod.status?.phase !== 'Running');
    most = Math.max(most, unready.length);
    return (await get(cluster)).status?.readyReplicas === 3;
  });
  assert.equal(most, 1);
  assert.deepEqual(await names(cluster), ['db-0', 'db-1', 'db-2']);
  const [first] = await cluster.podsWhere();
  assert.deepEqual([first!.spec?.hostname, first!.spec?.subdomain], ['db-0', 'db']);
  const { uid } = (await cluster.client.get(pods, namespace, 'db-1')).metadata;
  await cluster.client.delete(pods, namespace, 'db-1');
  await cluster.until('another has its name', async () => {
    const others = await cluster.podsWhere(({ metadata }) => metadata.uid !== uid);
    return others.length === 3;
  });
  await settled(cluster, 3);
  assert.deepEqual(await names(cluster), ['db-0', 'db-1', 'db-2']);
  await cluster.client.patch(statefulSets, namespace, 'db', 'merge', { spec: { replicas: 1 } });
  await settled(cluster, 1);
  assert.deepEqual(await names(cluster), ['db-0']);
  const told = (await cluster.eventsOf('db')).filter(text => text.includes('delete'));
  assert.deepEqual(told, [
    'SuccessfulDelete: delete Pod db-2 in StatefulSet db successful',
    'SuccessfulDelete: delete Pod db-1 in StatefulSet db successful',
  ]);
});

test('an update goes from the highest down to the partition, and back to a known revision', async t => {
  const cluster = await testCluster(t);
  await create(cluster, 3);
  await settled(cluster, 3);
  const setImage = (image: string, partition: number) =>
    cluster.client.patch(statefulSets, namespace, 'db', 'strategic', {
      spec: {
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
        template: { spec: { containers: [{ name: 'main', image }] } },
      },
    });
  const images = async () =>
    Object.fromEntries((await cluster.podsWhere()).map(pod => [pod.metadata.name, imageOf(pod)]));
  await setImage('app:2', 2);
  await cluster.clock.advance(30_000);
  assert.deepEqual(await images(), { 'db-0': 'app:1', 'db-1': 'app:1', 'db-2': 'app:2' });
  await setImage('app:2', 0);
  await settled(cluster, 3);
  assert.deepEqual(await images(), { 'db-0': 'app:2', 'db-1': 'app:2', 'db-2': 'app:2' });
  await setImage('app:1', 0);
  await settled(cluster, 3);
  const { items } = await cluster.client.list(controllerRevisions, namespace);
  assert.deepEqual(items.map(({ revision }) => revision).sort(), [2, 3], 'the first revision is used again');
});
