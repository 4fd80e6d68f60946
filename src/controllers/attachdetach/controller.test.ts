import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  csiDrivers,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  volumeAttachments,
} from '#api/generated/refs.ts';
import type { Node } from '#api/generated/types/core.v1.ts';
import { type TestCluster, testCluster } from '#test/controllers.ts';
import { attachmentName } from './volumes.ts';

const namespace = 'default';
const driver = 'disk.example.com';
const finalizer = 'external-attacher/disk-example-com';

/** A volume of the driver, bound to a claim of its name. */
async function volume(cluster: TestCluster, name: string, mode = 'ReadWriteOnce') {
  const { client } = cluster;
  const accessModes = [mode];
  await client.create(persistentVolumes, {
    metadata: { name },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes,
      csi: { driver, volumeHandle: `handle-${name}` },
      claimRef: { namespace, name },
    },
  });
  await client.create(persistentVolumeClaims, {
    metadata: { namespace, name },
    spec: {
      accessModes,
      resources: { requests: { storage: '1Gi' } },
      storageClassName: '',
      volumeName: name,
    },
  });
  await cluster.until(
    `${name} to be bound`,
    async () => (await client.get(persistentVolumeClaims, namespace, name)).status?.phase === 'Bound',
  );
}

const pod = ({ client }: TestCluster, name: string, nodeName: string, claimName: string) =>
  client.create(pods, {
    metadata: { namespace, name },
    spec: {
      nodeName,
      containers: [{ name: 'main', image: 'i' }],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }],
    },
  });

const attachmentsOf = async ({ client }: TestCluster) => (await client.list(volumeAttachments, '')).items;
const nodeOf = ({ client }: TestCluster, name: string) => client.get(nodes, '', name);
const attachedTo = async (cluster: TestCluster, name: string) =>
  ((await nodeOf(cluster, name)).status?.volumesAttached ?? []).map(each => each.name);

/** What the driver's external attacher does. */
async function attacher(cluster: TestCluster) {
  const { client } = cluster;
  for (const attachment of await attachmentsOf(cluster)) {
    const { metadata } = attachment;
    if (metadata.deletionTimestamp) {
      await client.update(volumeAttachments, { ...attachment, metadata: { ...metadata, finalizers: [] } });
    } else if (!attachment.status?.attached) {
      const held = await client.update(volumeAttachments, {
        ...attachment,
        metadata: { ...metadata, finalizers: [finalizer] },
      });
      await client.updateStatus(volumeAttachments, { ...held, status: { attached: true } });
    }
  }
}

async function withStatus(
  { client }: TestCluster,
  name: string,
  change: (status: NonNullable<Node['status']>) => object,
) {
  const node = await client.get(nodes, '', name);
  await client.updateStatus(nodes, { ...node, status: { ...node.status, ...change(node.status!) } });
}

test('a volume is attached for a pod, told to the node, and detached when the pod is gone', async t => {
  const cluster = await testCluster(t);
  await volume(cluster, 'data');
  await pod(cluster, 'p', 'hollow-0', 'data');
  await cluster.until('the attachment', async () => (await attachmentsOf(cluster)).length === 1);
  const [attachment] = await attachmentsOf(cluster);
  assert.deepEqual(attachment!.spec, {
    attacher: driver,
    nodeName: 'hollow-0',
    source: { persistentVolumeName: 'data' },
  });
  assert.equal(attachment!.metadata.name, attachmentName('handle-data', driver, 'hollow-0'));
  assert.deepEqual(await attachedTo(cluster, 'hollow-0'), []);
  await attacher(cluster);
  const name = `kubernetes.io/csi/${driver}^handle-data`;
  await cluster.until(
    'the node to know',
    async () => (await attachedTo(cluster, 'hollow-0')).join() === name,
  );
  await cluster.until('the event', async () =>
    (await cluster.eventsOf('p')).includes(
      'SuccessfulAttachVolume: AttachVolume.Attach succeeded for volume "data" ',
    ),
  );
  await withStatus(cluster, 'hollow-0', () => ({ volumesInUse: [name] }));
  await cluster.client.delete(pods, namespace, 'p', { gracePeriodSeconds: 0 });
  await cluster.clock.advance(60_000);
  assert.deepEqual(await attachedTo(cluster, 'hollow-0'), [name], 'still mounted');
  await withStatus(cluster, 'hollow-0', () => ({ volumesInUse: [] }));
  await cluster.until('the detaching', async () =>
    Boolean((await attachmentsOf(cluster))[0]!.metadata.deletionTimestamp),
  );
  assert.deepEqual(await attachedTo(cluster, 'hollow-0'), []);
  await attacher(cluster);
  assert.deepEqual(await attachmentsOf(cluster), []);
});

