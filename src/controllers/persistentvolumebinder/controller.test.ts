import assert from 'node:assert/strict';
import { test } from 'node:test';
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '#api/generated/refs.ts';
import type { PersistentVolumeClaimSpec, PersistentVolumeSpec } from '#api/generated/types/core.v1.ts';
import type { StorageClass } from '#api/generated/types/storage.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { type TestCluster, testCluster } from '#test/controllers.ts';
import { persistentVolumeProtectionController } from '../pvprotection/controller.ts';
import { persistentVolumeBinder } from './controller.ts';

const namespace = 'default';

const volume = ({ client }: TestCluster, name: string, spec: Partial<PersistentVolumeSpec> = {}) =>
  client.create(persistentVolumes, {
    metadata: { name, labels: { name } },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: `/tmp/coxswain-test/${name}` },
      ...spec,
    },
  });

const claim = ({ client }: TestCluster, name: string, spec: Partial<PersistentVolumeClaimSpec> = {}) =>
  client.create(persistentVolumeClaims, {
    metadata: { namespace, name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: '',
      ...spec,
    },
  });

const claimOf = ({ client }: TestCluster, name: string) =>
  client.get(persistentVolumeClaims, namespace, name);

function inPhase(cluster: TestCluster, name: string, phase: string) {
  return cluster.until(`volume ${name} to be ${phase}`, async () => {
    const found = await orNotFound(cluster.client.get(persistentVolumes, '', name));
    return found?.status?.phase === phase;
  });
}

function bound(cluster: TestCluster, name: string, wanted: string) {
  return cluster.until(`claim ${name} to be bound`, async () => {
    const { spec, status } = await claimOf(cluster, name);
    return status?.phase === 'Bound' && spec?.volumeName === wanted;
  });
}

test('a claim gets the smallest volume that fits, and only that', async t => {
  const cluster = await testCluster(t);
  await volume(cluster, 'large', { capacity: { storage: '10Gi' } });
  await volume(cluster, 'small', { capacity: { storage: '500Mi' } });
  await volume(cluster, 'fits', { capacity: { storage: '2Gi' } });
  await volume(cluster, 'shared', { accessModes: ['ReadWriteMany'] });
  await volume(cluster, 'block', { volumeMode: 'Block' });
  for (const name of ['large', 'small', 'fits']) await inPhase(cluster, name, 'Available');
  await claim(cluster, 'c');
  await bound(cluster, 'c', 'fits');
  const { metadata, status } = await claimOf(cluster, 'c');
  assert.equal(metadata.annotations?.['pv.kubernetes.io/bind-completed'], 'yes');
  assert.equal(metadata.annotations?.['pv.kubernetes.io/bound-by-controller'], 'yes');
  assert.deepEqual(status!.capacity, { storage: '2Gi' });
  const { spec } = await cluster.client.get(persistentVolumes, '', 'fits');
  assert.equal(spec!.claimRef!.uid, metadata.uid);
  await inPhase(cluster, 'fits', 'Bound');
  await claim(cluster, 'huge', { resources: { requests: { storage: '1Ti' } } });
  await claim(cluster, 'chosen', { selector: { matchLabels: { name: 'block' } }, volumeMode: 'Block' });
  await bound(cluster, 'chosen', 'block');
  assert.equal((await claimOf(cluster, 'huge')).status!.phase, 'Pending');
});

test('two claims never share a volume, and one that waits gets the next', async t => {
  const cluster = await testCluster(t);
  await volume(cluster, 'one');
  await Promise.all([claim(cluster, 'a'), claim(cluster, 'b')]);
  const phases = async () =>
    (await Promise.all(['a', 'b'].map(name => claimOf(cluster, name)))).map(c => c.status?.phase).sort();
  await cluster.until('one to be bound', async () => (await phases()).join() === 'Bound,Pending');
  await volume(cluster, 'two');
  await cluster.until('both to be bound', async () => (await phases()).join() === 'Bound,Bound');
});

