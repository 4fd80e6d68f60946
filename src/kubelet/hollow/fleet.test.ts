import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobs, leases, nodes, pods as podsRef } from '#api/generated/refs.ts';
import { SeededRandom } from '#base/random.ts';
import { silentLog } from '#base/log.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { startCluster } from '#main/embedded.ts';
import { conditionOf } from '#test/kubelet.ts';
import type { Pod } from '../types.ts';
import { HollowFleet, type HollowFleetOptions } from './fleet.ts';

async function openFleet(size: number, more: Partial<HollowFleetOptions> = {}) {
  const clock = new VirtualClock(() => new Promise(resolve => setImmediate(resolve)));
  const run = async <T>(work: Promise<T>): Promise<T> => {
    let done = false;
    const mark = () => {
      done = true;
    };
    void work.then(mark, mark);
    await clock.advanceUntil(() => done, 60_000);
    return work;
  };
  const cluster = await run(startCluster({ nodes: 0, clock, seed: 1 }));
  await clock.advance(1_000);
  const fleet = new HollowFleet({
    client: cluster.client,
    informers: cluster.controlPlane.informers,
    clock,
    random: new SeededRandom(1),
    log: silentLog,
    nodes: size,
    ...more,
  });
  await run(fleet.start());
  const close = async () => {
    await fleet[Symbol.asyncDispose]();
    await cluster.stop();
    assert.equal(clock.pending, 0, 'timers are left');
  };
  return { clock, fleet, client: cluster.client, close };
}

const spec = (nodeName: string, more: object = {}) => ({
  nodeName,
  automountServiceAccountToken: false,
  containers: [{ name: 'main', image: 'x' }],
  ...more,
});

test('a fleet registers, makes pods ready with addresses of their own, and lets them go', async () => {
  const { clock, client, close } = await openFleet(5);
  for (let i = 0; i < 50; i++) {
    await client.create(podsRef, {
      metadata: { name: `p${i}`, namespace: 'default' },
      spec: spec(`hollow-${i % 5}`),
    });
  }
  const list = async () => (await client.list(podsRef, 'default')).items;
  const ready = async () => (await list()).every((pod: Pod) => conditionOf(pod, 'Ready') === 'True');
  assert.ok(await clock.advanceUntil(ready, 5_000));
  assert.equal(new Set((await list()).map(pod => pod.status!.podIP)).size, 50);
  assert.equal((await client.list(nodes, '')).items.length, 5);
  assert.equal((await client.list(leases, 'kube-node-lease')).items.length, 5);
  await client.deleteCollection(podsRef, 'default');
  assert.ok(await clock.advanceUntil(async () => (await list()).length === 0, 5_000));
  await close();
});

test('pods of a job complete, others that fail do so with their code', async () => {
  const { clock, client, close } = await openFleet(1);
  const template = { spec: spec('hollow-0', { restartPolicy: 'Never' }) };
  await client.create(jobs, {
    metadata: { name: 'j', namespace: 'default' },
    spec: { completions: 2, template },
  });
  await client.create(podsRef, {
    metadata: {
      name: 'bad',
      namespace: 'default',
      annotations: { 'hollow.coxswain.dev/all': 'after=1s exit=3' },
    },
    spec: spec('hollow-0', { restartPolicy: 'Never' }),
  });
  const succeeded = async () => (await client.get(jobs, 'default', 'j')).status?.succeeded === 2;
  assert.ok(await clock.advanceUntil(succeeded, 30_000));
  const { phase, containerStatuses } = (await client.get(podsRef, 'default', 'bad')).status!;
  assert.equal(phase, 'Failed');
  assert.equal(containerStatuses![0]!.state!.terminated!.exitCode, 3);
  await close();
});

