import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, events, leases } from '#api/generated/refs.ts';
import { toRfc3339Micro } from '#base/clock.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { hasReason } from '#machinery/status.ts';
import { startCluster } from '#main/embedded.ts';

const hourMs = 3_600_000;
const settle = () => new Promise<void>(resolve => setImmediate(resolve));

test('events end an hour after they were last written', async () => {
  const clock = new VirtualClock(settle);
  const cluster = await startCluster({ nodes: 0, controllers: [], clock, seed: 1 });
  const event = (name: string) => ({
    metadata: { name, namespace: 'default' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'p' },
  });
  const names = async () =>
    (await cluster.client.list(events, 'default')).items.map(({ metadata }) => metadata.name);
  await cluster.client.create(events, event('old'));
  await cluster.client.create(events, event('kept'));
  await clock.advance(hourMs / 2);
  const kept = await cluster.client.get(events, 'default', 'kept');
  await cluster.client.update(events, { ...kept, count: 2 });
  await clock.advance(hourMs * 0.6);
  assert.deepEqual(await names(), ['kept']);
  await clock.advance(hourMs);
  assert.deepEqual(await names(), []);
  await cluster.stop();
});

test('history is kept for five minutes at least and ten at most', async () => {
  const clock = new VirtualClock(settle);
  const cluster = await startCluster({ nodes: 0, controllers: [], clock, seed: 1 });
  const name = 'm';
  await cluster.client.create(configMaps, { metadata: { name, namespace: 'default' } });
  const first = await cluster.client.list(configMaps, 'default');
  await cluster.client.delete(configMaps, 'default', name);
  const past = () =>
    cluster.client.list(configMaps, 'default', {
      resourceVersion: first.metadata.resourceVersion!,
      resourceVersionMatch: 'Exact',
    });
  await clock.advance(299_000);
  assert.equal((await past()).items.length, 1);
  await clock.advance(302_000);
  await assert.rejects(past(), error => hasReason(error, 'Expired'));
  await cluster.stop();
  assert.equal(clock.pending, 0);
});

test('identity leases of servers that are gone are taken away, and no others', async () => {
  const clock = new VirtualClock(settle);
  const cluster = await startCluster({ nodes: 0, controllers: [], clock, seed: 1 });
  await cluster.kubeconfig();
  const { client } = cluster;
  const labels = { 'apiserver.kubernetes.io/identity': 'kube-apiserver' };
  const lease = (name: string, renewedMs: number, namespace = 'kube-system', its: object = labels) =>
    client.create(leases, {
      metadata: { name, namespace, labels: { ...its } },
      spec: {
        holderIdentity: name,
        leaseDurationSeconds: 3600,
        renewTime: toRfc3339Micro(clock.now() + renewedMs),
      },
    });
  await lease('gone', -1000);
  await lease('alive', hourMs);
  await lease('other', -1000, 'kube-system', {});
  await lease('elsewhere', -1000, 'default');
  await clock.advance(hourMs + 1000);
  const { items } = await client.list(leases, '');
  const names = items.map(({ metadata }) => metadata.name!);
  assert.deepEqual(names.filter(name => !name.startsWith('apiserver-')).sort(), [
    'alive',
    'elsewhere',
    'other',
  ]);
  assert.equal(names.length, 4, 'its own is renewed');
  await cluster.stop();
});
