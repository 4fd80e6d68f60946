import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cronJobs, jobs } from '#api/generated/refs.ts';
import type { CronJob } from '#api/generated/types/batch.v1.ts';
import { controllerReference } from '#runtime/ownership.ts';
import { type TestCluster, template, testCluster } from '#test/controllers.ts';

const namespace = 'default';

async function create(
  { client }: TestCluster,
  more: Partial<CronJob['spec']>,
  nodeName = 'hollow-0',
): Promise<void> {
  const podTemplate = { ...template('tick', 'app:1', { restartPolicy: 'Never', nodeName }), metadata: {} };
  const spec = { schedule: '*/5 * * * *', jobTemplate: { spec: { template: podTemplate } }, ...more };
  await client.create(cronJobs, { metadata: { namespace, name: 'tick' }, spec });
}

const jobNames = async ({ client }: TestCluster) =>
  (await client.list(jobs, namespace)).items.map(({ metadata }) => metadata.name).sort();
const minute = ({ clock }: TestCluster) => Math.floor(clock.now() / 60_000);

test('starts a Job at each time, and keeps the last three', async t => {
  const cluster = await testCluster(t);
  const start = minute(cluster);
  await create(cluster, {});
  await cluster.clock.advance(5 * 60_000 + 10_000);
  assert.deepEqual(await jobNames(cluster), [`tick-${start + 5}`]);
  await cluster.clock.advance(20 * 60_000);
  assert.deepEqual(
    await jobNames(cluster),
    [15, 20, 25].map(offset => `tick-${start + offset}`),
  );
  const { status } = await cluster.client.get(cronJobs, namespace, 'tick');
  assert.equal(status?.lastScheduleTime, '2026-01-01T00:25:00Z');
  assert.deepEqual(status?.active ?? [], []);
  assert.ok(status?.lastSuccessfulTime);
  const skew = 'cronjob_controller_job_creation_skew_duration_seconds_count';
  assert.deepEqual(cluster.metric(skew), [`${skew} 5`]);
});

test('Forbid waits for the running one; Replace ends it', async t => {
  const cluster = await testCluster(t);
  const start = minute(cluster);
  await create(cluster, { concurrencyPolicy: 'Forbid' }, 'nowhere');
  await cluster.clock.advance(11 * 60_000);
  assert.deepEqual(await jobNames(cluster), [`tick-${start + 5}`]);
  await cluster.client.patch(cronJobs, namespace, 'tick', 'merge', {
    spec: { concurrencyPolicy: 'Replace' },
  });
  await cluster.clock.advance(5 * 60_000);
  assert.deepEqual(await jobNames(cluster), [`tick-${start + 15}`]);
});

test('a suspended one starts nothing', async t => {
  const cluster = await testCluster(t);
  await create(cluster, { suspend: true });
  await cluster.clock.advance(11 * 60_000);
  assert.deepEqual(await jobNames(cluster), []);
});

test('a period counts from the last time, whenever somebody looks', async t => {
  const cluster = await testCluster(t);
  const start = minute(cluster);
  await create(cluster, { schedule: '@every 10m', suspend: true });
  await cluster.clock.advance(4 * 60_000);
  await cluster.client.patch(cronJobs, namespace, 'tick', 'merge', { spec: { suspend: false } });
  await cluster.clock.advance(6 * 60_000 + 5000);
  assert.deepEqual(await jobNames(cluster), [`tick-${start + 10}`]);
});

test('one that goes still tells of its Jobs', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await create(cluster, {}, 'nowhere');
  await cluster.clock.advance(5 * 60_000 + 5000);
  const [name] = await jobNames(cluster);
  const metadata = { finalizers: ['example.com/hold'] };
  await client.patch(cronJobs, namespace, 'tick', 'merge', { metadata });
  await client.delete(cronJobs, namespace, 'tick');
  await client.delete(jobs, namespace, name!, { propagationPolicy: 'Background' });
  await cluster.until('the Job is no more active', async () => {
    return (await client.get(cronJobs, namespace, 'tick')).status?.active === undefined;
  });
  await cluster.clock.advance(5 * 60_000);
  assert.deepEqual(await jobNames(cluster), []);
  await client.patch(cronJobs, namespace, 'tick', 'merge', { metadata: { finalizers: null } });
});

test('the time a Job was for is told in the zone of its schedule', async t => {
  const cluster = await testCluster(t);
  await create(cluster, { timeZone: 'Asia/Kolkata', schedule: '35 5 * * *' });
  await cluster.clock.advance(6 * 60_000);
  const [job] = (await cluster.client.list(jobs, namespace)).items;
  assert.equal(
    job?.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'],
    '2026-01-01T05:35:00+05:30',
  );
});

test('a schedule that never comes is told of', async t => {
  const cluster = await testCluster(t);
  await create(cluster, { schedule: '59 23 31 2 *' });
  await cluster.clock.advance(1000);
  assert.deepEqual(await cluster.eventsOf('tick'), [
    'InvalidSchedule: invalid schedule: 59 23 31 2 * : time difference between two schedules is less than 1 second',
  ]);
});

