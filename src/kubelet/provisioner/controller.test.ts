import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  events,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  statefulSets,
  storageClasses,
} from '#api/generated/refs.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '#api/generated/types/core.v1.ts';
import type { StorageClass } from '#api/generated/types/storage.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { type TestCluster, testCluster } from '#test/controllers.ts';
import { provisionerUser } from '#main/local-storage.ts';
import { MemoryHost } from '../host/memory-host.ts';
import { localPathProvisioner } from './controller.ts';
import { HostDisk } from './disk.ts';
import { provisionerName } from './refusal.ts';

const namespace = 'default';
const root = '/volumes';

const claim = ({ client }: TestCluster, name: string, spec: Partial<PersistentVolumeClaimSpec> = {}) =>
  client.create(persistentVolumeClaims, {
    metadata: { namespace, name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  });

const user = ({ client }: TestCluster, claimName: string, nodeName?: string) =>
  client.create(pods, {
    metadata: { namespace, name: `uses-${claimName}` },
    spec: {
      ...(nodeName ? { nodeSelector: { 'kubernetes.io/hostname': nodeName } } : {}),
      containers: [{ name: 'c', image: 'app:1', volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
      volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }],
    },
  });

async function volumeOf({ client }: TestCluster, name: string) {
  const { spec } = await client.get(persistentVolumeClaims, namespace, name);
  return client.get(persistentVolumes, '', spec!.volumeName!);
}

const isReady =
  ({ client }: TestCluster, claimName: string) =>
  async () => {
    const { status } = await client.get(pods, namespace, `uses-${claimName}`);
    return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
  };

const isGone =
  ({ client }: TestCluster, volume: string) =>
  async () =>
    (await orNotFound(client.get(persistentVolumes, '', volume))) === undefined;

async function endPod(cluster: TestCluster, claimName: string): Promise<void> {
  await cluster.client.delete(pods, namespace, `uses-${claimName}`);
  await cluster.until('the pod is gone', async () => {
    return !(await orNotFound(cluster.client.get(pods, namespace, `uses-${claimName}`)));
  });
}

const deleteClaim = ({ client }: TestCluster, name: string) =>
  client.delete(persistentVolumeClaims, namespace, name);

const makeClass = ({ client }: TestCluster, name: string, more: Partial<StorageClass> = {}) =>
  client.create(storageClasses, {
    metadata: { name },
    provisioner: provisionerName,
    volumeBindingMode: 'WaitForFirstConsumer',
    ...more,
  });

test('a claim of no class gets a volume on the node of its first pod, and gives it back', async t => {
  const cluster = await testCluster(t);
  await claim(cluster, 'data');
  await cluster.clock.advance(10_000);
  assert.equal((await cluster.client.list(persistentVolumes, '')).items.length, 0, 'nobody uses it yet');
  await user(cluster, 'data', 'hollow-1');
  await cluster.until('the pod runs', isReady(cluster, 'data'));
  const { metadata, spec } = await volumeOf(cluster, 'data');
  const { uid } = (await cluster.client.get(persistentVolumeClaims, namespace, 'data')).metadata;
  assert.equal(metadata.name, `pvc-${uid}`);
  assert.equal(metadata.annotations?.['pv.kubernetes.io/provisioned-by'], provisionerName);
  assert.deepEqual(metadata.finalizers?.toSorted(), [
    'external-provisioner.volume.kubernetes.io/finalizer',
    'kubernetes.io/pv-protection',
  ]);
  const { claimRef, nodeAffinity, ...rest } = spec!;
  assert.deepEqual([claimRef?.namespace, claimRef?.name, claimRef?.uid], [namespace, 'data', uid]);
  const [term] = nodeAffinity!.required!.nodeSelectorTerms;
  assert.deepEqual(term!.matchExpressions, [
    { key: 'kubernetes.io/hostname', operator: 'In', values: ['hollow-1'] },
  ]);
  assert.deepEqual(rest, {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
    local: { path: `/var/lib/coxswain/volumes/pvc-${uid}` },
    persistentVolumeReclaimPolicy: 'Delete',
    storageClassName: 'standard',
    volumeMode: 'Filesystem',
  });
  const told = await cluster.eventsOf('data');
  assert.ok(told.includes(`ProvisioningSucceeded: Successfully provisioned volume pvc-${uid}`));
  assert.ok(
    told.includes('Provisioning: External provisioner is provisioning volume for claim "default/data"'),
  );
  await endPod(cluster, 'data');
  await deleteClaim(cluster, 'data');
  await cluster.until('the volume is gone', isGone(cluster, metadata.name!));
});

test('what it cannot make is refused with a reason, and told of for as long as it is asked for', async t => {
  const cluster = await testCluster(t);
  const refused = async (name: string, spec: Partial<PersistentVolumeClaimSpec>, why: RegExp) => {
    await claim(cluster, name, spec);
    await user(cluster, name);
    await cluster.until(`${name} is refused`, async () =>
      (await cluster.eventsOf(name)).some(text => why.test(text)),
    );
  };
  await refused('shared', { accessModes: ['ReadWriteMany'] }, /^ProvisioningFailed: access mode ReadWrite/);
  await refused('chosen', { selector: { matchLabels: { a: 'b' } } }, /^ProvisioningFailed: spec.selector/);
  await makeClass(cluster, 'odd', { parameters: { path: '/etc' } });
  const odd = { storageClassName: 'odd' };
  await refused('odd', odd, /^ProvisioningFailed: StorageClass odd has parameters \(path\)/);
  await makeClass(cluster, 'now', { volumeBindingMode: 'Immediate' });
  await refused(
    'now',
    { storageClassName: 'now' },
    /^ProvisioningFailed: StorageClass now has volumeBinding/,
  );
  await cluster.until('it is told again', async () => {
    const { items } = await cluster.client.list(events, namespace);
    const told = items.find(one => one.involvedObject.name === 'now' && one.reason === 'ProvisioningFailed');
    return (told?.count ?? 0) > 1;
  });
  assert.equal((await cluster.client.list(persistentVolumes, '')).items.length, 0);
  await cluster.client.delete(storageClasses, '', 'odd');
  await makeClass(cluster, 'odd');
  await cluster.until('its class is as it should be', isReady(cluster, 'odd'));
});

test('a volume of a class that retains is kept, and of one that is set to retain', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await makeClass(cluster, 'kept', { reclaimPolicy: 'Retain' });
  await claim(cluster, 'a', { storageClassName: 'kept' });
  await claim(cluster, 'b');
  for (const name of ['a', 'b']) {
    await user(cluster, name);
    await cluster.until('the pod runs', isReady(cluster, name));
  }
  const volumes = [await volumeOf(cluster, 'a'), await volumeOf(cluster, 'b')];
  assert.deepEqual(volumes[0]!.metadata.finalizers, ['kubernetes.io/pv-protection']);
  const { name = '' } = volumes[1]!.metadata;
  await client.patch(persistentVolumes, '', name, 'merge', {
    spec: { persistentVolumeReclaimPolicy: 'Retain' },
  });
  for (const one of ['a', 'b']) {
    await endPod(cluster, one);
    await deleteClaim(cluster, one);
  }
  await cluster.clock.advance(60_000);
  const left = (await client.list(persistentVolumes, '')).items;
  assert.deepEqual(
    new Set(left.map(({ metadata, status }) => `${metadata.name} ${status?.phase} ${metadata.finalizers}`)),
    new Set(volumes.map(({ metadata }) => `${metadata.name} Released kubernetes.io/pv-protection`)),
  );
});

