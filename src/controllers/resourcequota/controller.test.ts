import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  configMaps,
  customResourceDefinitions,
  persistentVolumeClaims,
  pods,
  resourceQuotas,
  services,
} from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { testCluster } from '#test/controllers.ts';

test('fills in what is used, follows what comes and goes, and keeps to scopes', async t => {
  const { client, clock } = await testCluster(t);
  const namespace = 'default';
  const hard = {
    pods: '5',
    'requests.cpu': '1',
    configmaps: '10',
    'services.nodeports': '2',
    'count/leases.coordination.k8s.io': '3',
  };
  await client.create(resourceQuotas, { metadata: { name: 'all', namespace }, spec: { hard } });
  await client.create(resourceQuotas, {
    metadata: { name: 'best-effort', namespace },
    spec: { hard: { pods: '2' }, scopes: ['BestEffort'] },
  });
  await clock.advance(1_000);
  const status = async (name: string) => (await client.get(resourceQuotas, namespace, name)).status;
  const idle = await status('all');
  assert.deepEqual(idle?.hard, hard);
  assert.equal(idle?.used?.pods, '0');
  const base = Number(idle?.used?.configmaps);

  const container = { name: 'c', image: 'x', resources: { requests: { cpu: '300m' } } };
  await client.create(pods, { metadata: { name: 'a', namespace }, spec: { containers: [container] } });
  await client.create(configMaps, { metadata: { name: 'a', namespace } });
  await client.create(services, {
    metadata: { name: 'a', namespace },
    spec: { type: 'NodePort', ports: [{ port: 80 }] },
  });
  await clock.advance(1_000);
  const busy = await status('all');
  assert.equal(busy?.used?.pods, '1');
  assert.equal(busy?.used?.['requests.cpu'], '300m');
  assert.equal(busy?.used?.configmaps, String(base + 1));
  assert.equal(busy?.used?.['services.nodeports'], '1');
  assert.equal((await status('best-effort'))?.used?.pods, '0');

  await client.delete(pods, namespace, 'a', { gracePeriodSeconds: 0 });
  await clock.advance(1_000);
  assert.equal((await status('all'))?.used?.pods, '0');
  assert.equal((await status('all'))?.used?.['requests.cpu'], '0');
});

test('counts custom resources, and hears of those that go', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  const namespace = 'default';
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await client.create(customResourceDefinitions, {
    metadata: { name: 'gears.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'gears', kind: 'Gear' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
  const gears = { group: 'example.com', version: 'v1', resource: 'gears', kind: 'Gear', namespaced: true };
  await cluster.until(
    'it is served',
    async () => (await orNotFound(client.list(gears, namespace))) !== undefined,
  );
  const name = 'count/gears.example.com';
  await client.create(resourceQuotas, {
    metadata: { name: 'gears', namespace },
    spec: { hard: { [name]: '3' } },
  });
  const used = async () => (await client.get(resourceQuotas, namespace, 'gears')).status?.used?.[name];
  await cluster.until('none is there', async () => (await used()) === '0');
  await client.create(gears, { metadata: { namespace, name: 'one' } });
  await cluster.until('it counts', async () => (await used()) === '1');
  await cluster.clock.advance(20_000);
  await client.delete(gears, namespace, 'one');
  await cluster.clock.advance(5000);
  assert.equal(await used(), '0');
});

test('a scope of volume attributes classes is about claims alone', async t => {
  const { client, clock } = await testCluster(t);
  const namespace = 'default';
  const matchExpressions = [{ scopeName: 'VolumeAttributesClass', operator: 'In', values: ['gold'] }];
  await client.create(resourceQuotas, {
    metadata: { name: 'gold', namespace },
    spec: { hard: { persistentvolumeclaims: '5' }, scopeSelector: { matchExpressions } },
  });
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  for (const [name, volumeAttributesClassName] of [
    ['a', 'gold'],
    ['b', 'silver'],
    ['c', undefined],
  ] as const) {
    await client.create(persistentVolumeClaims, {
      metadata: { name, namespace },
      spec: { ...spec, volumeAttributesClassName },
    });
  }
  await clock.advance(2000);
  const { status } = await client.get(resourceQuotas, namespace, 'gold');
  assert.deepEqual(status?.used, { persistentvolumeclaims: '1' });
});
