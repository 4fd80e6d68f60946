import assert from 'node:assert/strict';
import test from 'node:test';
import { fieldErrorText } from '#machinery/field.ts';
import type { Job, JobStatus } from '../../generated/types/batch.v1.ts';
import { testContext } from '../../testing.ts';
import { jobResource } from './definition.ts';

function job(status: JobStatus = {}, ...conditions: string[]): Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j', namespace: 'default' },
    status: {
      ...status,
      ...(conditions.length > 0 ? { conditions: conditions.map(type => ({ type, status: 'True' })) } : {}),
    },
  };
}
const change = (old: Job, now: Job) =>
  jobResource.strategy.validateStatusUpdate!(now, old, testContext()).map(fieldErrorText);
const [start, end] = ['2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z'];

test('a job ends as it was announced', () => {
  const done = { startTime: start!, completionTime: end! };
  const complete = job(done, 'SuccessCriteriaMet', 'Complete');
  assert.deepEqual(change(job(), complete), []);
  assert.deepEqual(change(job(), job({}, 'FailureTarget', 'Failed')), []);
  assert.deepEqual(change(job(), job(done, 'Complete')), [
    'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
  ]);
  assert.deepEqual(change(job(), job({}, 'Failed')), [
    'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
  ]);
  assert.deepEqual(change(complete, job(done, 'SuccessCriteriaMet')), [
    'status.completionTime: Invalid value: "2026-01-01T00:01:00Z": cannot set completionTime when there is no Complete=True condition',
    'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
  ]);
});

test('a finished job has no pods that run, and knows when it was complete', () => {
  assert.deepEqual(change(job(), job({ active: 1 }, 'FailureTarget', 'Failed')), [
    'status.active: Invalid value: 1: active>0 is invalid for finished job',
  ]);
  assert.deepEqual(change(job(), job({}, 'SuccessCriteriaMet', 'Complete')), [
    'status.completionTime: Required value: completionTime is required for Complete jobs',
  ]);
  const backwards = { startTime: end!, completionTime: start! };
  assert.deepEqual(change(job(), job(backwards, 'SuccessCriteriaMet', 'Complete')), [
    'status.completionTime: Invalid value: "2026-01-01T00:00:00Z": completionTime cannot be set before startTime',
  ]);
  assert.deepEqual(change(job(), job({ failed: -1 })), [
    'status.failed: Invalid value: -1: must be greater than or equal to 0',
  ]);
});

test('what was stored before the rules stays', () => {
  const old = job({ active: 1 }, 'Failed');
  assert.deepEqual(change(old, job({ active: 1, failed: 2 }, 'Failed')), []);
});
