import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  configMaps,
  controllerRevisions,
  persistentVolumeClaims,
  pods,
  statefulSets,
} from '#api/generated/refs.ts';
import type { PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import { imageOf, type TestCluster, template, testCluster } from '#test/controllers.ts';

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

const claimed: PersistentVolumeClaim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};

async function createWithClaims(cluster: TestCluster, more: object): Promise<void> {
  const spec = {
    replicas: 2,
    serviceName: 'db',
    selector: { matchLabels: { app: 'db' } },
    template: template('db'),
    volumeClaimTemplates: [claimed],
    ...more,
  };
  await cluster.client.create(statefulSets, { metadata: { namespace, name: 'db' }, spec });
}

/** Each claim with the kind and name of its owner. */
async function claimOwners({ client }: TestCluster): Promise<Record<string, string>> {
  const { items } = await client.list(persistentVolumeClaims, namespace);
  return Object.fromEntries(
    items.map(({ metadata }) => [
      metadata.name,
      (metadata.ownerReferences ?? []).map(({ kind, name }) => `${kind} ${name}`).join(),
    ]),
  );
}

test('claims outlive the set, or go with it or with surplus pods, as the retention policy says', async t => {
  const cluster = await testCluster(t);
  await createWithClaims(cluster, {});
  await settled(cluster, 2);
  assert.deepEqual(await claimOwners(cluster), { 'data-db-0': '', 'data-db-1': '' });
  const setPolicy = (whenScaled: string, whenDeleted: string) =>
    cluster.client.patch(statefulSets, namespace, 'db', 'merge', {
      spec: { persistentVolumeClaimRetentionPolicy: { whenScaled, whenDeleted } },
    });
  await setPolicy('Delete', 'Delete');
  await cluster.until('the set owns them', async () => {
    const owners = Object.values(await claimOwners(cluster));
    return owners.every(owner => owner === 'StatefulSet db');
  });
  await cluster.client.patch(statefulSets, namespace, 'db', 'merge', { spec: { replicas: 1 } });
  await cluster.until('the surplus claim is gone', async () => {
    return JSON.stringify(await claimOwners(cluster)) === '{"data-db-0":"StatefulSet db"}';
  });
  await setPolicy('Delete', 'Retain');
  await cluster.until('nobody owns the other', async () => (await claimOwners(cluster))['data-db-0'] === '');
  await setPolicy('Retain', 'Delete');
  await cluster.until('the set owns it', async () => (await claimOwners(cluster))['data-db-0'] !== '');
  await cluster.client.delete(statefulSets, namespace, 'db');
  await cluster.until('all claims are gone', async () => {
    return Object.keys(await claimOwners(cluster)).length === 0;
  });
});

test('a claim that somebody else manages is left alone, and the set says so', async t => {
  const cluster = await testCluster(t);
  const manager = await cluster.client.create(configMaps, { metadata: { namespace, name: 'manager' } });
  const owner = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: 'manager',
    uid: manager.metadata.uid!,
    controller: true,
  };
  await cluster.client.create(persistentVolumeClaims, {
    metadata: { namespace, name: 'data-db-0', ownerReferences: [owner] },
    spec: claimed.spec,
  });
  await createWithClaims(cluster, {
    replicas: 1,
    persistentVolumeClaimRetentionPolicy: { whenScaled: 'Retain', whenDeleted: 'Delete' },
  });
  await settled(cluster, 1);
  await cluster.until('it is told', async () =>
    (await cluster.eventsOf('db')).includes(
      'ConflictingController: PersistentVolumeClaim data-db-0 has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim',
    ),
  );
  assert.deepEqual(await claimOwners(cluster), { 'data-db-0': 'ConfigMap manager' });
});

test('a claim that a waiting pod lacks is made again', async t => {
  const cluster = await testCluster(t);
  await createWithClaims(cluster, {
    replicas: 1,
    template: template('db', 'app:1', { nodeName: undefined }),
  });
  const uid = async () => {
    const [claim] = (await cluster.client.list(persistentVolumeClaims, namespace)).items;
    return claim?.metadata.uid;
  };
  await cluster.until('the claim is there', async () => (await uid()) !== undefined);
  const before = await uid();
  await cluster.client.patch(persistentVolumeClaims, namespace, 'data-db-0', 'merge', {
    metadata: { finalizers: null },
  });
  await cluster.client.delete(persistentVolumeClaims, namespace, 'data-db-0');
  await cluster.until('another is there', async () => ![undefined, before].includes(await uid()));
});

test('a set that takes over what another of its name left behind restarts nothing', async t => {
  const cluster = await testCluster(t);
  await create(cluster, 2);
  await settled(cluster, 2);
  const uids = async () => (await cluster.podsWhere()).map(({ metadata }) => metadata.uid).sort();
  const before = await uids();
  await cluster.client.delete(statefulSets, namespace, 'db', { propagationPolicy: 'Orphan' });
  await cluster.until('nobody owns the revision', async () => {
    const { items } = await cluster.client.list(controllerRevisions, namespace);
    return items.every(({ metadata }) => !metadata.ownerReferences?.length);
  });
  await create(cluster, 2);
  await settled(cluster, 2);
  assert.deepEqual(await uids(), before);
  const { items } = await cluster.client.list(controllerRevisions, namespace);
  assert.deepEqual(
    items.map(({ metadata }) => metadata.ownerReferences?.length),
    [1],
  );
});

test('an adopted pod gets the labels of its place', async t => {
  const cluster = await testCluster(t);
  await cluster.client.create(pods, {
    ...template('db'),
    metadata: { namespace, name: 'db-0', labels: { app: 'db' } },
  });
  await create(cluster, 1);
  await cluster.until('it is labelled', async () => {
    const { labels } = (await cluster.client.get(pods, namespace, 'db-0')).metadata;
    return (
      labels?.['statefulset.kubernetes.io/pod-name'] === 'db-0' &&
      labels['apps.kubernetes.io/pod-index'] === '0'
    );
  });
});

test('what may be unavailable and what is are told of each set', async t => {
  const cluster = await testCluster(t);
  await create(cluster, 3);
  await settled(cluster, 3);
  const told = (name: string) => cluster.metric(`statefulset_${name}`);
  const labels = `{pod_management_policy="OrderedReady",statefulset_name="db",statefulset_namespace="default"}`;
  assert.deepEqual(told('max_unavailable'), [`statefulset_max_unavailable${labels} 1`]);
  assert.deepEqual(told('unavailable_replicas'), [`statefulset_unavailable_replicas${labels} 0`]);
  const nowhere = template('db', 'db:2');
  nowhere.spec!.nodeName = 'none';
  await cluster.client.patch(statefulSets, namespace, 'db', 'merge', { spec: { template: nowhere } });
  await cluster.until('one waits', async () => told('unavailable_replicas')[0]!.endsWith(' 1'));
  assert.deepEqual(told('max_unavailable'), [`statefulset_max_unavailable${labels} 1`]);
});
