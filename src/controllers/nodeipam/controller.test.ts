import assert from 'node:assert/strict';
import { test } from 'node:test';
import { events, nodes } from '#api/generated/refs.ts';
import { type TestCluster, testCluster } from '#test/controllers.ts';
import { nodeIpamController, type NodeCidrs } from './controller.ts';

const cluster = (t: Parameters<typeof testCluster>[0], cidrs: NodeCidrs | undefined) =>
  testCluster(t, undefined, { nodes: 0, account: false, controllers: [nodeIpamController(cidrs)] });

const node = ({ client }: TestCluster, name: string, podCIDRs?: string[]) =>
  client.create(nodes, { metadata: { name }, ...(podCIDRs ? { spec: { podCIDRs } } : {}) });

const cidrsOf = async ({ client }: TestCluster, name: string) =>
  ((await client.get(nodes, '', name)).spec?.podCIDRs ?? []).join();

test('each node gets a part of each network, and gives it back', async t => {
  const world = await cluster(t, {
    clusterCidrs: ['10.1.0.0/22', '2001:db8::/60'],
    excluded: ['10.1.1.0/24'],
  });
  await node(world, 'old', ['10.1.0.0/24', '2001:db8::/64']);
  await node(world, 'a');
  await world.until('a', async () => (await cidrsOf(world, 'a')) === '10.1.2.0/24,2001:db8:0:1::/64');
  assert.equal((await world.client.get(nodes, '', 'a')).spec!.podCIDR, '10.1.2.0/24');
  await node(world, 'b');
  await world.until('b', async () => (await cidrsOf(world, 'b')).startsWith('10.1.3.0/24'));
  await node(world, 'c');
  await world.until('the event', async () =>
    (await world.eventsOf('c')).includes('CIDRNotAvailable: Node c status is now: CIDRNotAvailable'),
  );
  assert.equal(await cidrsOf(world, 'c'), '');
  const told = (await world.client.list(events, '')).items.find(
    ({ reason }) => reason === 'CIDRNotAvailable',
  );
  assert.equal(told!.involvedObject.uid, (await world.client.get(nodes, '', 'c')).metadata.uid);
  await world.client.delete(nodes, '', 'old');
  await world.until('c', async () => (await cidrsOf(world, 'c')).startsWith('10.1.0.0/24'));
});

test('without networks nodes are left alone', async t => {
  const world = await cluster(t, undefined);
  await node(world, 'a');
  await world.clock.advance(60_000);
  assert.equal(await cidrsOf(world, 'a'), '');
});