test('a volume and a claim that name each other find each other', async t => {
  const cluster = await testCluster(t);
  await volume(cluster, 'kept', { claimRef: { namespace, name: 'mine' } });
  await inPhase(cluster, 'kept', 'Available');
  await claim(cluster, 'other');
  await claim(cluster, 'named', { volumeName: 'later' });
  await claim(cluster, 'mine');
  await bound(cluster, 'mine', 'kept');
  assert.equal((await claimOf(cluster, 'other')).status!.phase, 'Pending');
  await cluster.client.delete(persistentVolumeClaims, namespace, 'other');
  await volume(cluster, 'later');
  await bound(cluster, 'named', 'later');
});

test('what becomes of a volume whose claim is gone is its policy', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await volume(cluster, 'retained');
  await claim(cluster, 'a');
  await bound(cluster, 'a', 'retained');
  await client.delete(persistentVolumeClaims, namespace, 'a');
  await inPhase(cluster, 'retained', 'Released');
  await volume(cluster, 'deleted', { persistentVolumeReclaimPolicy: 'Delete' });
  await claim(cluster, 'b');
  await bound(cluster, 'b', 'deleted');
  await client.delete(persistentVolumeClaims, namespace, 'b');
  await cluster.until(
    'the volume to go',
    async () => !(await orNotFound(client.get(persistentVolumes, '', 'deleted'))),
  );
  await volume(cluster, 'foreign', {
    persistentVolumeReclaimPolicy: 'Delete',
    hostPath: { path: '/srv/data' },
  });
  await claim(cluster, 'c');
  await bound(cluster, 'c', 'foreign');
  await client.delete(persistentVolumeClaims, namespace, 'c');
  await inPhase(cluster, 'foreign', 'Failed');
});

test('what nobody can take back fails in the words of upstream, and what a provisioner made is its own', async t => {
  const cluster = await testCluster(t);
  const deleter = (name: string) => `error getting deleter volume plugin for volume "${name}": no`;
  const cases: Record<string, [Partial<PersistentVolumeSpec>, string | undefined, string?]> = {
    csi: [{ csi: { driver: 'd', volumeHandle: 'h' }, hostPath: undefined }, undefined],
    maker: [{ hostPath: { path: '/opt/a' } }, undefined, 'example.com/local-path'],
    path: [
      { hostPath: { path: '/opt/b' } },
      'VolumeFailedDelete: failed to create deleter for volume "path": host_path deleter only supports /tmp/.+ but received provided /opt/b',
    ],
    nfs: [
      { nfs: { server: 's', path: '/' }, hostPath: undefined },
      `VolumeFailedDelete: ${deleter('nfs')} deletable volume plugin matched`,
    ],
    iscsi: [
      { iscsi: { targetPortal: '10.0.0.1', iqn: 'iqn.2015-02.example.com:a', lun: 0 }, hostPath: undefined },
      `VolumeFailedDelete: ${deleter('iscsi')} volume plugin matched`,
    ],
    recycle: [
      { persistentVolumeReclaimPolicy: 'Recycle' },
      'VolumeFailedRecycle: No recycler plugin found for the volume!',
    ],
  };
  for (const [name, [spec, said, maker]] of Object.entries(cases)) {
    const claimRef = { namespace, name: 'gone', uid: 'gone' };
    const annotations: Record<string, string> = maker ? { 'pv.kubernetes.io/provisioned-by': maker } : {};
    await cluster.client.create(persistentVolumes, {
      metadata: { name, annotations },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/tmp/x' },
        persistentVolumeReclaimPolicy: 'Delete',
        claimRef,
        ...spec,
      },
    });
    await inPhase(cluster, name, said ? 'Failed' : 'Released');
    assert.deepEqual(await cluster.eventsOf(name), said ? [said] : [], name);
  }
});

