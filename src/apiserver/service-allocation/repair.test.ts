import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { events, ipAddresses, serviceCIDRs, services } from '#api/generated/refs.ts';
import { type SecureServer, startSecureServer } from '../auth/testing.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

async function running(t: TestContext, serviceCidrs?: readonly string[]): Promise<SecureServer> {
  const server = await startSecureServer(settle, serviceCidrs);
  t.after(() => server[Symbol.asyncDispose]());
  server.run();
  return server;
}

async function addresses({ admin }: SecureServer): Promise<string[]> {
  const { items } = await admin.list(ipAddresses, '');
  return items.map(
    ({ metadata, spec }) => `${metadata.name} ${spec?.parentRef?.namespace}/${spec?.parentRef?.name}`,
  );
}

async function eventsOf({ admin }: SecureServer, name: string): Promise<string[]> {
  const { items } = await admin.list(events, '');
  return items
    .filter(({ involvedObject }) => involvedObject.name === name)
    .map(({ reason, message }) => `${reason}: ${message}`);
}

/** Lets the server's own loops run. */
async function rest({ clock }: SecureServer, ms = 1000): Promise<void> {
  await clock.advance(ms);
}

test('what was deleted by hand is made again, and what leaked goes', async t => {
  const server = await running(t);
  const { admin } = server;
  await admin.create(services, {
    metadata: { name: 'web', namespace: 'default' },
    spec: { clusterIP: '10.96.0.7', ports: [{ port: 80 }] },
  });
  await admin.delete(ipAddresses, '', '10.96.0.7');
  await rest(server);
  assert.ok((await addresses(server)).includes('10.96.0.7 default/web'));
  assert.deepEqual(await eventsOf(server, 'web'), [
    'ClusterIPNotAllocated: Cluster IP [IPv4]: 10.96.0.7 is not allocated; repairing',
  ]);
  const leak = (name: string, parentRef: object) =>
    admin.create(ipAddresses, {
      metadata: { name, labels: { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' } },
      spec: { parentRef } as never,
    });
  await leak('10.96.0.20', { resource: 'services', namespace: 'default', name: 'gone' });
  await leak('10.96.0.21', { resource: 'services', namespace: 'default', name: 'web' });
  await leak('10.96.0.22', { resource: 'pods', namespace: 'default', name: 'web' });
  await rest(server);
  assert.ok((await addresses(server)).includes('10.96.0.20 default/gone'), 'its Service may be on its way');
  assert.equal((await addresses(server)).length, 3);
  await rest(server, 61_000);
  assert.equal((await addresses(server)).length, 2);
  assert.deepEqual(await eventsOf(server, '10.96.0.20'), [
    'IPAddressNotAllocated: IPAddress: 10.96.0.20 for Service default/gone appears to have leaked: cleaning up',
  ]);
  assert.deepEqual(await eventsOf(server, '10.96.0.21'), [
    'IPAddressWrongReference: IPAddress: 10.96.0.21 for Service default/web has a wrong reference; cleaning up',
  ]);
  assert.deepEqual(await eventsOf(server, '10.96.0.22'), [
    'IPAddressNotAllocated: IPAddress 10.96.0.22 appears to have been modified, not referencing a Service &ParentReference{Group:,Resource:pods,Namespace:default,Name:web,}: cleaning up',
  ]);
});

test('node ports that nobody has claimed are, once', async t => {
  const cluster = await startSecureServer(settle);
  t.after(() => cluster[Symbol.asyncDispose]());
  const { admin, server } = cluster;
  const make = (name: string) =>
    admin.create(services, {
      metadata: { name, namespace: 'default' },
      spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30_007 }] },
    });
  await make('a');
  const { committer, cache } = server.services;
  const bucket = 'ranges/servicenodeports';
  const { revision } = cache.bucket(bucket).get('30007')!;
  assert.ok(await committer.writeCompanion({ bucket, key: '30007', revision }));
  await make('b');
  await admin.create(services, {
    metadata: { name: 'c', namespace: 'default' },
    spec: { type: 'NodePort', ports: [{ port: 80, nodePort: 30_008 }] },
  });
  const other = cache.bucket(bucket).get('30008')!.revision;
  assert.ok(await committer.writeCompanion({ bucket, key: '30008', revision: other }));
  cluster.run();
  await rest(cluster);
  assert.deepEqual(await eventsOf(cluster, 'a'), [
    'PortAlreadyAllocated: Port 30007 was assigned to multiple services; please recreate service',
  ]);
  assert.deepEqual(await eventsOf(cluster, 'b'), []);
  assert.deepEqual(await eventsOf(cluster, 'c'), [
    'PortNotAllocated: Port 30008 is not allocated; repairing',
  ]);
  assert.ok(cache.bucket(bucket).get('30008'));
});

test('the cluster’s own range is made again', async t => {
  const server = await running(t);
  await server.admin.delete(serviceCIDRs, '', 'kubernetes');
  await rest(server);
  assert.deepEqual((await server.admin.get(serviceCIDRs, '', 'kubernetes')).spec!.cidrs, ['10.96.0.0/16']);
});

test('the cluster’s own range gets the second family that the server has got, and is told of where it is another', async t => {
  const server = await running(t, ['10.96.0.0/16', 'fd00:10:96::/108']);
  const { admin } = server;
  const replace = async (...cidrs: string[]) => {
    await admin.delete(serviceCIDRs, '', 'kubernetes');
    await admin.create(serviceCIDRs, { metadata: { name: 'kubernetes' }, spec: { cidrs } });
    await rest(server);
    return admin.get(serviceCIDRs, '', 'kubernetes');
  };
  const grown = await replace('10.96.0.0/16');
  assert.deepEqual(grown.spec!.cidrs, ['10.96.0.0/16', 'fd00:10:96::/108']);
  assert.equal(grown.status!.conditions![0]!.message, 'Kubernetes default Service CIDR is ready');
  const other = await replace('10.200.0.0/24');
  assert.deepEqual(other.spec!.cidrs, ['10.200.0.0/24']);
  assert.deepEqual(await eventsOf(server, 'kubernetes'), [
    'KubernetesDefaultServiceCIDRInconsistent: The default ServiceCIDR [10.200.0.0/24] does not match the controller flag configurations [10.96.0.0/16 fd00:10:96::/108]',
  ]);
});
