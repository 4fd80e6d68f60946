import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '#api/generated/types/batch.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { takeCensus, totalsOf, trackingFinalizer, verdictOf } from './accounting.ts';
import { track, withReleased } from './tracking.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const job = { metadata: { name: 'work' }, spec: { backoffLimit: 6, template: {} } } as unknown as Job;

function pod(uid: string, phase: string): Pod {
  return {
    metadata: { name: uid, uid, finalizers: [trackingFinalizer] },
    status: { phase },
  } as unknown as Pod;
}

function tracked(of: Job, pods: readonly Pod[]) {
  const census = takeCensus(of, pods, () => false);
  const totals = totalsOf(of, census);
  return track(of, of.status ?? {}, census, totals, verdictOf(of, census, totals, nowMs));
}

test('one write counts so many pods, and the Job is not over before all are counted', () => {
  const pods = Array.from({ length: 1200 }, (_, i) => pod(`u${i}`, 'Failed'));
  let left: readonly Pod[] = pods;
  let status = {};
  const writes: number[] = [];
  for (let hasMore = true; hasMore; ) {
    const one = tracked({ ...job, status }, left);
    writes.push(one.release.length);
    status = withReleased(one.status, () => true);
    left = left.filter(other => !one.release.includes(other));
    hasMore = one.hasMore;
  }
  assert.deepEqual(writes, [500, 500, 200]);
  assert.equal((status as NonNullable<Job['status']>).failed, 1200);
});

test('what a crash left uncounted is counted when its finalizer is off, once', () => {
  const status = { uncountedTerminatedPods: { failed: ['a', 'b'], succeeded: ['c'] } };
  const { status: after, release } = tracked({ ...job, status } as unknown as Job, [pod('b', 'Failed')]);
  assert.deepEqual(
    [after.failed, after.succeeded, after.uncountedTerminatedPods, release.length],
    [1, 1, { failed: ['b'] }, 1],
  );
});