test('a node that is gone is looked for no longer', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  const { metadata, ...rest } = await claim(cluster, 'data');
  const gone = { 'volume.kubernetes.io/selected-node': 'gone' };
  await client.update(persistentVolumeClaims, {
    ...rest,
    metadata: { ...metadata, annotations: gone },
  });
  await cluster.until('it may be placed anew', async () => {
    const known = await client.get(persistentVolumeClaims, namespace, 'data');
    return known.metadata.annotations?.['volume.kubernetes.io/selected-node'] === undefined;
  });
  assert.ok((await cluster.eventsOf('data')).includes('ProvisioningFailed: node "gone" not found'));
  await user(cluster, 'data');
  await cluster.until('the pod runs', isReady(cluster, 'data'));
});

/** Two nodes, each with a provisioner of its own disk, on a cluster that brings none. */
async function twoDisks(t: TestContext) {
  const cluster = await testCluster(t, undefined, { localStorage: false });
  const hosts = [new MemoryHost(), new MemoryHost()];
  const start = async (index: number, host = hosts[index]!) => {
    const disk = new HostDisk(host, root);
    const provisioner = localPathProvisioner({ disk, nodeName: `hollow-${index}` });
    const running = await cluster.controlPlane.startController(provisioner, {
      ...provisionerUser,
      groups: ['system:masters'],
    });
    t.after(() => running[Symbol.asyncDispose]());
    return running;
  };
  await makeClass(cluster, 'standard');
  return { cluster, hosts, start };
}