test('a volume for one node waits until the other has let go', async t => {
  const cluster = await testCluster(t);
  await volume(cluster, 'data');
  await volume(cluster, 'shared', 'ReadWriteMany');
  await pod(cluster, 'a', 'hollow-0', 'data');
  await pod(cluster, 'c', 'hollow-0', 'shared');
  await cluster.until('the attachments', async () => (await attachmentsOf(cluster)).length === 2);
  await attacher(cluster);
  await pod(cluster, 'b', 'hollow-1', 'data');
  await pod(cluster, 'd', 'hollow-1', 'shared');
  await cluster.until('the refusal', async () =>
    (await cluster.eventsOf('b')).includes(
      'FailedAttachVolume: Multi-Attach error for volume "data" Volume is already used by pod(s) a',
    ),
  );
  await cluster.until('the shared one', async () => (await attachmentsOf(cluster)).length === 3);
  await cluster.client.delete(pods, namespace, 'a', { gracePeriodSeconds: 0 });
  await cluster.until('the move', async () => {
    await attacher(cluster);
    return (await attachmentsOf(cluster)).some(
      ({ spec }) => spec.nodeName === 'hollow-1' && spec.source.persistentVolumeName === 'data',
    );
  });
});

test('a mounted volume leaves a node that is lost after six minutes, and one out of service at once', async t => {
  const cluster = await testCluster(t);
  const { client, clock } = cluster;
  await volume(cluster, 'one');
  await volume(cluster, 'two');
  await client.create(nodes, { metadata: { name: 'lost' } });
  await client.create(nodes, {
    metadata: { name: 'out' },
    spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoSchedule' }] },
  });
  for (const [node, name] of [
    ['lost', 'one'],
    ['out', 'two'],
  ] as const) {
    await withStatus(cluster, node, () => ({ volumesInUse: [`kubernetes.io/csi/${driver}^handle-${name}`] }));
    await pod(cluster, name, node, name);
  }
  await cluster.until('the attachments', async () => (await attachmentsOf(cluster)).length === 2);
  for (const name of ['one', 'two']) await client.delete(pods, namespace, name, { gracePeriodSeconds: 0 });
  const left = async () => (await attachmentsOf(cluster)).map(({ spec }) => spec.nodeName).join();
  await cluster.until('the one out of service', async () => (await left()) === 'lost');
  await clock.advance(300_000);
  assert.equal(await left(), 'lost');
  await cluster.until('the other', async () => (await left()) === '');
});

test('a driver that attaches nothing gets no attachments', async t => {
  const cluster = await testCluster(t);
  await cluster.client.create(csiDrivers, { metadata: { name: driver }, spec: { attachRequired: false } });
  await volume(cluster, 'data');
  await pod(cluster, 'p', 'hollow-0', 'data');
  await cluster.clock.advance(30_000);
  assert.deepEqual(await attachmentsOf(cluster), []);
});

test("somebody else's attachments stay", async t => {
  const cluster = await testCluster(t);
  const { client, clock } = cluster;
  const spec = { attacher: driver, nodeName: 'no-such-node', source: { persistentVolumeName: 'other' } };
  const ours = attachmentName('handle-gone', driver, 'no-such-node');
  for (const name of [ours, 'by-hand']) await client.create(volumeAttachments, { metadata: { name }, spec });
  await cluster.until('ours to be gone', async () => (await attachmentsOf(cluster)).length === 1);
  await clock.advance(600_000);
  assert.deepEqual(
    (await attachmentsOf(cluster)).map(({ metadata }) => metadata.name),
    ['by-hand'],
  );
});
