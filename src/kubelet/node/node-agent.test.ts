import assert from 'node:assert/strict';
import { test } from 'node:test';
import { events as eventsRef, nodes } from '#api/generated/refs.ts';
import { KubeletBed } from '#test/kubelet.ts';

test('a kubelet tells of its start, and of what becomes of its node', async () => {
  let broken: Error | undefined;
  const fail = (operation: string) => (operation === 'status' ? broken : undefined);
  await using bed = await KubeletBed.start({ runtime: { fail } });
  const { client } = bed.cluster;
  const now = (reason: string) => `Normal ${reason}: Node node-1 status is now: ${reason}`;
  const told = async (text: string) => {
    assert.ok(await bed.until(async () => (await bed.told('node-1')).includes(text)), text);
  };
  await told('Normal Starting: Starting kubelet.');
  for (const fit of ['NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID'])
    await told(now(fit));
  const cordon = (unschedulable: boolean) =>
    client.patch(nodes, '', 'node-1', 'merge', { spec: { unschedulable } });
  await cordon(true);
  await told(now('NodeNotSchedulable'));
  await cordon(false);
  await told(now('NodeSchedulable'));
  broken = new Error('cni config uninitialized');
  await told(now('NodeNotReady'));
  broken = undefined;
  await told(now('NodeReady'));
  const bootID = { status: { nodeInfo: { bootID: 'earlier' } } };
  await client.patch(nodes, '', 'node-1', 'strategic', bootID, { subresource: 'status' });
  await told('Warning Rebooted: Node node-1 has been rebooted, boot id: memory');
  const { items } = await client.list(eventsRef, 'default');
  const { involvedObject, source } = items.find(({ reason }) => reason === 'Starting')!;
  assert.deepEqual(involvedObject, { kind: 'Node', name: 'node-1', uid: 'node-1' });
  assert.deepEqual(source, { component: 'kubelet', host: 'node-1' });
});

test('a node whose runtime answers nothing is not ready after half a minute, and ready once it answers', async () => {
  let down = false;
  const fail = (operation: string) => {
    if (down && ['status', 'listImages'].includes(operation)) throw new Error('connection refused');
    return undefined;
  };
  await using bed = await KubeletBed.start({ runtime: { fail } });
  const { client } = bed.cluster;
  const ready = async () =>
    (await client.get(nodes, '', 'node-1')).status?.conditions?.find(({ type }) => type === 'Ready');
  down = true;
  // A runtime that is started anew in the meantime is not down.
  await bed.clock.advance(20_000);
  assert.equal((await ready())?.status, 'True');
  assert.ok(await bed.until(async () => (await ready())?.status === 'False'));
  const { reason, message } = (await ready())!;
  assert.deepEqual([reason, message], ['KubeletNotReady', 'container runtime is down']);
  down = false;
  assert.ok(await bed.until(async () => (await ready())?.status === 'True'));
});
