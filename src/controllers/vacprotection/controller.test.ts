import assert from 'node:assert/strict';
import { test } from 'node:test';
import { persistentVolumeClaims, volumeAttributesClasses } from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { testCluster } from '#test/controllers.ts';

test('a class of volume attributes stays while a claim has it', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await client.create(volumeAttributesClasses, {
    metadata: { name: 'fast' },
    driverName: 'disk.example.com',
    parameters: { iops: '1000' },
  });
  const read = () => orNotFound(client.get(volumeAttributesClasses, '', 'fast'));
  await cluster.until(
    'the finalizer',
    async () => (await read())!.metadata.finalizers?.join() === 'kubernetes.io/vac-protection',
  );
  await client.create(persistentVolumeClaims, {
    metadata: { namespace: 'default', name: 'c' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: '',
      volumeAttributesClassName: 'fast',
    },
  });
  await client.delete(volumeAttributesClasses, '', 'fast');
  await cluster.clock.advance(30_000);
  assert.ok(await read());
  await client.delete(persistentVolumeClaims, 'default', 'c');
  await cluster.until('it to go', async () => !(await read()));
});
