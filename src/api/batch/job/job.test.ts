import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job, JobSpec } from '../../generated/types/batch.v1.ts';
import type { PodSpec } from '../../generated/types/core.v1.ts';
import { createErrors, created, updateErrors } from '../../testing.ts';
import { jobResource } from './definition.ts';

const job = (spec: Partial<JobSpec> = {}, pod: Partial<PodSpec> = {}): Job => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'j', namespace: 'default', uid: 'u-1' },
  spec: {
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i:1' }], ...pod } },
    ...spec,
  },
});

test('a job selects the pods that it labels with its uid', () => {
  const { spec } = created(jobResource, job());
  assert.deepEqual(spec?.selector, { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-1' } });
  assert.deepEqual(spec?.template.metadata?.labels, {
    'batch.kubernetes.io/controller-uid': 'u-1',
    'batch.kubernetes.io/job-name': 'j',
    'controller-uid': 'u-1',
    'job-name': 'j',
  });
  assert.deepEqual(createErrors(jobResource, job()), []);
});

test('counts are defaulted', () => {
  const counts = (spec: Partial<JobSpec>) => {
    const made = created(jobResource, job(spec)).spec!;
    return [made.completions, made.parallelism, made.backoffLimit, made.podReplacementPolicy];
  };
  assert.deepEqual(counts({}), [1, 1, 6, 'TerminatingOrFailed']);
  assert.deepEqual(counts({ parallelism: 2 }), [undefined, 2, 6, 'TerminatingOrFailed']);
  assert.deepEqual(counts({ completions: 3 }), [3, 1, 6, 'TerminatingOrFailed']);
  assert.deepEqual(counts({ backoffLimitPerIndex: 1, podFailurePolicy: { rules: [] } }), [
    1,
    1,
    2147483647,
    'Failed',
  ]);
});

test('pods that never end are refused', () => {
  assert.deepEqual(createErrors(jobResource, job({}, { restartPolicy: 'Always' })), [
    'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  ]);
});

test('an indexed job says how many', () => {
  assert.deepEqual(createErrors(jobResource, job({ completionMode: 'Indexed', parallelism: 2 })), [
    'spec.completions: Required value: when completion mode is Indexed',
  ]);
});

test('limits and suspension may change, the rest not', () => {
  const stored = created(jobResource, job());
  assert.deepEqual(
    updateErrors(jobResource, stored, {
      ...stored,
      spec: { ...stored.spec!, parallelism: 5, suspend: true },
    }),
    [],
  );
  assert.deepEqual(
    updateErrors(jobResource, stored, { ...stored, spec: { ...stored.spec!, completions: 5 } }),
    ['spec.completions: Invalid value: 5: field is immutable'],
  );
});

test('kubectl get jobs', () => {
  const done: Job = {
    ...job({ completions: 2 }),
    status: {
      succeeded: 2,
      startTime: '2026-01-01T00:00:00Z',
      completionTime: '2026-01-01T00:00:09Z',
      conditions: [{ type: 'Complete', status: 'True' }],
    },
  };
  assert.deepEqual(jobResource.row!(done, 0).slice(0, 4), ['j', 'Complete', '2/2', '9s']);
});
