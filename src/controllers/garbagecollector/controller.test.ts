import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, customResourceDefinitions, deployments, replicaSets } from '#api/generated/refs.ts';
import type { ConfigMap } from '#api/generated/types/core.v1.ts';
import type { OwnerReference } from '#machinery/object.ts';
import { type TestCluster, template, testCluster } from '#test/controllers.ts';
import { garbageCollectorController } from './controller.ts';

const namespace = 'default';

function create(cluster: TestCluster, name: string, ...owners: ConfigMap[]): Promise<ConfigMap> {
  const ownerReferences: OwnerReference[] = owners.map(({ metadata }) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: metadata.name!,
    uid: metadata.uid!,
    blockOwnerDeletion: true,
  }));
  return cluster.client.create(configMaps, { metadata: { namespace, name, ownerReferences } });
}

async function names({ client }: TestCluster): Promise<string[]> {
  const { items } = await client.list(configMaps, namespace);
  return items.map(({ metadata }) => metadata.name!).filter(name => name !== 'kube-root-ca.crt');
}

async function become(cluster: TestCluster, expected: string[]): Promise<void> {
  await cluster.until(
    `only ${expected} are left`,
    async () => String(await names(cluster)) === String(expected),
  );
}

test('what has lost its last owner goes, and what it owns', async t => {
  const cluster = await testCluster(t);
  const [a, b] = [await create(cluster, 'a'), await create(cluster, 'b')];
  const both = await create(cluster, 'of-both', a, b);
  await create(cluster, 'of-that', both);
  await cluster.client.delete(configMaps, namespace, 'a', { propagationPolicy: 'Background' });
  await become(cluster, ['b', 'of-both', 'of-that']);
  await cluster.clock.advance(5000);
  const left = await cluster.client.get(configMaps, namespace, 'of-both');
  assert.deepEqual(
    left.metadata.ownerReferences?.map(owner => owner.name),
    ['b'],
    'the dangling reference is gone',
  );
  await cluster.client.delete(configMaps, namespace, 'b', { propagationPolicy: 'Background' });
  await become(cluster, []);
});

test('an object whose owner was never there goes too', async t => {
  const cluster = await testCluster(t);
  const ghost = { metadata: { name: 'ghost', uid: '11111111-1111-4111-8111-111111111111' } } as ConfigMap;
  await create(cluster, 'child', ghost);
  await become(cluster, []);
});

test('a foreground deletion ends with the owner', async t => {
  const cluster = await testCluster(t);
  const owner = await create(cluster, 'owner');
  const child = await create(cluster, 'child', owner);
  const finalizers = ['example.com/hold'];
  await cluster.client.patch(configMaps, namespace, 'child', 'merge', { metadata: { finalizers } });
  await create(cluster, 'grandchild', child);
  await cluster.client.delete(configMaps, namespace, 'owner', { propagationPolicy: 'Foreground' });
  await become(cluster, ['child', 'owner']);
  await cluster.clock.advance(10_000);
  const held = await cluster.client.get(configMaps, namespace, 'owner');
  assert.deepEqual(held.metadata.finalizers, ['foregroundDeletion']);
  await cluster.client.patch(configMaps, namespace, 'child', 'merge', { metadata: { finalizers: null } });
  await become(cluster, []);
});

test('orphaning keeps the dependents and takes the reference off', async t => {
  const cluster = await testCluster(t);
  const owner = await create(cluster, 'owner');
  await create(cluster, 'child', owner);
  await cluster.client.delete(configMaps, namespace, 'owner', { propagationPolicy: 'Orphan' });
  await become(cluster, ['child']);
  await cluster.clock.advance(5000);
  const child = await cluster.client.get(configMaps, namespace, 'child');
  assert.deepEqual(child.metadata.ownerReferences ?? [], []);
});

test('owners in a circle can be deleted in the foreground', async t => {
  const cluster = await testCluster(t);
  const a = await create(cluster, 'a');
  const b = await create(cluster, 'b', a);
  const ownerReferences = [
    { apiVersion: 'v1', kind: 'ConfigMap', name: 'b', uid: b.metadata.uid!, blockOwnerDeletion: true },
  ];
  await cluster.client.patch(configMaps, namespace, 'a', 'merge', { metadata: { ownerReferences } });
  await cluster.client.delete(configMaps, namespace, 'a', { propagationPolicy: 'Foreground' });
  await become(cluster, []);
});

test('deleting a Deployment leaves nothing', async t => {
  const cluster = await testCluster(t);
  const selector = { matchLabels: { app: 'web' } };
  const spec = { replicas: 5, selector, template: template('web') };
  await cluster.client.create(deployments, { metadata: { namespace, name: 'web' }, spec });
  await cluster.until('five pods', async () => (await cluster.podsWhere()).length === 5);
  await cluster.client.delete(deployments, namespace, 'web', { propagationPolicy: 'Background' });
  await cluster.until('sets and pods are gone', async () => {
    const { items } = await cluster.client.list(replicaSets, namespace);
    return items.length === 0 && (await cluster.podsWhere()).length === 0;
  });
});

test('an owner that was seen to go is not looked for again', async t => {
  const asked: string[] = [];
  const cluster = await testCluster(t, undefined, {
    wrapTransport: transport => ({
      ...transport,
      request: request => {
        if (request.method === 'GET') asked.push(request.path);
        return transport.request(request);
      },
    }),
  });
  const owner = await create(cluster, 'owner');
  await create(cluster, 'child', owner);
  await cluster.client.delete(configMaps, namespace, 'owner', { propagationPolicy: 'Background' });
  await become(cluster, []);
  assert.ok(asked.some(path => path.endsWith('/configmaps/child')));
  assert.ok(!asked.some(path => path.endsWith('/configmaps/owner')));
});

test('definitions that come together are looked for a few times, not each, and instances are collected', async t => {
  let looks = 0;
  const cluster = await testCluster(t, undefined, {
    controllers: [garbageCollectorController],
    account: false,
    wrapTransport: transport => ({
      ...transport,
      request: request => {
        if (request.path === '/apis') looks++;
        return transport.request(request);
      },
    }),
  });
  await cluster.clock.advance(5_000);
  looks = 0;
  const openAPIV3Schema = { type: 'object' } as const;
  for (let i = 0; i < 40; i++) {
    const names = {
      plural: `things${i}`,
      singular: `thing${i}`,
      kind: `Thing${i}`,
      listKind: `Thing${i}List`,
    };
    const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }];
    const spec = { group: 'example.com', scope: 'Namespaced', names, versions };
    await cluster.client.create(customResourceDefinitions, {
      metadata: { name: `things${i}.example.com` },
      spec,
    });
    await cluster.clock.advance(10);
  }
  await cluster.clock.advance(5_000);
  assert.ok(looks >= 1 && looks <= 4, `${looks} looks`);
  const things = {
    group: 'example.com',
    version: 'v1',
    resource: 'things39',
    kind: 'Thing39',
    namespaced: true,
  };
  const owner = await create(cluster, 'owner');
  const { metadata } = owner;
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: metadata.uid! };
  await cluster.client.create(things, {
    metadata: { namespace, name: 'dependent', ownerReferences: [reference] },
  });
  await cluster.client.delete(configMaps, namespace, 'owner', { propagationPolicy: 'Background' });
  await cluster.until('the instance is gone', async () => {
    return (await cluster.client.list(things, namespace)).items.length === 0;
  });
});
