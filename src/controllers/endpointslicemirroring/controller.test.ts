import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoints, endpointSlices, services } from '#api/generated/refs.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { type TestCluster, testCluster } from '#test/controllers.ts';

const namespace = 'default';

async function mirrors({ client }: TestCluster): Promise<EndpointSlice[]> {
  const labelSelector =
    'kubernetes.io/service-name=web,endpointslice.kubernetes.io/managed-by=endpointslicemirroring-controller.k8s.io';
  return (await client.list(endpointSlices, namespace, { labelSelector })).items;
}

const shown = async (cluster: TestCluster) =>
  (await mirrors(cluster)).flatMap(slice =>
    (slice.endpoints ?? []).map(
      ({ addresses, conditions }) =>
        `${slice.addressType} ${addresses[0]}:${slice.ports?.[0]?.port} ${conditions?.ready}`,
    ),
  );

async function start(t: Parameters<typeof testCluster>[0], labels = {}): Promise<TestCluster> {
  const cluster = await testCluster(t);
  await cluster.client.create(services, {
    metadata: { namespace, name: 'web' },
    spec: { ports: [{ port: 80 }] },
  });
  await cluster.client.create(endpoints, {
    metadata: { namespace, name: 'web', labels: { team: 'a', ...labels } },
    subsets: [
      { addresses: [{ ip: '192.0.2.1' }], notReadyAddresses: [{ ip: '192.0.2.2' }], ports: [{ port: 80 }] },
      { addresses: [{ ip: '2001:db8::1' }], ports: [{ port: 81 }] },
    ],
  });
  return cluster;
}

test('hand-made Endpoints show as slices, follow and go', async t => {
  const cluster = await start(t);
  const all = ['IPv4 192.0.2.1:80 true', 'IPv4 192.0.2.2:80 false', 'IPv6 2001:db8::1:81 true'];
  await cluster.until('all', async () => (await shown(cluster)).sort().join() === all.join());
  const slice = (await mirrors(cluster)).find(({ addressType }) => addressType === 'IPv4');
  assert.equal(slice!.metadata.labels!.team, 'a');
  assert.equal(slice!.metadata.ownerReferences![0]!.kind, 'Endpoints');

  await cluster.client.patch(endpoints, namespace, 'web', 'merge', {
    subsets: [{ addresses: [{ ip: '192.0.2.9' }], ports: [{ port: 80 }] }],
  });
  await cluster.until('one', async () => (await shown(cluster)).join() === 'IPv4 192.0.2.9:80 true');
  await cluster.client.patch(endpoints, namespace, 'web', 'merge', {
    subsets: [{ addresses: [{ ip: '192.0.2.9' }], ports: [{ port: 8080 }] }],
  });
  await cluster.until(
    'another port',
    async () => (await shown(cluster)).join() === 'IPv4 192.0.2.9:8080 true',
  );
  assert.deepEqual(
    (await mirrors(cluster)).map(({ metadata }) => metadata.name),
    [slice!.metadata.name],
  );

  // Endpoints take addresses in forms that slices do not.
  await cluster.client.patch(endpoints, namespace, 'web', 'merge', {
    subsets: [{ addresses: [{ ip: '192.0.2.10' }, { ip: '2001:DB8:0:0::a' }], ports: [{ port: 80 }] }],
  });
  const canonical = 'IPv4 192.0.2.10:80 true,IPv6 2001:db8::a:80 true';
  await cluster.until('canonical', async () => (await shown(cluster)).sort().join() === canonical);

  await cluster.client.patch(services, namespace, 'web', 'merge', { spec: { selector: { app: 'web' } } });
  await cluster.until('none', async () => (await mirrors(cluster)).length === 0);
});

test('Endpoints that ask for it are not mirrored', async t => {
  const cluster = await start(t, { 'endpointslice.kubernetes.io/skip-mirror': 'true' });
  await cluster.clock.advance(5_000);
  assert.deepEqual(await shown(cluster), []);
});

test('addresses that are too many are left out, and told of', async t => {
  const cluster = await start(t);
  const addresses = Array.from({ length: 1003 }, (_, i) => ({
    ip: `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}`,
  }));
  const subsets = [{ addresses, ports: [{ port: 80 }] }];
  await cluster.client.patch(endpoints, namespace, 'web', 'merge', { subsets });
  await cluster.until('a thousand', async () => (await shown(cluster)).length === 1000);
  assert.ok(
    (await cluster.eventsOf('web')).includes(
      'TooManyAddressesToMirror: A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 3 addresses were skipped',
    ),
  );
});
