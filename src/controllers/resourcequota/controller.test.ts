import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, pods, resourceQuotas, services } from '#api/generated/refs.ts';
import { testCluster } from '../testing.ts';

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
