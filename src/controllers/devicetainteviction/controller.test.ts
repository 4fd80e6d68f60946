import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pods, resourceClaims, resourceSlices } from '#api/generated/refs.ts';
import type { DeviceTaint, DeviceToleration } from '#api/generated/types/resource.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { orNotFound } from '#client/retry.ts';
import { type TestCluster, testCluster } from '#test/controllers.ts';

const namespace = 'default';
const driver = 'gpu.example.com';

/** A pod on a node, with a claim of device `device`, reserved for it. */
async function user(
  { client, until }: TestCluster,
  name: string,
  device: string,
  tolerations: DeviceToleration[] = [],
) {
  const requests = [{ name: 'gpu', exactly: { deviceClassName: 'gpu' } }];
  const claim = await client.create(resourceClaims, {
    metadata: { namespace, name },
    spec: { devices: { requests } },
  });
  const results = [{ request: 'gpu', driver, pool: 'p', device, tolerations }];
  await client.updateStatus(resourceClaims, { ...claim, status: { allocation: { devices: { results } } } });
  await client.create(pods, {
    metadata: { namespace, name },
    spec: {
      nodeName: 'hollow-0',
      containers: [{ name: 'main', image: 'i' }],
      resourceClaims: [{ name: 'c', resourceClaimName: name }],
    },
  });
  await until(`${name} to have its claim`, async () => {
    const { status } = await client.get(resourceClaims, namespace, name);
    return status?.reservedFor?.length === 1;
  });
}

async function slice({ client }: TestCluster, taints: Record<string, DeviceTaint[]>) {
  const devices = ['d0', 'd1', 'd2'].map(name => ({ name, taints: taints[name] ?? [] }));
  const existing = await orNotFound(client.get(resourceSlices, '', 's'));
  const pool = { name: 'p', generation: 1 + (existing?.spec.pool.generation ?? 0), resourceSliceCount: 1 };
  const spec = { driver, nodeName: 'hollow-0', pool, devices };
  if (existing) await client.update(resourceSlices, { ...existing, spec });
  else await client.create(resourceSlices, { metadata: { name: 's' }, spec });
}

test('a NoExecute taint evicts who does not tolerate it, at once or when the time is over', async t => {
  const cluster = await testCluster(t);
  const { client, clock } = cluster;
  await slice(cluster, {});
  await user(cluster, 'plain', 'd0');
  await user(cluster, 'patient', 'd1', [{ key: 'broken', operator: 'Exists', tolerationSeconds: 60 }]);
  await user(cluster, 'stoic', 'd1', [{ operator: 'Exists' }]);
  await user(cluster, 'saved', 'd2', [
    { key: 'broken', operator: 'Equal', value: 'x', tolerationSeconds: 60 },
  ]);
  const timeAdded = toRfc3339(clock.now());
  const taint = { key: 'broken', value: 'x', effect: 'NoExecute', timeAdded };
  await slice(cluster, { d0: [taint], d1: [taint], d2: [taint] });
  const isGone = async (name: string) => !(await orNotFound(client.get(pods, namespace, name)));
  await cluster.until('the plain one to go', () => isGone('plain'));
  assert.deepEqual(
    await cluster.eventsOf('plain').then(all => all.filter(text => text.startsWith('Device'))),
    ['DeviceTaintManagerEviction: Marking for deletion'],
  );
  await slice(cluster, { d1: [taint] });
  await cluster.until('the cancelling', async () =>
    (await cluster.eventsOf('saved')).includes('DeviceTaintManagerEviction: Cancelling deletion'),
  );
  assert.ok(!(await isGone('patient')));
  await cluster.until('the patient one to go', () => isGone('patient'));
  await clock.advance(120_000);
  assert.ok(!(await isGone('stoic')));
  assert.ok(!(await isGone('saved')));
});

test('a taint without NoExecute evicts nobody', async t => {
  const cluster = await testCluster(t);
  await slice(cluster, {});
  await user(cluster, 'p', 'd0');
  await slice(cluster, { d0: [{ key: 'broken', effect: 'NoSchedule' }] });
  await cluster.clock.advance(60_000);
  assert.equal((await cluster.podsWhere()).length, 1);
});