const standard = { storageClassName: 'standard' };

test('each node makes and removes what is on its own disk', async t => {
  const { cluster, hosts, start } = await twoDisks(t);
  await Promise.all([start(0), start(1)]);
  for (const [i, name] of ['a', 'b'].entries()) {
    await claim(cluster, name, standard);
    await user(cluster, name, `hollow-${i}`);
    await cluster.until('the pod runs', isReady(cluster, name));
  }
  const names = [await volumeOf(cluster, 'a'), await volumeOf(cluster, 'b')].map(one => one.metadata.name!);
  const lists = () => Promise.all(hosts.map(({ fs }) => fs.list(root)));
  assert.deepEqual(await lists(), [[names[0]], [names[1]]]);
  await hosts[0]!.fs.writeFile(`${root}/${names[0]}/file`, 'x');
  await endPod(cluster, 'a');
  await deleteClaim(cluster, 'a');
  await cluster.until('the volume is gone', isGone(cluster, names[0]!));
  assert.deepEqual(await lists(), [[], [names[1]]]);
});

test('a disk that fails is told of and tried again', async t => {
  const { cluster, hosts, start } = await twoDisks(t);
  const [host] = hosts as [MemoryHost];
  let full = true;
  const makeDirectory = host.fs.makeDirectory.bind(host.fs);
  host.fs.makeDirectory = (...given) =>
    full ? Promise.reject(new Error('ENOSPC: no space left on device')) : makeDirectory(...given);
  await start(0);
  await claim(cluster, 'data', standard);
  await user(cluster, 'data', 'hollow-0');
  await cluster.until('it is told', async () =>
    (await cluster.eventsOf('data')).some(text => /^ProvisioningFailed: .*ENOSPC/.test(text)),
  );
  full = false;
  await cluster.until('the pod runs', isReady(cluster, 'data'));
  const { metadata } = await volumeOf(cluster, 'data');
  host.fs.removeContested = () => Promise.reject(new Error('rm: cannot remove: Input/output error'));
  await endPod(cluster, 'data');
  await deleteClaim(cluster, 'data');
  await cluster.until('it is told', async () =>
    (await cluster.eventsOf(metadata.name!)).some(text => /^VolumeFailedDelete: .*Input\/output/.test(text)),
  );
  host.fs.removeContested = path => host.fs.remove(path);
  await cluster.until('the volume is gone', isGone(cluster, metadata.name!));
  assert.deepEqual(await host.fs.list(root), []);
});

test('it goes on where it was killed, and leaves neither folders nor volumes behind', async t => {
  const { cluster, hosts, start } = await twoDisks(t);
  const { client } = cluster;
  const [host] = hosts as [MemoryHost];
  // Killed between the folder and the object, of a claim that is there and of one that went meanwhile.
  const { metadata } = await claim(cluster, 'data', standard);
  const folder = `pvc-${metadata.uid}`;
  const lost = 'pvc-00000000-0000-4000-8000-000000000000';
  const retained = 'pvc-00000000-0000-4000-8000-000000000001';
  for (const name of [folder, lost, retained, 'lost+found']) await host.fs.makeDirectory(`${root}/${name}`);
  await host.fs.writeFile(`${root}/${retained}/file`, 'x');
  const first = await start(0);
  await user(cluster, 'data', 'hollow-0');
  await cluster.until('the pod runs', isReady(cluster, 'data'));
  assert.deepEqual(await host.fs.list(root), ['lost+found', retained, folder].sort());
  // Killed between the folder's removal and the object's.
  await first[Symbol.asyncDispose]();
  await endPod(cluster, 'data');
  await deleteClaim(cluster, 'data');
  await cluster.until('the volume is released', async () => {
    return (await client.get(persistentVolumes, '', folder)).status?.phase === 'Released';
  });
  await host.fs.remove(`${root}/${folder}`);
  await start(0);
  await cluster.until('the volume is gone', isGone(cluster, folder));
});

