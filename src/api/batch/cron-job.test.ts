import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CronJob, CronJobSpec } from '../generated/types/batch.v1.ts';
import { createErrors, created } from '../testing.ts';
import { cronJobResource } from './cron-job.ts';

const cronJob = (spec: Partial<CronJobSpec> = {}, name = 'c'): CronJob => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name, namespace: 'default' },
  spec: {
    schedule: '* * * * *',
    jobTemplate: {
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i:1' }] } } },
    },
    ...spec,
  },
});

test('defaults', () => {
  const { spec } = created(cronJobResource, cronJob());
  assert.equal(spec?.concurrencyPolicy, 'Allow');
  assert.equal(spec?.suspend, false);
  assert.deepEqual([spec?.successfulJobsHistoryLimit, spec?.failedJobsHistoryLimit], [3, 1]);
  assert.equal(spec?.jobTemplate.spec?.template.spec?.dnsPolicy, 'ClusterFirst');
  assert.deepEqual(createErrors(cronJobResource, cronJob({ timeZone: 'Europe/Berlin' })), []);
  assert.deepEqual(createErrors(cronJobResource, cronJob({ timeZone: 'Asia/Kolkata' })), []);
});

test('bad schedules, zones and names', () => {
  assert.deepEqual(createErrors(cronJobResource, cronJob({ schedule: 'soon' })), [
    'spec.schedule: Invalid value: "soon": expected exactly 5 fields, found 1: [soon]',
  ]);
  assert.deepEqual(createErrors(cronJobResource, cronJob({ schedule: 'TZ=UTC * * * * *' })), [
    'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  ]);
  assert.deepEqual(createErrors(cronJobResource, cronJob({ timeZone: 'Mars/Base' })), [
    'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
  ]);
  for (const timeZone of ['europe/berlin', '+0100', 'Europe/../UTC']) {
    assert.deepEqual(createErrors(cronJobResource, cronJob({ timeZone })), [
      `spec.timeZone: Invalid value: "${timeZone}": unknown time zone ${timeZone}`,
    ]);
  }
  assert.equal(createErrors(cronJobResource, cronJob({ timeZone: 'Local' })).length, 1);
  assert.deepEqual(
    createErrors(cronJobResource, cronJob({ schedule: '', startingDeadlineSeconds: -1, timeZone: '' })).map(
      text => text.split(':')[0],
    ),
    ['spec.schedule', 'spec.startingDeadlineSeconds', 'spec.timeZone'],
  );
  const name = 'x'.repeat(53);
  assert.deepEqual(createErrors(cronJobResource, cronJob({}, name)), [
    `metadata.name: Invalid value: "${name}": must be no more than 52 characters`,
  ]);
});
