import assert from 'node:assert/strict';
import type { V1CronJob } from '@kubernetes/client-node';
import { checkOperations } from '../operations.ts';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';
import { job } from '../workloads.ts';

function cronJob(name: string, spec: Partial<V1CronJob['spec']> = {}, command = ['sleep', '300']): V1CronJob {
  const { template } = job(name, {}, { command }).spec;
  return {
    metadata: { name },
    spec: { schedule: '*/1 * * * *', jobTemplate: { spec: { template } }, ...spec },
  };
}

const slow = { slow: true, timeoutMs: 240_000 } as const;

const active = async (t: Trial) => (await t.api.cronJobs.get('cron')).status?.active ?? [];

function untilJobs(t: Trial, count: number) {
  return t.until(`${count} jobs`, async () => (await t.api.jobs.names()).length >= count, 150_000);
}

export const cronJobRows = [
  row(
    'CronJob should schedule multiple jobs concurrently',
    async t => {
      await t.api.cronJobs.create(cronJob('cron', { concurrencyPolicy: 'Allow' }));
      await untilJobs(t, 2);
      await t.until('two active jobs', async () => (await active(t)).length === 2);
    },
    slow,
  ),

  row(
    'CronJob should not schedule jobs when suspended Slow',
    async t => {
      await t.api.cronJobs.create(cronJob('cron', { suspend: true }));
      await t.stays('no job', async () => (await t.api.jobs.names()).length === 0, 75_000);
    },
    slow,
  ),

  row(
    'CronJob should not schedule new jobs when ForbidConcurrent Slow',
    async t => {
      await t.api.cronJobs.create(cronJob('cron', { concurrencyPolicy: 'Forbid' }));
      await untilJobs(t, 1);
      await t.stays('one job', async () => (await t.api.jobs.names()).length === 1, 75_000);
    },
    slow,
  ),

  row(
    'CronJob should replace jobs when ReplaceConcurrent',
    async t => {
      await t.api.cronJobs.create(cronJob('cron', { concurrencyPolicy: 'Replace' }));
      await untilJobs(t, 1);
      const [first] = await t.api.jobs.names();
      await t.gone(t.api.jobs, first!, 90_000);
      await t.until('one other job', async () => {
        const names = (await active(t)).map(reference => reference.name);
        return names.length === 1 && names[0] !== first;
      });
    },
    slow,
  ),

  row('CronJob should support CronJob API operations', async t => {
    await checkOperations(t, {
      resource: t.api.cronJobs,
      make: name => cronJob(name, { suspend: true }),
      status: { lastScheduleTime: '2030-01-01T00:00:00.000Z' },
      subresources: ['status'],
    });
    assert.deepEqual(await t.api.jobs.names(), []);
  }),
];
