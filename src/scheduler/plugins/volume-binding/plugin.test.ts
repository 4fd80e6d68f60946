/** Volumes of pods in a whole cluster: the scheduler and the volume binder meet only in the API. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  events,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  serviceAccounts,
  storageClasses,
} from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import type { Client } from '#client/client.ts';
import { statusError } from '#machinery/status.ts';
import { type StartClusterOptions, startCluster } from '#main/embedded.ts';

const namespace = 'default';
const settle = () => new Promise<void>(resolve => setImmediate(resolve));

async function cluster(t: TestContext, wrapTransport?: StartClusterOptions['wrapTransport']) {
  const clock = new VirtualClock(settle);
  const running = await startCluster({
    clock,
    seed: 3,
    nodes: 3,
    ...(wrapTransport ? { wrapTransport } : {}),
  });
  t.after(() => running.stop());
  const { client } = running;
  const until = async (what: string, condition: () => Promise<boolean>, ms = 120_000) => {
    assert.ok(await clock.advanceUntil(condition, ms), `not in time: ${what}`);
  };
  await until('the account', async () => (await client.list(serviceAccounts, namespace)).items.length > 0);
  await client.create(storageClasses, {
    metadata: { name: 'local' },
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  await client.create(storageClasses, {
    metadata: { name: 'made' },
    provisioner: 'csi.example.com',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  return { client, clock, until };
}

function newVolume(client: Client, name: string, node: string, spec: object = {}) {
  const terms = [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }];
  return client.create(persistentVolumes, {
    metadata: { name },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'local',
      local: { path: '/mnt/disk' },
      nodeAffinity: { required: { nodeSelectorTerms: terms } },
      ...spec,
    },
  });
}

function newClaim(client: Client, name: string, storageClassName: string) {
  return client.create(persistentVolumeClaims, {
    metadata: { namespace, name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName },
  });
}

function newPod(client: Client, name: string, claimName: string, spec: Partial<Pod['spec']> = {}) {
  return client.create(pods, {
    metadata: { namespace, name },
    spec: {
      ...spec,
      containers: [{ name: 'main', image: 'main' }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
    },
  });
}

const claimOf = (client: Client, name: string) => client.get(persistentVolumeClaims, namespace, name);
const nodeOf = async (client: Client, name: string) =>
  (await client.get(pods, namespace, name)).spec?.nodeName;
const scheduledCondition = async (client: Client, name: string) =>
  (await client.get(pods, namespace, name)).status?.conditions?.find(({ type }) => type === 'PodScheduled');

test('a claim that waits for its pod gets a volume of the node where the pod goes', async t => {
  const { client, clock, until } = await cluster(t);
  await newVolume(client, 'on-1', 'hollow-1');
  await newVolume(client, 'on-2', 'hollow-2');
  for (const name of ['a', 'b', 'c']) await newClaim(client, name, 'local');
  await clock.advance(30_000);
  assert.equal((await claimOf(client, 'a')).status?.phase, 'Pending');
  for (const name of ['a', 'b', 'c']) await newPod(client, name, name);
  const bound = async () => {
    const all = (await client.list(persistentVolumeClaims, namespace)).items;
    return all.filter(({ status }) => status?.phase === 'Bound');
  };
  await until('two claims bound', async () => (await bound()).length === 2);
  await until('two pods placed', async () => {
    const all = (await client.list(pods, namespace)).items;
    return all.filter(({ spec }) => spec?.nodeName).length === 2;
  });
  for (const { metadata, spec } of await bound()) {
    assert.equal(await nodeOf(client, metadata.name!), spec!.volumeName!.replace('on-', 'hollow-'));
    const volume = await client.get(persistentVolumes, '', spec!.volumeName!);
    assert.equal(volume.spec!.claimRef!.uid, metadata.uid);
    assert.equal(volume.metadata.annotations!['pv.kubernetes.io/bound-by-controller'], 'yes');
  }
  // The third has its place as soon as there is a volume.
  const [left] = (await client.list(pods, namespace)).items.filter(({ spec }) => !spec?.nodeName);
  const name = left!.metadata.name!;
  await until('the condition', async () => {
    const text = (await scheduledCondition(client, name))?.message ?? '';
    return text.startsWith(
      "0/3 nodes are available: 3 node(s) didn't find available persistent volumes to bind.",
    );
  });
  await newVolume(client, 'on-0', 'hollow-0');
  await until('the third placed', async () => (await nodeOf(client, name)) === 'hollow-0');
});

test('a claim whose volume is made: for the chosen node, tried anew where that fails', async t => {
  const { client, until } = await cluster(t);
  await newClaim(client, 'data', 'made');
  await newPod(client, 'app', 'data');
  const selected = async () =>
    (await claimOf(client, 'data')).metadata.annotations?.['volume.kubernetes.io/selected-node'];
  await until('a node is selected', async () => (await selected()) !== undefined);
  assert.equal(await nodeOf(client, 'app'), undefined);
  // The provisioner cannot: it takes the choice back.
  await client.patch(persistentVolumeClaims, namespace, 'data', 'merge', {
    metadata: { annotations: { 'volume.kubernetes.io/selected-node': null } },
  });
  await until('told', async () => {
    const text = (await scheduledCondition(client, 'app'))?.message;
    return (
      text === 'running PreBind plugin "VolumeBinding": binding volumes: provisioning failed for PVC "data"'
    );
  });
  await until('a node is selected again', async () => (await selected()) !== undefined);
  const node = (await selected())!;
  const { metadata } = await claimOf(client, 'data');
  assert.equal(metadata.annotations!['volume.kubernetes.io/storage-provisioner'], 'csi.example.com');
  const { name, uid } = metadata;
  const claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid };
  await newVolume(client, 'made', node, { storageClassName: 'made', claimRef });
  await until('placed', async () => (await nodeOf(client, 'app')) === node);
  assert.equal((await claimOf(client, 'data')).spec!.volumeName, 'made');
});

test('a pod whose volume is never made is let go after ten minutes, and holds up no other', async t => {
  const { client, clock, until } = await cluster(t);
  for (let i = 0; i < 70; i++) {
    await newClaim(client, `c${i}`, 'made');
    await newPod(client, `p${i}`, `c${i}`);
  }
  await client.create(pods, {
    metadata: { namespace, name: 'free' },
    spec: { containers: [{ name: 'main', image: 'main' }] },
  });
  await until('the free pod placed', async () => (await nodeOf(client, 'free')) !== undefined, 5_000);
  await client.delete(pods, namespace, 'p1');
  await clock.advance(599_000);
  assert.equal(await nodeOf(client, 'p0'), undefined);
  await until('given up', async () => {
    const condition = await scheduledCondition(client, 'p0');
    return (
      condition?.reason === 'SchedulerError' &&
      condition.message ===
        'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded'
    );
  });
});

test('a pod waits for a claim that is bound at once, and follows its volume', async t => {
  const { client, until } = await cluster(t);
  await client.create(storageClasses, {
    metadata: { name: 'now' },
    provisioner: 'kubernetes.io/no-provisioner',
  });
  await newPod(client, 'app', 'data');
  await until('told', async () => {
    const text = (await scheduledCondition(client, 'app'))?.message ?? '';
    return text.startsWith('0/3 nodes are available: persistentvolumeclaim "data" not found.');
  });
  await newClaim(client, 'data', 'now');
  await until('told', async () => {
    const text = (await scheduledCondition(client, 'app'))?.message ?? '';
    return text.startsWith('0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.');
  });
  await newVolume(client, 'there', 'hollow-2', { storageClassName: 'now' });
  await until('placed', async () => (await nodeOf(client, 'app')) === 'hollow-2');
});

test('a pod whose volume goes while it is being bound looks for another', async t => {
  let gone = 0;
  const { client, until } = await cluster(t, (transport, component) => ({
    ...transport,
    watch: (request, handler) => transport.watch(request, handler),
    stream: request => transport.stream(request),
    request(request) {
      const binds = component === 'scheduler' && request.method === 'PUT';
      if (!binds || !request.path.includes('/persistentvolumes/') || gone++ > 0)
        return transport.request(request);
      throw statusError.notFound({ group: '', resource: 'persistentvolumes' }, 'on-1');
    },
  }));
  await newVolume(client, 'on-1', 'hollow-1');
  await newClaim(client, 'data', 'local');
  await newPod(client, 'app', 'data');
  await until('placed', async () => (await nodeOf(client, 'app')) === 'hollow-1');
  assert.ok(gone > 1);
});

test('a pod that waits for its volume is not deleted for a more important one: it looks for another node', async t => {
  const { client, until } = await cluster(t);
  const { status } = await client.get(nodes, '', 'hollow-0');
  const resources = { requests: { cpu: status!.allocatable!.cpu! } };
  await newClaim(client, 'data', 'made');
  const here = { nodeSelector: { 'kubernetes.io/hostname': 'hollow-0' } };
  const containers = [{ name: 'main', image: 'main', resources }];
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  await client.create(pods, { metadata: { namespace, name: 'low' }, spec: { ...here, containers, volumes } });
  await until('it waits', async () => {
    return (await client.get(pods, namespace, 'low')).status?.nominatedNodeName === 'hollow-0';
  });
  const { metadata } = await client.get(pods, namespace, 'low');
  const priorityClassName = 'system-node-critical';
  await client.create(pods, {
    metadata: { namespace, name: 'high' },
    spec: { ...here, containers, priorityClassName },
  });
  await until('placed', async () => (await nodeOf(client, 'high')) === 'hollow-0');
  const low = await client.get(pods, namespace, 'low');
  assert.equal(low.metadata.uid, metadata.uid);
  assert.equal(low.metadata.deletionTimestamp, undefined);
  await until('told', async () => {
    const { items } = await client.list(events, namespace);
    return items.some(({ message }) => message?.endsWith('on node hollow-0 (in kube-scheduler memory).'));
  });
});