test('a folder that cannot be removed fails its volume, and is tried again', async t => {
  let tries = 0;
  const removeHostPath = async () => {
    if (++tries < 3) throw new Error('unlinkat /tmp/x: device or resource busy');
  };
  const controllers = [persistentVolumeBinder({ removeHostPath }), persistentVolumeProtectionController];
  const cluster = await testCluster(t, undefined, { nodes: 0, account: false, controllers });
  const { client } = cluster;
  await volume(cluster, 'busy', {
    persistentVolumeReclaimPolicy: 'Delete',
    claimRef: { namespace, name: 'gone', uid: 'gone' },
  });
  await inPhase(cluster, 'busy', 'Failed');
  await cluster.until(
    'the volume to go',
    async () => !(await orNotFound(client.get(persistentVolumes, '', 'busy'))),
  );
  // A volume that is on its way out may be looked at once more: what is not there any more is gone.
  assert.ok(tries >= 3, String(tries));
  assert.deepEqual(await cluster.eventsOf('busy'), [
    'VolumeFailedDelete: unlinkat /tmp/x: device or resource busy',
  ]);
});

test('a claim that cannot have its volume says why, and one that lost it has no size any more', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  const says = (name: string, text: string) =>
    cluster.until(text, async () => (await cluster.eventsOf(name)).includes(text));
  const csi = { driver: 'd', volumeHandle: 'h' };
  await volume(cluster, 'v', { volumeAttributesClassName: 'gold', csi, hostPath: undefined });
  await claim(cluster, 'first', { volumeName: 'v', volumeAttributesClassName: 'gold' });
  await bound(cluster, 'first', 'v');
  assert.equal((await claimOf(cluster, 'first')).status!.currentVolumeAttributesClassName, 'gold');
  await claim(cluster, 'second', { volumeName: 'v' });
  await says('second', 'FailedBinding: volume "v" already bound to a different claim.');
  const { metadata } = await claim(cluster, 'disk', { volumeMode: 'Block' });
  await volume(cluster, 'files', { claimRef: { namespace, name: 'disk', uid: metadata.uid! } });
  const why = 'due to incompatible volumeMode.';
  await says(
    'files',
    `VolumeMismatch: Cannot bind PersistentVolume to requested PersistentVolumeClaim "disk" ${why}`,
  );
  await says(
    'disk',
    `VolumeMismatch: Cannot bind PersistentVolume "files" to requested PersistentVolumeClaim ${why}`,
  );
  await client.patch(persistentVolumes, '', 'v', 'merge', { metadata: { finalizers: null } });
  await client.delete(persistentVolumes, '', 'v');
  await cluster.until('lost', async () => (await claimOf(cluster, 'first')).status!.phase === 'Lost');
  const { capacity, accessModes } = (await claimOf(cluster, 'first')).status!;
  assert.deepEqual([capacity, accessModes], [undefined, undefined]);
});

test('what was part of Kubernetes is made by its driver, or by nobody', async t => {
  const cluster = await testCluster(t);
  const says = (name: string, text: RegExp) =>
    cluster.until(`${text}`, async () => (await cluster.eventsOf(name)).some(line => text.test(line)));
  await storageClass(cluster, 'ebs', { provisioner: 'kubernetes.io/aws-ebs' });
  await storageClass(cluster, 'gone', { provisioner: 'kubernetes.io/glusterfs' });
  for (const name of ['ebs', 'gone']) await claim(cluster, name, { storageClassName: name });
  await says('ebs', /^ExternalProvisioning: .*'ebs.csi.aws.com'/);
  await says('gone', /^ProvisioningFailed: no volume plugin matched name: kubernetes.io\/glusterfs$/);
});

