import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secrets } from '#api/generated/refs.ts';
import { toRfc3339 } from '#base/clock.ts';
import { testCluster } from '#test/controllers.ts';

test('a bootstrap token goes when its time is over, or cannot be read', async t => {
  const cluster = await testCluster(t);
  const { client, clock } = cluster;
  const token = (id: string, type: string, expiration?: string) =>
    client.create(secrets, {
      metadata: { namespace: 'kube-system', name: `bootstrap-token-${id}` },
      type,
      stringData: { 'token-id': id, ...(expiration === undefined ? {} : { expiration }) },
    });
  const type = 'bootstrap.kubernetes.io/token';
  const names = async () => {
    const { items } = await client.list(secrets, 'kube-system');
    return items.map(({ metadata }) => metadata.name!.replace('bootstrap-token-', '')).sort();
  };
  await token('garbag', type, 'tomorrow');
  await token('endles', type);
  await token('shorty', type, toRfc3339(clock.now() + 60_000));
  await token('opaque', 'Opaque', toRfc3339(clock.now()));
  await cluster.until('one to go', async () => !(await names()).includes('garbag'));
  await clock.advance(50_000);
  assert.deepEqual(await names(), ['endles', 'opaque', 'shorty']);
  await cluster.until('the other to go', async () => !(await names()).includes('shorty'));
  assert.deepEqual(await names(), ['endles', 'opaque']);
});
