import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job, PodFailurePolicyRule } from '#api/generated/types/batch.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { misplaced, takeCensus, totalsOf, trackingFinalizer, verdictOf } from './accounting.ts';
import { indexAnnotation } from './indexes.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');

function jobWith(spec: Partial<Job['spec']>): Job {
  return {
    metadata: { name: 'work', namespace: 'default' },
    spec: { backoffLimit: 6, template: {}, ...spec },
  } as unknown as Job;
}

interface Facts {
  readonly index?: string;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly exitCode?: number;
  readonly finalizers?: readonly string[];
}

function pod(name: string, facts: Facts): Pod {
  const { index, phase = 'Running', ready = false, exitCode, finalizers = [trackingFinalizer] } = facts;
  const state = { terminated: { exitCode } };
  return {
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      finalizers,
      annotations: { [indexAnnotation]: index },
    },
    spec: { nodeName: 'n' },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      ...(exitCode === undefined ? {} : { containerStatuses: [{ name: 'main', state }] }),
    },
  } as unknown as Pod;
}

function judged(job: Job, pods: readonly Pod[]) {
  const census = takeCensus(job, pods, () => false);
  const totals = totalsOf(job, census);
  return { census, totals, verdict: verdictOf(job, census, totals, nowMs) };
}

test('of several pods with one index the one that has come furthest stays', () => {
  const job = jobWith({ completionMode: 'Indexed', completions: 4, parallelism: 4 });
  const { census, totals } = judged(job, [
    pod('pending', { index: '1', phase: 'Pending' }),
    pod('ready', { index: '1', ready: true }),
    pod('running', { index: '1' }),
    pod('alone', { index: '2', phase: 'Pending' }),
    pod('beyond', { index: '4' }),
    pod('unknown', { index: 'x' }),
    pod('done', { index: '3', phase: 'Succeeded' }),
    pod('again', { index: '3' }),
  ]);
  const names = misplaced(job, census, totals).map(({ metadata }) => metadata.name);
  assert.deepEqual(names.sort(), ['again', 'beyond', 'pending', 'running', 'unknown']);
});

test('a pod that was counted before its verdict could be written fails the Job all the same', () => {
  const rules: PodFailurePolicyRule[] = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [3] } }];
  const job = jobWith({ podFailurePolicy: { rules } });
  const { totals, verdict } = judged(job, [pod('p', { phase: 'Failed', exitCode: 3, finalizers: [] })]);
  assert.equal(totals.failed, 0);
  assert.deepEqual(
    [verdict?.reason, verdict?.message],
    [
      'PodFailurePolicy',
      'Container main for pod default/p failed with exit code 3 matching FailJob rule at index 0',
    ],
  );
});
