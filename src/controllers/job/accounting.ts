/** What a Job's pods add up to, and what to do next: pure functions of the Job and its pods. */
import type { Job, JobCondition, JobStatus } from '#api/generated/types/batch.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { findCondition } from '../shared/conditions.ts';
import { isPodActive, isPodReady, isPodTerminal } from '../shared/pods.ts';
import { timeMs } from '../shared/time.ts';
import { judgeFailure } from './failure-policy.ts';
import { firstFreeIndexes, indexOfPod, parseIndexes } from './indexes.ts';

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
// Upstream's bound on the uncounted lists of one status write.
const uncountedMax = 500;

export interface Verdict {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

/** A Job's pods, sorted out. */
export interface Census {
  readonly active: readonly Pod[];
  readonly ready: number;
  /** Asked to go and not yet at their end. */
  readonly terminating: number;
  /** At their end and not in any count yet: these carry the tracking finalizer. */
  readonly newlySucceeded: readonly Pod[];
  readonly newlyFailed: readonly Pod[];
}

export function isIndexed(job: Job): boolean {
  return job.spec?.completionMode === 'Indexed';
}

export function isFinished(job: Job): boolean {
  return finishedCondition(job.status) !== undefined;
}

export function finishedCondition(status: JobStatus | undefined): JobCondition | undefined {
  return status?.conditions?.find(
    ({ type, status: state }) => (type === 'Complete' || type === 'Failed') && state === 'True',
  );
}

/** Only a pod that has ended may be replaced; otherwise one that is asked to go counts as failed at once. */
function replacesOnlyFailed(job: Job): boolean {
  return job.spec?.podReplacementPolicy === 'Failed' || job.spec?.podFailurePolicy !== undefined;
}

/** `isReleased`: counted before, though the cache still shows the pod with its finalizer. */
export function takeCensus(job: Job, pods: readonly Pod[], isReleased: (pod: Pod) => boolean): Census {
  const uncounted = uncountedUids(job.status);
  const fresh = pods.filter(pod => isTracked(pod) && !uncounted.has(pod.metadata.uid!) && !isReleased(pod));
  const active = pods.filter(isPodActive);
  const hasFailed = (pod: Pod) =>
    pod.status?.phase === 'Failed' ||
    (!replacesOnlyFailed(job) &&
      Boolean(pod.metadata.deletionTimestamp) &&
      pod.status?.phase !== 'Succeeded');
  return {
    active,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter(pod => pod.metadata.deletionTimestamp && !isPodTerminal(pod)).length,
    newlySucceeded: fresh.filter(pod => pod.status?.phase === 'Succeeded').slice(0, uncountedMax),
    newlyFailed: fresh.filter(hasFailed).slice(0, uncountedMax),
  };
}

export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(trackingFinalizer) ?? false;
}

export function uncountedUids(status: JobStatus | undefined): Set<string> {
  const { succeeded = [], failed = [] } = status?.uncountedTerminatedPods ?? {};
  return new Set([...succeeded, ...failed]);
}

/** What was deleted because the Job was suspended failed by nobody's fault. */
export function countsAsFailure(job: Job, pod: Pod): boolean {
  if (job.spec?.suspend && pod.metadata.deletionTimestamp) return false;
  return judgeFailure(job, pod).counts;
}

/** Succeeded and failed so far, the uncounted included. */
export interface Totals {
  readonly succeeded: number;
  readonly failed: number;
  /** Of an Indexed Job. */
  readonly completedIndexes: ReadonlySet<number>;
}

export function totalsOf(job: Job, census: Census): Totals {
  const { succeeded = [], failed = [] } = job.status?.uncountedTerminatedPods ?? {};
  const counted = census.newlyFailed.filter(pod => countsAsFailure(job, pod)).length;
  const totalFailed = (job.status?.failed ?? 0) + failed.length + counted;
  if (!isIndexed(job)) {
    const total = (job.status?.succeeded ?? 0) + succeeded.length + census.newlySucceeded.length;
    return { succeeded: total, failed: totalFailed, completedIndexes: new Set() };
  }
  const completions = job.spec?.completions ?? 0;
  const completedIndexes = parseIndexes(job.status?.completedIndexes, completions);
  for (const pod of census.newlySucceeded) {
    const index = indexOfPod(pod);
    if (index !== undefined && index < completions) completedIndexes.add(index);
  }
  return { succeeded: completedIndexes.size, failed: totalFailed, completedIndexes };
}

