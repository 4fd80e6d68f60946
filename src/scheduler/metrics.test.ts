import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { nodes, pods, serviceAccounts } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { silentLog } from '#base/log.ts';
import { metricsText } from '#base/metric-families.ts';
import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { InformerFactory } from '#client/informer.ts';
import { startCluster } from '#main/embedded.ts';
import { defaultProfile } from './profile.ts';
import { podOf } from './scenario.ts';
import { createScheduler } from './scheduler.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));
const profile = 'measured';

/** A second scheduler in a cluster of one node with two CPUs, for pods that name it. */
async function measured(t: TestContext) {
  const clock = new VirtualClock(settle);
  const capacity = { cpu: '2', memory: '4Gi', pods: '110' };
  const running = await startCluster({ clock, seed: 3, nodes: 1, hollow: { capacity } });
  t.after(() => running.stop());
  const { client } = running;
  const until = async (what: string, condition: () => boolean | Promise<boolean>) => {
    assert.ok(await clock.advanceUntil(condition, 120_000), `not within two minutes: ${what}`);
  };
  await until(
    'the default account',
    async () => (await client.list(serviceAccounts, 'default')).items.length > 0,
  );
  await until('a node that takes pods', async () =>
    (await client.list(nodes, '')).items.every(({ spec }) => !spec?.taints?.length),
  );
  const seams = { client, clock, random: new SeededRandom(1), log: silentLog };
  const informers = new InformerFactory(client, seams);
  t.after(() => informers[Symbol.dispose]());
  const scheduler = createScheduler({
    ...seams,
    informers,
    hostname: 'here',
    profiles: [{ ...defaultProfile, schedulerName: profile }],
  });
  t.after(() => scheduler[Symbol.asyncDispose]());
  informers.start();
  await scheduler.start();
  const told = (series: string) => {
    const lines = metricsText(scheduler.metrics).split('\n');
    return Number(lines.find(line => line.startsWith(`${series} `))?.slice(series.length + 1));
  };
  const create = (name: string, words: Record<string, string>, spec: Partial<Pod['spec']> = {}) => {
    const pod = podOf(name, words);
    delete pod.spec!.priority;
    pod.metadata = { name, namespace: 'default' };
    pod.spec = { ...pod.spec!, ...spec, schedulerName: profile };
    return client.create(pods, pod);
  };
  const bound = async (name: string) => !!(await client.get(pods, 'default', name)).spec?.nodeName;
  return { create, bound, until, told };
}

test('attempts, their ends and what waits are told by upstream’s names', async t => {
  const { create, bound, until, told } = await measured(t);
  const waiting = (queue: string) => told(`scheduler_pending_pods{queue="${queue}"}`);
  const attempts = (result: string) =>
    told(`scheduler_schedule_attempts_total{profile="${profile}",result="${result}"}`);
  await create('fits', { cpu: '1' });
  await until('bound', () => bound('fits'));
  await create('gated', { gate: 'example.com/wait' });
  await create('picky', { selector: 'disk:ssd' });
  await until('refused', () => waiting('unschedulable') === 1);
  await until('gated', () => waiting('gated') === 1);
  assert.equal(waiting('active'), 0);
  assert.deepEqual([attempts('scheduled'), attempts('unschedulable')], [1, 1]);
  assert.equal(told(`scheduler_unschedulable_pods{plugin="NodeAffinity",profile="${profile}"}`), 1);
  assert.equal(told('scheduler_pod_scheduling_attempts_sum'), 1);
  assert.equal(told('scheduler_pod_scheduling_sli_duration_seconds_count{attempts="1"}'), 1);
  for (const [point, status] of [
    ['PreFilter', 'Success'],
    ['Filter', 'Success'],
    ['PostFilter', 'Unschedulable'],
    ['Reserve', 'Success'],
    ['Bind', 'Success'],
  ] as const) {
    const labels = `extension_point="${point}",profile="${profile}",status="${status}"`;
    assert.ok(told(`scheduler_framework_extension_point_duration_seconds_count{${labels}}`) >= 1, point);
  }
  assert.equal(told('scheduler_queue_incoming_pods_total{event="UnschedulablePodAdd",queue="active"}'), 2);
  assert.equal(
    told('scheduler_queue_incoming_pods_total{event="ScheduleAttemptFailure",queue="unschedulable"}'),
    1,
  );
  assert.equal(told('scheduler_cache_size{type="nodes"}'), 1);
});

test('preemption tells of its victims', async t => {
  const { create, bound, until, told } = await measured(t);
  for (const name of ['low-0', 'low-1']) await create(name, { cpu: '1' });
  await until('both bound', async () => (await bound('low-0')) && (await bound('low-1')));
  await create('high', { cpu: '2' }, { priorityClassName: 'system-node-critical' });
  await until('bound', () => bound('high'));
  assert.equal(told('scheduler_preemption_victims_count'), 1);
  assert.equal(told('scheduler_preemption_victims_sum'), 2);
  assert.ok(told('scheduler_preemption_attempts_total') >= 1);
  assert.ok(told('scheduler_pod_scheduling_attempts_sum') > 3, 'the important pod needed more than one');
});
