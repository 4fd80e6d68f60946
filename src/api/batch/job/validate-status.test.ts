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
  assert.deepEqual(change(job(), job({ startTime: start! }, 'FailureTarget', 'Failed')), []);
  assert.deepEqual(change(job(), job(done, 'Complete')), [
    'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
  ]);
  assert.deepEqual(change(job(), job({ startTime: start! }, 'Failed')), [
    'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
  ]);
  assert.deepEqual(change(complete, job(done, 'SuccessCriteriaMet')), [
    'status.completionTime: Invalid value: "2026-01-01T00:01:00Z": cannot set completionTime when there is no Complete=True condition',
    'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
  ]);
});

test('a finished job has no pods that run, and knows when it was complete', () => {
  assert.deepEqual(change(job(), job({ active: 1, startTime: start! }, 'FailureTarget', 'Failed')), [
    'status.active: Invalid value: 1: active>0 is invalid for finished job',
  ]);
  assert.deepEqual(change(job(), job({}, 'SuccessCriteriaMet', 'Complete')), [
    'status.completionTime: Required value: completionTime is required for Complete jobs',
    'status.startTime: Required value: startTime is required for finished job',
  ]);
  const backwards = { startTime: end!, completionTime: start! };
  assert.deepEqual(change(job(), job(backwards, 'SuccessCriteriaMet', 'Complete')), [
    'status.completionTime: Invalid value: "2026-01-01T00:00:00Z": completionTime cannot be set before startTime',
  ]);
  assert.deepEqual(change(job(), job({ active: -1 })), [
    'status.active: Invalid value: -1: must be greater than or equal to 0',
  ]);
});

test('what contradicts each other is not reported together', () => {
  const both = job({ startTime: start! }, 'SuccessCriteriaMet', 'FailureTarget');
  assert.deepEqual(change(job(), both), [
    'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
  ]);
  assert.deepEqual(change(job(), job({ active: 1, ready: 2 })), [
    'status.ready: Invalid value: 2: cannot set more ready pods than active',
  ]);
  const uncountedTerminatedPods = { succeeded: ['a', ''], failed: ['a'] };
  const at = 'status.uncountedTerminatedPods';
  assert.deepEqual(change(job(), job({ uncountedTerminatedPods })), [
    `${at}.succeeded[1]: Invalid value: "": must not be empty`,
    `${at}.failed[0]: Duplicate value: "a"`,
  ]);
  const done = { startTime: start!, completionTime: end!, uncountedTerminatedPods: { failed: ['a'] } };
  assert.deepEqual(change(job(), job(done, 'SuccessCriteriaMet', 'Complete')), [
    `${at}: Invalid value: {"failed":["a"]}: uncountedTerminatedPods needs to be empty for finished job`,
  ]);
});

test('what was counted stays, and so does the time of the start while pods may run', () => {
  const old = job({ startTime: start!, failed: 2, succeeded: 2 });
  assert.deepEqual(change(old, job({ startTime: end!, failed: 1, succeeded: 1 })), [
    'status.failed: Invalid value: 1: cannot decrease the failed counter',
    'status.succeeded: Invalid value: 1: cannot decrease the succeeded counter',
    'status.startTime: Required value: startTime cannot be removed for unsuspended job',
  ]);
  const shrunk = job({ failed: 2, succeeded: 1 });
  const spec = { completionMode: 'Indexed', completions: 1, parallelism: 1, suspend: true };
  assert.deepEqual(change(old, { ...shrunk, spec: { ...spec, template: {} } }), []);
});

test('indexes are in order, within the job, and either completed or failed', () => {
  const indexed = (completedIndexes: string, failedIndexes?: string): Job => ({
    ...job({ completedIndexes, ...(failedIndexes === undefined ? {} : { failedIndexes }) }),
    spec: { completionMode: 'Indexed', completions: 9, backoffLimitPerIndex: 1, template: {} },
  });
  assert.deepEqual(change(job(), indexed('0-2,5', '3-4,7')), []);
  assert.deepEqual(change(job(), indexed('0-2,5-7', '3-4,6,8')), [
    'status.failedIndexes: Invalid value: "3-4,6,8": failedIndexes and completedIndexes overlap at index: 6',
  ]);
  assert.deepEqual(change(job(), indexed('1-', '3,2')), [
    'status.completedIndexes: Invalid value: "1-": error parsing completedIndexes: cannot convert string to integer for index: ""',
    'status.failedIndexes: Invalid value: "3,2": error parsing failedIndexes: non-increasing order, previous: 3, current: 2',
  ]);
  assert.deepEqual(change(job(), job({ completedIndexes: '1', failedIndexes: '' })), [
    'status.completedIndexes: Invalid value: "1": cannot set non-empty completedIndexes when non-indexed completion mode',
    'status.failedIndexes: Invalid value: "": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
  ]);
});

test('what was stored before the rules stays', () => {
  const old = job({ active: 1 }, 'Failed');
  assert.deepEqual(change(old, job({ active: 1, failed: 2 }, 'Failed')), []);
});