test('a claim that a pod uses, and a volume that a claim has, outlive their deletion', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await volume(cluster, 'v');
  await claim(cluster, 'c');
  await bound(cluster, 'c', 'v');
  await client.create(pods, {
    metadata: { namespace, name: 'p' },
    spec: {
      nodeName: 'hollow-0',
      containers: [{ name: 'c', image: 'i' }],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }],
    },
  });
  await cluster.until('the pod', async () => (await cluster.podsWhere()).length === 1);
  await client.delete(persistentVolumeClaims, namespace, 'c');
  await client.delete(persistentVolumes, '', 'v');
  await cluster.clock.advance(5_000);
  assert.ok((await claimOf(cluster, 'c')).metadata.deletionTimestamp);
  await client.delete(pods, namespace, 'p', { gracePeriodSeconds: 0 });
  const isGone = async () => !(await orNotFound(claimOf(cluster, 'c')));
  await cluster.until('the claim to go', isGone);
  await cluster.until(
    'the volume to go',
    async () => !(await orNotFound(client.get(persistentVolumes, '', 'v'))),
  );
});

test('a class may wait for a pod, or for its provisioner', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await client.create(storageClasses, {
    metadata: { name: 'waits' },
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  await client.create(storageClasses, { metadata: { name: 'made' }, provisioner: 'example.com/maker' });
  await volume(cluster, 'v', { storageClassName: 'waits' });
  await inPhase(cluster, 'v', 'Available');
  await claim(cluster, 'a', { storageClassName: 'waits' });
  await claim(cluster, 'b', { storageClassName: 'made' });
  const says = (name: string, text: RegExp) =>
    cluster.until(`${text}`, async () => (await cluster.eventsOf(name)).some(line => text.test(line)));
  await says('a', /^WaitForFirstConsumer: waiting for first consumer to be created before binding$/);
  await says('b', /^ExternalProvisioning: .*'example.com\/maker'/);
  const { metadata } = await claimOf(cluster, 'b');
  assert.equal(metadata.annotations?.['volume.kubernetes.io/storage-provisioner'], 'example.com/maker');
  // A chosen node asks for a volume to be made: those that are there the scheduler gives out itself.
  await client.patch(persistentVolumeClaims, namespace, 'a', 'merge', {
    metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'hollow-0' } },
  });
  await cluster.clock.advance(30_000);
  const { metadata: waiting, status } = await claimOf(cluster, 'a');
  assert.equal(status!.phase, 'Pending');
  const claimRef = {
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    namespace,
    name: 'a',
    uid: waiting.uid,
  };
  await client.patch(persistentVolumes, '', 'v', 'merge', { spec: { claimRef } });
  await bound(cluster, 'a', 'v');
});

const storageClass = ({ client }: TestCluster, name: string, more: Partial<StorageClass> = {}) =>
  client.create(storageClasses, { metadata: { name }, provisioner: 'disk.example.com', ...more });

const podOf = ({ client }: TestCluster, name: string, claimName: string) =>
  client.create(pods, {
    metadata: { namespace, name },
    spec: {
      containers: [{ name: 'c', image: 'i' }],
      schedulingGates: [{ name: 'example.com/wait' }],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }],
    },
  });

test('a claim that was there before the default class gets it later', async t => {
  const cluster = await testCluster(t, undefined, { localStorage: false });
  await claim(cluster, 'early', { storageClassName: undefined });
  await claim(cluster, 'without');
  await cluster.clock.advance(2_000);
  const isDefault = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  await storageClass(cluster, 'other');
  await storageClass(cluster, 'usual', { metadata: { name: 'usual', annotations: isDefault } });
  await cluster.until(
    'the class',
    async () => (await claimOf(cluster, 'early')).spec!.storageClassName === 'usual',
  );
  await cluster.until('the provisioner', async () => {
    const { metadata } = await claimOf(cluster, 'early');
    return metadata.annotations?.['volume.kubernetes.io/storage-provisioner'] === 'disk.example.com';
  });
  assert.equal((await claimOf(cluster, 'without')).spec!.storageClassName, '');
});