test('a long pause is told of, and starts the latest time alone', async t => {
  const cluster = await testCluster(t);
  const start = minute(cluster);
  await create(cluster, { schedule: '@every 5s', suspend: true });
  await cluster.clock.advance(10 * 60_000 + 2000);
  await cluster.client.patch(cronJobs, namespace, 'tick', 'merge', { spec: { suspend: false } });
  await cluster.clock.advance(20_000);
  assert.deepEqual(await jobNames(cluster), [`tick-${start + 10}`], 'a name serves a whole minute');
  const told = await cluster.eventsOf('tick');
  assert.ok(
    told.includes(
      'TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
    ),
    told.join('\n'),
  );
});

test('a Job that is gone, or that nobody knows of, is told of', async t => {
  const cluster = await testCluster(t);
  const start = minute(cluster);
  await create(cluster, { concurrencyPolicy: 'Forbid' }, 'nowhere');
  await cluster.clock.advance(5 * 60_000 + 5000);
  const first = `tick-${start + 5}`;
  assert.ok(!(await cluster.eventsOf('tick')).some(text => text.startsWith('MissingJob')));
  const { metadata, spec } = await cluster.client.get(jobs, namespace, first);
  const template = { metadata: { labels: {} }, spec: spec!.template.spec };
  const { ownerReferences } = metadata;
  await cluster.client.create(jobs, {
    metadata: { namespace, name: 'stray', ownerReferences },
    spec: { template },
  });
  await cluster.client.delete(jobs, namespace, first, { propagationPolicy: 'Background' });
  await cluster.clock.advance(5000);
  const told = await cluster.eventsOf('tick');
  for (const text of [
    `MissingJob: Active job went missing: ${first}`,
    'UnexpectedJob: Saw a job that the controller did not create or forgot: stray',
  ])
    assert.ok(told.includes(text), told.join('\n'));
});

test('of Jobs that failed, those that started first go, and of one second the first by name', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await create(cluster, { suspend: true, failedJobsHistoryLimit: 2 });
  const owner = await client.get(cronJobs, namespace, 'tick');
  const ownerReferences = [controllerReference(cronJobs, owner)];
  const podTemplate = { ...template('tick', 'app:1', { restartPolicy: 'Never' }), metadata: {} };
  const time = '2026-01-01T00:00:00Z';
  const failed = (type: string) => ({ type, status: 'True', lastTransitionTime: time });
  for (const name of ['c', 'b', 'a']) {
    await client.create(jobs, {
      metadata: { namespace, name, ownerReferences },
      spec: { template: podTemplate, managedBy: 'example.com/other' },
    });
    const status = {
      startTime: name === 'a' ? '2026-01-01T00:00:01Z' : time,
      conditions: [failed('FailureTarget'), failed('Failed')],
    };
    await client.patch(jobs, namespace, name, 'merge', { status }, { subresource: 'status' });
  }
  await cluster.clock.advance(5000);
  assert.deepEqual(await jobNames(cluster), ['a', 'c']);
});

test('a name that another has taken keeps nothing from going on', async t => {
  const cluster = await testCluster(t);
  const start = minute(cluster);
  await cluster.client.create(jobs, {
    metadata: { namespace, name: `tick-${start + 5}` },
    spec: { template: { ...template('tick', 'app:1', { restartPolicy: 'Never' }), metadata: {} } },
  });
  await create(cluster, {});
  await cluster.clock.advance(11 * 60_000);
  assert.deepEqual(await jobNames(cluster), [`tick-${start + 5}`, `tick-${start + 10}`]);
  assert.ok(!(await cluster.eventsOf('tick')).some(text => text.startsWith('FailedCreate')));
});

test('of many, each starts once at each of its minutes, and its pod runs in that minute', async t => {
  const cluster = await testCluster(t);
  const { client, clock } = cluster;
  const start = minute(cluster);
  const container = { name: 'main', image: 'app:1' };
  const template = { spec: { restartPolicy: 'Never', nodeName: 'hollow-0', containers: [container] } };
  for (let i = 0; i < 30; i++) {
    const spec = { schedule: `${2 * i} * * * *`, jobTemplate: { spec: { template } } };
    await client.create(cronJobs, { metadata: { namespace, name: `cron-${i}` }, spec });
  }
  await clock.advance(2 * 3_600_000 + 30_000);
  const { items } = await client.list(jobs, namespace);
  const minuteOf = (time: string | undefined) => Math.floor(Date.parse(time!) / 60_000) - start;
  const due = [...Array(30).keys()].flatMap(i => [2 * i, 60 + 2 * i, 120 + 2 * i].map(at => `${i} at ${at}`));
  const expected = due.filter(text => {
    const at = Number(text.split(' ')[2]);
    return at > 0 && at <= 120;
  });
  const started = items.map(({ metadata, status }) => {
    const at = minuteOf(metadata.creationTimestamp);
    assert.equal(metadata.name, `cron-${metadata.name!.split('-')[1]}-${start + at}`);
    assert.equal(minuteOf(status?.completionTime), at);
    return `${metadata.name!.split('-')[1]} at ${at}`;
  });
  assert.deepEqual(started.sort(), expected.sort());
});
