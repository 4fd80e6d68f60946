import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodes } from '#api/generated/refs.ts';
import { testCluster } from '#test/controllers.ts';
import { ttlController } from './controller.ts';

test('nodes keep what they read for longer in a larger cluster', async t => {
  const cluster = await testCluster(t, undefined, { nodes: 0, account: false, controllers: [ttlController] });
  const { client } = cluster;
  const ttls = async () => {
    const { items } = await client.list(nodes, '');
    return [
      ...new Set(
        items.map(({ metadata }) => metadata.annotations?.['node.alpha.kubernetes.io/ttl'] ?? 'none'),
      ),
    ].join();
  };
  for (let i = 0; i < 100; i++) await client.create(nodes, { metadata: { name: `n${i}` } });
  await cluster.until('all to be told', async () => (await ttls()) === '0');
  await client.create(nodes, { metadata: { name: 'n100' } });
  await cluster.until('all to be told', async () => (await ttls()) === '15');
  for (let i = 0; i < 11; i++) await client.delete(nodes, '', `n${i}`);
  await cluster.clock.advance(1_000);
  assert.equal(await ttls(), '15', '90 nodes are in both ranges');
  await client.delete(nodes, '', 'n11');
  await cluster.until('all to be told', async () => (await ttls()) === '0');
});
