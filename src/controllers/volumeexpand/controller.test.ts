import assert from 'node:assert/strict';
import { test } from 'node:test';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from '#api/generated/refs.ts';
import { testCluster } from '#test/controllers.ts';

const namespace = 'default';

test('a claim that is to grow says whom it waits for', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  const accessModes = ['ReadWriteOnce'];
  await client.create(storageClasses, {
    metadata: { name: 'growing' },
    provisioner: 'disk.example.com',
    allowVolumeExpansion: true,
  });
  await client.create(persistentVolumes, {
    metadata: { name: 'v' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes,
      storageClassName: 'growing',
      csi: { driver: 'disk.example.com', volumeHandle: 'h' },
    },
  });
  await client.create(persistentVolumeClaims, {
    metadata: { namespace, name: 'c' },
    spec: { accessModes, storageClassName: 'growing', resources: { requests: { storage: '1Gi' } } },
  });
  const read = () => client.get(persistentVolumeClaims, namespace, 'c');
  await cluster.until('the binding', async () => (await read()).status?.phase === 'Bound');
  const growth = async () =>
    (await cluster.eventsOf('c')).filter(text => text.startsWith('ExternalExpanding'));
  await cluster.clock.advance(5_000);
  assert.deepEqual(await growth(), []);
  await client.patch(persistentVolumeClaims, namespace, 'c', 'merge', {
    spec: { resources: { requests: { storage: '2Gi' } } },
  });
  await cluster.until('the event', async () => (await growth()).length === 1);
  assert.deepEqual(await growth(), [
    'ExternalExpanding: waiting for an external controller to expand this PVC',
  ]);
});
