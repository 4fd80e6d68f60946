import assert from 'node:assert/strict';
import { test } from 'node:test';
import { persistentVolumeClaims, pods } from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { type TestCluster, testCluster } from '#test/controllers.ts';

const namespace = 'default';
const spec = {
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
  storageClassName: '',
};

const pod = ({ client }: TestCluster, name: string) =>
  client.create(pods, {
    metadata: { namespace, name },
    spec: {
      containers: [{ name: 'main', image: 'i' }],
      schedulingGates: [{ name: 'example.com/wait' }],
      volumes: [
        { name: 'scratch', ephemeral: { volumeClaimTemplate: { metadata: { labels: { a: 'b' } }, spec } } },
      ],
    },
  });

const claim = ({ client }: TestCluster, name: string) =>
  orNotFound(client.get(persistentVolumeClaims, namespace, name));

test('an ephemeral volume has a claim that lives as long as the pod', async t => {
  const cluster = await testCluster(t);
  const { metadata } = await pod(cluster, 'p');
  await cluster.until('the claim', async () => Boolean(await claim(cluster, 'p-scratch')));
  const made = (await claim(cluster, 'p-scratch'))!;
  assert.deepEqual(made.metadata.labels, { a: 'b' });
  assert.deepEqual(made.spec!.resources, spec.resources);
  assert.deepEqual(made.metadata.ownerReferences, [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'p',
      uid: metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ]);
  await cluster.client.delete(persistentVolumeClaims, namespace, 'p-scratch');
  await cluster.until('a new one', async () => {
    const found = await claim(cluster, 'p-scratch');
    return Boolean(found) && found!.metadata.uid !== made.metadata.uid;
  });
  await cluster.client.delete(pods, namespace, 'p', { gracePeriodSeconds: 0 });
  await cluster.until('the claim to go', async () => !(await claim(cluster, 'p-scratch')));
});

test("somebody else's claim of that name is not taken", async t => {
  const cluster = await testCluster(t);
  await cluster.client.create(persistentVolumeClaims, { metadata: { namespace, name: 'p-scratch' }, spec });
  await pod(cluster, 'p');
  await cluster.until('the event', async () =>
    (await cluster.eventsOf('p')).includes(
      'FailedBinding: ephemeral volume scratch: PVC default/p-scratch was not created for pod default/p (pod is not owner)',
    ),
  );
});
