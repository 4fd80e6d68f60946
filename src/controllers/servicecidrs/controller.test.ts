import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipAddresses, serviceCIDRs, services } from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { type TestCluster, testCluster } from '#test/controllers.ts';

const range = ({ client }: TestCluster, name: string, ...cidrs: string[]) =>
  client.create(serviceCIDRs, { metadata: { name }, spec: { cidrs } });

const service = ({ client }: TestCluster, clusterIP: string) =>
  client.create(services, {
    metadata: { namespace: 'default', name: 's' },
    spec: { clusterIP, ports: [{ port: 80 }] },
  });

const isGone = async ({ client }: TestCluster, name: string) =>
  !(await orNotFound(client.get(serviceCIDRs, '', name)));

async function ready({ client }: TestCluster, name: string) {
  const { status } = await client.get(serviceCIDRs, '', name);
  const [condition] = status?.conditions ?? [];
  return condition && `${condition.status} ${condition.reason}: ${condition.message}`;
}

test('a range is ready, and stays while an address is in it alone', async t => {
  const cluster = await testCluster(t);
  await range(cluster, 'a', '10.200.0.0/24', '2001:db8::/64');
  await cluster.until(
    'it to be ready',
    async () => (await ready(cluster, 'a')) === 'True : Kubernetes Service CIDR is ready',
  );
  const { metadata } = await cluster.client.get(serviceCIDRs, '', 'a');
  assert.deepEqual(metadata.finalizers, ['networking.k8s.io/service-cidr-finalizer']);
  await service(cluster, '10.200.0.7');
  await cluster.client.create(ipAddresses, {
    metadata: { name: '10.200.0.8', labels: { 'ipaddress.kubernetes.io/managed-by': 'example.com' } },
    spec: { parentRef: { group: 'example.com', resource: 'gateways', name: 'g' } },
  });
  await cluster.client.delete(serviceCIDRs, '', 'a');
  await cluster.until(
    'the condition',
    async () =>
      (await ready(cluster, 'a')) ===
      'False Terminating: There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
  );
  await cluster.clock.advance(60_000);
  assert.ok(!(await isGone(cluster, 'a')));
  await cluster.client.delete(services, 'default', 's');
  await cluster.until('it to go', () => isGone(cluster, 'a'));
});

test('a range that another one covers goes ten seconds after it was deleted', async t => {
  const cluster = await testCluster(t);
  await range(cluster, 'inner', '10.200.0.0/24');
  await cluster.until('it to be ready', async () => (await ready(cluster, 'inner')) !== undefined);
  await service(cluster, '10.200.0.7');
  await cluster.client.delete(serviceCIDRs, '', 'inner');
  await cluster.clock.advance(20_000);
  assert.match((await ready(cluster, 'inner'))!, /^False Terminating/);
  const startMs = cluster.clock.now();
  await range(cluster, 'outer', '10.200.0.0/16');
  await cluster.until('it to go', () => isGone(cluster, 'inner'));
  assert.ok(cluster.clock.now() - startMs < 10_000, 'its grace was over');
  await cluster.client.delete(services, 'default', 's');
  await cluster.client.delete(serviceCIDRs, '', 'outer');
  await cluster.clock.advance(8_000);
  assert.ok(!(await isGone(cluster, 'outer')));
  await cluster.until('it to go', () => isGone(cluster, 'outer'));
});
