/** The Job's status as it changes: pure functions. */
import { toRfc3339 } from '#base/clock.ts';
import type { Job, JobCondition, JobStatus } from '#api/generated/types/batch.v1.ts';
import { findCondition, withoutCondition } from '../shared/conditions.ts';
import { type Census, countsAsFailure, isIndexed, type Totals, type Verdict } from './accounting.ts';
import { formatIndexes } from './indexes.ts';

export function condition(
  type: string,
  status: 'True' | 'False',
  reason: string,
  message: string,
  nowMs: number,
): JobCondition {
  const now = toRfc3339(nowMs);
  return { type, status, lastProbeTime: now, lastTransitionTime: now, reason, message };
}

/** Sets a condition; one that has this status already stays as it is. */
export function withCondition(status: JobStatus, next: JobCondition): JobStatus {
  if (findCondition(status.conditions, next.type)?.status === next.status) return status;
  return { ...status, conditions: [...withoutCondition(status.conditions, next.type), next] };
}

/** Notes pods that ended as uncounted: they are counted once their finalizer is known to be off. */
export function withUncounted(job: Job, status: JobStatus, census: Census, totals: Totals): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const uids = (pods: Census['newlyFailed']) => pods.map(pod => pod.metadata.uid!);
  const counting = census.newlyFailed.filter(pod => countsAsFailure(job, pod));
  if (isIndexed(job)) {
    // Indexes are counted by their text: a success needs no list.
    return {
      ...status,
      succeeded: totals.succeeded,
      completedIndexes: formatIndexes(totals.completedIndexes),
      uncountedTerminatedPods: { failed: [...failed, ...uids(counting)] },
    };
  }
  return {
    ...status,
    uncountedTerminatedPods: {
      succeeded: [...succeeded, ...uids(census.newlySucceeded)],
      failed: [...failed, ...uids(counting)],
    },
  };
}

/** Moves uncounted pods for which `released` holds into the counts. */
export function withReleased(status: JobStatus, released: (uid: string) => boolean): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const keep = (uids: readonly string[]) => uids.filter(uid => !released(uid));
  const [keptSucceeded, keptFailed] = [keep(succeeded), keep(failed)];
  return {
    ...status,
    succeeded: (status.succeeded ?? 0) + succeeded.length - keptSucceeded.length,
    failed: (status.failed ?? 0) + failed.length - keptFailed.length,
    uncountedTerminatedPods: {
      ...(keptSucceeded.length > 0 ? { succeeded: keptSucceeded } : {}),
      ...(keptFailed.length > 0 ? { failed: keptFailed } : {}),
    },
  };
}

/** First the verdict, as a target; the final condition only when no pod runs any more (KEP-3939). */
export function withVerdict(status: JobStatus, verdict: Verdict, settled: boolean, nowMs: number): JobStatus {
  const { type, reason, message } = verdict;
  const target = type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
  const decided = withCondition(status, condition(target, 'True', reason, message, nowMs));
  if (!settled) return decided;
  const final = withCondition(decided, condition(type, 'True', reason, message, nowMs));
  return type === 'Complete' ? { ...final, completionTime: toRfc3339(nowMs) } : final;
}