test('a running pod is resized, and gets ephemeral containers', async () => {
  const { clock, client, close } = await openFleet(1);
  const containers = [{ name: 'main', image: 'x', resources: { requests: { cpu: '100m' } } }];
  await client.create(podsRef, {
    metadata: { name: 'p', namespace: 'default' },
    spec: spec('hollow-0', { containers, initContainers: [{ name: 'init', image: 'x' }] }),
  });
  const status = async () => (await client.get(podsRef, 'default', 'p')).status!;
  const runs = async () => (await status()).phase === 'Running';
  assert.ok(await clock.advanceUntil(runs, 5_000));
  const { initContainerStatuses } = await status();
  const patch = (subresource: string, changes: object) =>
    client.patch(podsRef, 'default', 'p', 'strategic', { spec: changes }, { subresource });
  await patch('resize', { containers: [{ name: 'main', resources: { requests: { cpu: '200m' } } }] });
  const resized = async () => (await status()).containerStatuses![0]!.allocatedResources?.cpu === '200m';
  assert.ok(await clock.advanceUntil(resized, 5_000));
  await patch('ephemeralcontainers', { ephemeralContainers: [{ name: 'look', image: 'y' }] });
  const look = async () => (await status()).ephemeralContainerStatuses?.[0];
  assert.ok(await clock.advanceUntil(async () => (await look())?.state?.running !== undefined, 5_000));
  const seen = await look();
  assert.deepEqual([seen?.name, seen?.ready, seen?.image], ['look', false, 'y']);
  await clock.advance(2_000);
  await client.patch(podsRef, 'default', 'p', 'strategic', { spec: { activeDeadlineSeconds: 9_000 } });
  await clock.advance(2_000);
  assert.deepEqual(await look(), seen, 'it started when it started');
  assert.deepEqual((await status()).initContainerStatuses, initContainerStatuses, 'what has ended has ended');
  assert.equal((await status()).observedGeneration, 4);
  await close();
});

test('a node offers with its next lease what it was given, and no more what was taken', async () => {
  const { clock, client, close } = await openFleet(1);
  const foo = 'example.com/foo';
  const give = async (extended: Record<string, string>) => {
    const node = await client.get(nodes, '', 'hollow-0');
    const { [foo]: _, ...capacity } = node.status!.capacity!;
    await client.updateStatus(nodes, {
      ...node,
      status: { ...node.status, capacity: { ...capacity, ...extended } },
    });
  };
  const offered = async () => (await client.get(nodes, '', 'hollow-0')).status?.allocatable?.[foo];
  await give({ [foo]: '3' });
  assert.ok(await clock.advanceUntil(async () => (await offered()) === '3', 30_000));
  await give({});
  assert.ok(await clock.advanceUntil(async () => (await offered()) === undefined, 30_000));
  await close();
});

test('a paused node falls silent, and goes on where it was', async () => {
  const { clock, client, fleet, close } = await openFleet(2);
  const renewed = async (name: string) => (await client.get(leases, 'kube-node-lease', name)).spec!.renewTime;
  fleet.pauseNode('hollow-0');
  const before = await Promise.all(['hollow-0', 'hollow-1'].map(renewed));
  await client.create(podsRef, { metadata: { name: 'p', namespace: 'default' }, spec: spec('hollow-0') });
  await clock.advance(30_000);
  const after = await Promise.all(['hollow-0', 'hollow-1'].map(renewed));
  assert.equal(after[0], before[0]);
  assert.notEqual(after[1], before[1]);
  assert.equal((await client.get(podsRef, 'default', 'p')).status!.phase, 'Pending');
  fleet.resumeNode('hollow-0');
  const runs = async () => (await client.get(podsRef, 'default', 'p')).status!.phase === 'Running';
  assert.ok(await clock.advanceUntil(runs, 5_000));
  await close();
});

test('pods and nodes of two families have an address of each, the first family’s first', async () => {
  const { clock, client, close } = await openFleet(1, { ipFamilies: ['IPv6', 'IPv4'] });
  const make = (name: string, more: object) =>
    client.create(podsRef, { metadata: { name, namespace: 'default' }, spec: spec('hollow-0', more) });
  await make('own', {});
  await make('host', { hostNetwork: true });
  const list = async () => (await client.list(podsRef, 'default')).items;
  const ready = async () => (await list()).every((pod: Pod) => conditionOf(pod, 'Ready') === 'True');
  assert.ok(await clock.advanceUntil(ready, 5_000));
  const ips = [{ ip: 'fd00:10:244::ac10:1' }, { ip: '172.16.0.1' }];
  const { addresses } = (await client.get(nodes, '', 'hollow-0')).status!;
  assert.deepEqual(
    addresses!.filter(({ type }) => type === 'InternalIP').map(({ address }) => ({ ip: address })),
    ips,
  );
  const [host, own] = await list();
  assert.deepEqual([host!.status!.podIPs, own!.status!.hostIPs], [ips, ips]);
  assert.equal(own!.status!.podIP, 'fd00:10:244::a80:2');
  assert.deepEqual(own!.status!.podIPs, [{ ip: 'fd00:10:244::a80:2' }, { ip: '10.128.0.2' }]);
  await close();
});