/** Whether the Job has come to its end by these totals. */
export function verdictOf(
  job: Job,
  pods: readonly Pod[],
  census: Census,
  totals: Totals,
  nowMs: number,
): Verdict | undefined {
  const target = findCondition(job.status?.conditions, 'FailureTarget');
  if (target?.status === 'True') return failed(target.reason ?? '', target.message ?? '');
  const met = findCondition(job.status?.conditions, 'SuccessCriteriaMet');
  if (met?.status === 'True')
    return { type: 'Complete', reason: met.reason ?? '', message: met.message ?? '' };
  return failureOf(job, pods, census, totals, nowMs) ?? completionOf(job, census, totals);
}

function failed(reason: string, message: string): Verdict {
  return { type: 'Failed', reason, message };
}

function failureOf(
  job: Job,
  pods: readonly Pod[],
  census: Census,
  totals: Totals,
  nowMs: number,
): Verdict | undefined {
  for (const pod of census.newlyFailed) {
    const { failJob } = judgeFailure(job, pod);
    if (failJob) return failed('PodFailurePolicy', failJob);
  }
  const limit = job.spec?.backoffLimit ?? 6;
  if (totals.failed > limit || restartsExceed(job, pods, limit)) {
    return failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  if (deadlineLeftMs(job, nowMs) <= 0) {
    return failed('DeadlineExceeded', 'Job was active longer than specified deadline');
  }
  return undefined;
}

/** Containers that are restarted in place use up the limit too. */
function restartsExceed(job: Job, pods: readonly Pod[], limit: number): boolean {
  if (job.spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const pod of pods) {
    if (pod.status?.phase !== 'Running' && pod.status?.phase !== 'Pending') continue;
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status;
    for (const status of [...initContainerStatuses, ...containerStatuses])
      restarts += status.restartCount ?? 0;
  }
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** Milliseconds until activeDeadlineSeconds; Infinity where none is set or the Job stands still. */
export function deadlineLeftMs(job: Job, nowMs: number): number {
  const { activeDeadlineSeconds, suspend } = job.spec ?? {};
  if (activeDeadlineSeconds === undefined || !job.status?.startTime || suspend)
    return Number.POSITIVE_INFINITY;
  return timeMs(job.status.startTime) + activeDeadlineSeconds * 1000 - nowMs;
}

function completionOf(job: Job, census: Census, totals: Totals): Verdict | undefined {
  const { completions } = job.spec ?? {};
  // Without a number of completions, the first success means that the work is done; the others may finish theirs.
  const complete =
    completions === undefined
      ? totals.succeeded > 0 && census.active.length === 0 && census.terminating === 0
      : totals.succeeded >= completions;
  if (!complete) return undefined;
  return {
    type: 'Complete',
    reason: 'CompletionsReached',
    message: 'Reached expected number of succeeded pods',
  };
}

/** How many pods should be active now. */
export function wantedActive(job: Job, census: Census, totals: Totals): number {
  const parallelism = job.spec?.parallelism ?? 1;
  const { completions } = job.spec ?? {};
  if (completions === undefined)
    return totals.succeeded > 0 ? Math.min(census.active.length, parallelism) : parallelism;
  return Math.min(parallelism, Math.max(0, completions - totals.succeeded));
}

/** What keeps a place taken until it has ended. */
export function occupying(job: Job, census: Census): number {
  return census.active.length + (replacesOnlyFailed(job) ? census.terminating : 0);
}

/** The indexes of the next `count` pods of an Indexed Job. */
export function nextIndexes(job: Job, census: Census, totals: Totals, count: number): number[] {
  const running = new Set<number>();
  for (const pod of census.active) {
    const index = indexOfPod(pod);
    if (index !== undefined) running.add(index);
  }
  return firstFreeIndexes(count, job.spec?.completions ?? 0, [totals.completedIndexes, running]);
}

/** Pods of an Indexed Job that have no place in it: a second one for an index, or one without a valid index. */
export function misplaced(job: Job, census: Census, totals: Totals): Pod[] {
  if (!isIndexed(job)) return [];
  const seen = new Set<number>();
  return census.active.filter(pod => {
    const index = indexOfPod(pod);
    const placed =
      index !== undefined &&
      index < (job.spec?.completions ?? 0) &&
      !seen.has(index) &&
      !totals.completedIndexes.has(index);
    if (placed) seen.add(index);
    return !placed;
  });
}