test('a volume that says it is elsewhere is not removed', async t => {
  const { cluster, hosts, start } = await twoDisks(t);
  const { client } = cluster;
  await hosts[0]!.fs.makeDirectory('/etc');
  await hosts[0]!.fs.makeDirectory(`${root}/mine`);
  await start(0);
  const hostname = { key: 'kubernetes.io/hostname', operator: 'In', values: ['hollow-0'] };
  await client.create(persistentVolumes, {
    metadata: { name: 'mine', annotations: { 'pv.kubernetes.io/provisioned-by': provisionerName } },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      claimRef: { namespace, name: 'none', uid: '00000000-0000-4000-8000-000000000000' },
      local: { path: '/etc' },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [hostname] }] } },
      persistentVolumeReclaimPolicy: 'Delete',
    },
  });
  await cluster.until('it is told', async () =>
    (await cluster.eventsOf('mine')).some(text => /^VolumeFailedDelete: \/etc is not the folder/.test(text)),
  );
  assert.ok(await hosts[0]!.fs.stat('/etc'));
  assert.ok(await hosts[0]!.fs.stat(`${root}/mine`));
});

test('a volume that is deleted before its claim goes when the claim does', async t => {
  const cluster = await testCluster(t);
  await claim(cluster, 'data');
  await user(cluster, 'data');
  await cluster.until('the pod runs', isReady(cluster, 'data'));
  const { metadata } = await volumeOf(cluster, 'data');
  await cluster.client.delete(persistentVolumes, '', metadata.name!);
  await cluster.clock.advance(10_000);
  assert.ok((await volumeOf(cluster, 'data')).metadata.deletionTimestamp, 'it is held');
  await endPod(cluster, 'data');
  await deleteClaim(cluster, 'data');
  await cluster.until('the volume is gone', isGone(cluster, metadata.name!));
});

const claimTemplate = (name: string): PersistentVolumeClaim => ({
  kind: 'PersistentVolumeClaim',
  apiVersion: 'v1',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
});

test("a stateful set's claims are made, kept with its pods, and deleted with it where it says so", async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  const labels = { app: 'db' };
  await client.create(statefulSets, {
    metadata: { namespace, name: 'db' },
    spec: {
      serviceName: 'db',
      replicas: 3,
      selector: { matchLabels: labels },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
      template: {
        metadata: { labels },
        spec: {
          containers: [{ name: 'c', image: 'app:1', volumeMounts: [{ name: 'd', mountPath: '/d' }] }],
        },
      },
      volumeClaimTemplates: [claimTemplate('d')],
    },
  });
  const replicas = (count: number) => async () => {
    const { status } = await client.get(statefulSets, namespace, 'db');
    return status?.readyReplicas === count && status.replicas === count;
  };
  const names = async () =>
    (await client.list(persistentVolumes, '')).items.map(({ spec }) => spec?.claimRef?.name).sort();
  await cluster.until('all run', replicas(3));
  assert.deepEqual(await names(), ['d-db-0', 'd-db-1', 'd-db-2']);
  // The scheduler's write of a new claim meets nobody else's.
  const told = await Promise.all(['db-0', 'db-1', 'db-2'].map(name => cluster.eventsOf(name)));
  assert.deepEqual(
    told.flat().filter(text => text.includes('PreBind')),
    [],
  );
  await client.patch(statefulSets, namespace, 'db', 'merge', { spec: { replicas: 1 } });
  await cluster.until('it is smaller', async () => (await names()).length === 1);
  await client.delete(statefulSets, namespace, 'db');
  await cluster.until('nothing is left', async () => (await names()).length === 0);
});

test('the class is the default one, and a cluster without nodes has none', async t => {
  const cluster = await testCluster(t);
  const { items } = await cluster.client.list(storageClasses, '');
  assert.deepEqual(
    items.map(({ metadata, provisioner, allowVolumeExpansion }) => [
      metadata.name,
      metadata.annotations,
      provisioner,
      allowVolumeExpansion,
    ]),
    [
      [
        'standard',
        { 'storageclass.kubernetes.io/is-default-class': 'true' },
        'coxswain.dev/local-path',
        undefined,
      ],
    ],
  );
  const fast = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'fast', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'example.com/disk',
  };
  const another = await testCluster(t, undefined, { manifests: [fast] });
  const names = (await another.client.list(storageClasses, '')).items.map(({ metadata }) => metadata.name);
  assert.deepEqual(names, ['fast'], 'of two default ones nobody would know which a claim gets');
  const { client } = await testCluster(t, undefined, { nodes: 0, account: false });
  assert.equal((await client.list(nodes, '')).items.length, 0);
  assert.equal((await client.list(storageClasses, '')).items.length, 0);
});
