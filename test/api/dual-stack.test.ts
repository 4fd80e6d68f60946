import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deployments, endpointSlices, endpoints, services } from '#api/generated/refs.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { startCluster } from '#main/embedded.ts';

test('a Service of two families has endpoints of both, and Endpoints of its first', async () => {
  const clock = new VirtualClock(() => new Promise(resolve => setImmediate(resolve)));
  let isUp = false;
  const serviceCidrs = ['fd00:10:96::/108', '10.96.0.0/16'];
  const starting = startCluster({ clock, seed: 1, serviceCidrs }).finally(() => {
    isUp = true;
  });
  await clock.advanceUntil(() => isUp, 60_000);
  const { client, stop } = await starting;
  const labels = { app: 'web' };
  await client.create(deployments, {
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'x' }] } },
    },
  });
  await client.create(services, {
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: labels, ports: [{ port: 80 }], ipFamilyPolicy: 'RequireDualStack' },
  });
  const served = async () => {
    const { items } = await client.list(endpointSlices, 'default', {
      labelSelector: 'kubernetes.io/service-name=web',
    });
    return items
      .map(
        ({ addressType, endpoints: all }) =>
          `${addressType} ${(all ?? []).flatMap(one => one.addresses).sort()}`,
      )
      .sort();
  };
  const wanted = ['IPv4 10.128.0.2,10.128.0.3', 'IPv6 fd00:10:244::a80:2,fd00:10:244::a80:3'];
  assert.ok(
    await clock.advanceUntil(async () => `${await served()}` === `${wanted}`, 30_000),
    `${await served()}`,
  );
  const { subsets } = await client.get(endpoints, 'default', 'web');
  assert.deepEqual(subsets!.flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip)).sort(), [
    'fd00:10:244::a80:2',
    'fd00:10:244::a80:3',
  ]);
  await stop();
});
