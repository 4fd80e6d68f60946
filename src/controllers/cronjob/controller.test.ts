import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cronJobs, jobs } from '#api/generated/refs.ts';
import type { CronJob } from '#api/generated/types/batch.v1.ts';
import { type TestCluster, template, testCluster } from '../testing.ts';

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
