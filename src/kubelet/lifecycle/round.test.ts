import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionOf, KubeletBed } from '#test/kubelet.ts';

test('all containers of a pod restart, at once and where they are, when a rule says so', async () => {
  await using bed = await KubeletBed.start({ runtime: { images: ['app:1'] } });
  const rules = [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [88] } }];
  const command = ['sh', '-c', 'sleep 5; exit 88'];
  const ends = { name: 'main', image: 'app:1', command, restartPolicy: 'Never', restartPolicyRules: rules };
  const stays = { name: 'helper', image: 'app:1' };
  await bed.create('web', { containers: [ends, stays], restartPolicy: 'Never' });
  assert.ok(await bed.until(async () => conditionOf(await bed.pod('web'), 'Ready') === 'True'));
  const { podIP } = (await bed.pod('web'))!.status!;
  const helper = async () =>
    (await bed.pod('web'))?.status?.containerStatuses?.find(({ name }) => name === 'helper');
  for (const round of [1, 2, 3]) {
    assert.ok(await bed.until(async () => (await helper())?.restartCount === round, 60_000), `${round}`);
    assert.equal((await helper())!.lastState!.terminated!.exitCode, 143);
  }
  assert.equal((await bed.pod('web'))!.status!.podIP, podIP);
  assert.equal(conditionOf(await bed.pod('web'), 'AllContainersRestarting'), 'False');
});