test('a claim that waits for a pod says for which', async t => {
  const cluster = await testCluster(t);
  await storageClass(cluster, 'late', { volumeBindingMode: 'WaitForFirstConsumer' });
  await claim(cluster, 'c', { storageClassName: 'late' });
  const said = (text: string) =>
    cluster.until(text, async () => (await cluster.eventsOf('c')).includes(text));
  await said('WaitForFirstConsumer: waiting for first consumer to be created before binding');
  await podOf(cluster, 'a', 'c');
  await said('WaitForPodScheduled: waiting for pod a to be scheduled');
  await podOf(cluster, 'b', 'c');
  await said('WaitForPodScheduled: waiting for pods a,b to be scheduled');
});

test('a volume whose claim has another one is free again', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await volume(cluster, 'mine');
  const { metadata } = await claim(cluster, 'c', { volumeName: 'mine' });
  await bound(cluster, 'c', 'mine');
  const claimRef = { namespace, name: 'c', uid: metadata.uid! };
  await volume(cluster, 'kept', { claimRef });
  await inPhase(cluster, 'kept', 'Available');
  assert.deepEqual((await client.get(persistentVolumes, '', 'kept')).spec!.claimRef, {
    namespace,
    name: 'c',
  });
  const chosen = { 'pv.kubernetes.io/bound-by-controller': 'yes' };
  const spec = {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    hostPath: { path: '/tmp/x' },
    claimRef,
  };
  await client.create(persistentVolumes, { metadata: { name: 'chosen', annotations: chosen }, spec });
  await inPhase(cluster, 'chosen', 'Available');
  const freed = await client.get(persistentVolumes, '', 'chosen');
  assert.equal(freed.spec!.claimRef, undefined);
  assert.equal(freed.metadata.annotations, undefined);
});

test('a volume that is kept for a claim is its own, whatever their classes', async t => {
  const cluster = await testCluster(t);
  const claimRef = { namespace, name: 'c' };
  await volume(cluster, 'kept', { claimRef, storageClassName: 'other' });
  await volume(cluster, 'free');
  await claim(cluster, 'c');
  await bound(cluster, 'c', 'kept');
  await volume(cluster, 'too-small', {
    claimRef: { namespace, name: 'd' },
    capacity: { storage: '1Mi' },
  });
  await claim(cluster, 'd');
  await bound(cluster, 'd', 'free');
});

test('a volume that allows more than is asked for is kept for those who ask', async t => {
  const cluster = await testCluster(t);
  await volume(cluster, 'many', { accessModes: ['ReadWriteOnce', 'ReadWriteMany'] });
  await volume(cluster, 'one', { capacity: { storage: '5Gi' } });
  for (const name of ['many', 'one']) await inPhase(cluster, name, 'Available');
  await claim(cluster, 'c');
  await bound(cluster, 'c', 'one');
  await claim(cluster, 'd');
  await bound(cluster, 'd', 'many');
});

test('the claim of an ephemeral volume waits for no pod that only a finalizer keeps', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const volumes = [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec } } }];
  await client.create(pods, {
    metadata: { namespace, name: 'p', finalizers: ['example.com/hold'] },
    spec: { nodeName: 'nowhere', containers: [{ name: 'main', image: 'i' }], volumes },
  });
  const made = () => orNotFound(claimOf(cluster, 'p-v'));
  await cluster.until('the claim is made', async () => (await made()) !== undefined);
  await client.delete(persistentVolumeClaims, namespace, 'p-v');
  await cluster.clock.advance(5_000);
  assert.ok((await made())?.metadata.deletionTimestamp, 'its pod may still run');
  await client.delete(pods, namespace, 'p', { gracePeriodSeconds: 0 });
  await cluster.until('it goes', async () => (await made()) === undefined);
  await client.patch(pods, namespace, 'p', 'merge', { metadata: { finalizers: null } });
});
