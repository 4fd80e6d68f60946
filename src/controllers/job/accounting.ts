/** What a Job's pods add up to, and what to do next: pure functions of the Job and its pods. */
import type { Job, JobCondition, JobStatus } from '#api/generated/types/batch.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { findCondition } from '../shared/conditions.ts';
import { leastActiveFirst } from '../shared/pod-ranking.ts';
import { isPodActive, isPodReady, isPodTerminal } from '../shared/pods.ts';
import { timeMs } from '../shared/time.ts';
import { judgeFailure } from './failure-policy.ts';
import { firstFreeIndexes, indexesOf, indexOfPod, parseIndexes } from './indexes.ts';
import { failsIndex, hasLimitPerIndex, lastFailures } from './per-index.ts';
import { secondsToMs } from '#machinery/go-values.ts';

export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

export interface Verdict {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

/** A Job's pods, sorted out. */
export interface Census {
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  /** Asked to go and not yet at their end. */
  readonly terminating: readonly Pod[];
  /** At their end and in no count yet: these carry the tracking finalizer. */
  readonly newlySucceeded: readonly Pod[];
  readonly newlyFailed: readonly Pod[];
  /** Of those with the finalizer. */
  readonly tracked: readonly Pod[];
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

export function hasFailed(job: Job, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  if (replacesOnlyFailed(job)) return false;
  return Boolean(pod.metadata.deletionTimestamp) && pod.status?.phase !== 'Succeeded';
}

/** Its end can be counted: in an Indexed Job only that of a pod with a place in it. */
export function isCountable(job: Job, pod: Pod): boolean {
  if (!isIndexed(job)) return true;
  const index = indexOfPod(pod);
  return index !== undefined && index < (job.spec?.completions ?? 0);
}

/** `isReleased`: counted before, though the cache still shows the pod with its finalizer. */
export function takeCensus(job: Job, pods: readonly Pod[], isReleased: (pod: Pod) => boolean): Census {
  const { succeeded, failed } = uncountedUids(job.status);
  const tracked = pods.filter(pod => isTracked(pod) && !isReleased(pod));
  const countable = tracked.filter(pod => isCountable(job, pod));
  return {
    pods,
    active: pods.filter(isPodActive),
    terminating: pods.filter(pod => pod.metadata.deletionTimestamp && !isPodTerminal(pod)),
    newlySucceeded: countable.filter(
      pod => pod.status?.phase === 'Succeeded' && !succeeded.has(pod.metadata.uid!),
    ),
    newlyFailed: countable.filter(pod => hasFailed(job, pod) && !failed.has(pod.metadata.uid!)),
    tracked,
  };
}

export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(trackingFinalizer) ?? false;
}

export function uncountedUids(status: JobStatus | undefined) {
  const { succeeded = [], failed = [] } = status?.uncountedTerminatedPods ?? {};
  return { succeeded: new Set(succeeded), failed: new Set(failed) };
}

export function readyCount(pods: readonly Pod[]): number {
  return pods.filter(isPodReady).length;
}

/** Succeeded and failed so far, the uncounted included. */
export interface Totals {
  readonly succeeded: number;
  readonly failed: number;
  /** Of an Indexed Job. */
  readonly completedIndexes: ReadonlySet<number>;
  /** Of a Job with a back-off limit for each index. */
  readonly failedIndexes: ReadonlySet<number> | undefined;
  /** By index: the failed pod whose successor counts on from it. */
  readonly awaitingReplacement: ReadonlyMap<number, Pod>;
}

export function totalsOf(job: Job, census: Census): Totals {
  const { succeeded, failed } = uncountedUids(job.status);
  const counted = census.newlyFailed.filter(pod => judgeFailure(job, pod).counts).length;
  const totalFailed = (job.status?.failed ?? 0) + failed.size + counted;
  if (!isIndexed(job)) {
    const total = (job.status?.succeeded ?? 0) + succeeded.size + census.newlySucceeded.length;
    return {
      succeeded: total,
      failed: totalFailed,
      completedIndexes: new Set(),
      failedIndexes: undefined,
      awaitingReplacement: new Map(),
    };
  }
  const completions = job.spec?.completions ?? 0;
  const completedIndexes = parseIndexes(job.status?.completedIndexes, completions);
  for (const index of indexesOf(census.newlySucceeded)) completedIndexes.add(index);
  return {
    succeeded: completedIndexes.size,
    failed: totalFailed,
    completedIndexes,
    ...failedIndexesOf(job, census, completedIndexes),
  };
}

function failedIndexesOf(
  job: Job,
  census: Census,
  completedIndexes: ReadonlySet<number>,
): Pick<Totals, 'failedIndexes' | 'awaitingReplacement'> {
  if (!hasLimitPerIndex(job)) return { failedIndexes: undefined, awaitingReplacement: new Map() };
  const failedIndexes = parseIndexes(job.status?.failedIndexes, job.spec?.completions ?? 0);
  const failedPods = census.tracked.filter(pod => hasFailed(job, pod) && isCountable(job, pod));
  for (const index of indexesOf(failedPods.filter(pod => failsIndex(job, pod)))) failedIndexes.add(index);
  const settled = [completedIndexes, failedIndexes, indexesOf(census.active)];
  return { failedIndexes, awaitingReplacement: lastFailures(failedPods, settled) };
}

/** Whether the Job has come to its end by these totals. */
export function verdictOf(job: Job, census: Census, totals: Totals, nowMs: number): Verdict | undefined {
  const met = findCondition(job.status?.conditions, 'SuccessCriteriaMet');
  if (met?.status === 'True')
    return { type: 'Complete', reason: met.reason ?? '', message: met.message ?? '' };
  const target = findCondition(job.status?.conditions, 'FailureTarget');
  if (target?.status === 'True') return failed(target.reason ?? '', target.message ?? '');
  return (
    failureOf(job, census, totals, nowMs) ??
    indexFailureOf(job, totals) ??
    policySuccessOf(job, totals.completedIndexes)
  );
}

function failed(reason: string, message: string): Verdict {
  return { type: 'Failed', reason, message };
}

function failureOf(job: Job, census: Census, totals: Totals, nowMs: number): Verdict | undefined {
  // Those counted before too: its count may have been written when the verdict could not be yet.
  for (const pod of job.spec?.podFailurePolicy ? census.pods : []) {
    const { failJob } = hasFailed(job, pod) ? judgeFailure(job, pod) : {};
    if (failJob) return failed('PodFailurePolicy', failJob);
  }
  const limit = job.spec?.backoffLimit ?? 6;
  if (totals.failed > limit || restartsExceed(job, census.pods, limit)) {
    return failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  if (deadlineLeftMs(job, nowMs) <= 0) {
    return failed('DeadlineExceeded', 'Job was active longer than specified deadline');
  }
  return undefined;
}

function indexFailureOf(job: Job, { failedIndexes, completedIndexes }: Totals): Verdict | undefined {
  if (!failedIndexes) return undefined;
  const { maxFailedIndexes, completions = 0 } = job.spec ?? {};
  if (maxFailedIndexes !== undefined && failedIndexes.size > maxFailedIndexes) {
    return failed(
      'MaxFailedIndexesExceeded',
      'Job has exceeded the specified maximal number of failed indexes',
    );
  }
  const allEnded = failedIndexes.size + completedIndexes.size >= completions;
  return failedIndexes.size > 0 && allEnded ? failed('FailedIndexes', 'Job has failed indexes') : undefined;
}

/** spec.successPolicy (KEP-3998): the first rule that the completed indexes meet. */
function policySuccessOf(job: Job, completedIndexes: ReadonlySet<number>): Verdict | undefined {
  if (completedIndexes.size === 0) return undefined;
  const rules = job.spec?.successPolicy?.rules ?? [];
  const met = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined)
      return succeededCount !== undefined && completedIndexes.size >= succeededCount;
    const asked = parseIndexes(succeededIndexes, job.spec?.completions ?? 0);
    const done = [...asked].filter(index => completedIndexes.has(index)).length;
    return asked.size > 0 && done >= Math.min(asked.size, succeededCount ?? asked.size);
  });
  if (met < 0) return undefined;
  return { type: 'Complete', reason: 'SuccessPolicy', message: `Matched rules at index ${met}` };
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
  return timeMs(job.status.startTime) + secondsToMs(activeDeadlineSeconds) - nowMs;
}

/** All is done that was asked for, with `active` pods left. */
export function completionOf(job: Job, totals: Totals, active: number): Verdict | undefined {
  // Without a number of completions, the first success means that the work is done; the others may finish theirs.
  const wanted = job.spec?.completions ?? 1;
  if (totals.succeeded < wanted || active > 0) return undefined;
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
  if (completions === undefined) return totals.succeeded > 0 ? census.active.length : parallelism;
  return Math.min(parallelism, Math.max(0, completions - totals.succeeded));
}

/** What keeps a place taken until it has ended. */
export function occupying(job: Job, census: Census): number {
  return census.active.length + (replacesOnlyFailed(job) ? census.terminating.length : 0);
}

/** The indexes of the next `count` pods of an Indexed Job. */
export function nextIndexes(job: Job, census: Census, totals: Totals, count: number): number[] {
  return firstFreeIndexes(count, job.spec?.completions ?? 0, [
    totals.completedIndexes,
    totals.failedIndexes ?? new Set(),
    indexesOf(census.active),
    indexesOf(replacesOnlyFailed(job) ? census.terminating : []),
  ]);
}

/**
 * Pods of an Indexed Job that have no place in it: those without a valid index, or with one that is completed, and of
 * several with one index all but the one that has come furthest.
 */
export function misplaced(job: Job, census: Census, totals: Totals): Pod[] {
  if (!isIndexed(job)) return [];
  const isPlaced = (pod: Pod) => isCountable(job, pod) && !totals.completedIndexes.has(indexOfPod(pod)!);
  const byIndex = Map.groupBy(census.active.filter(isPlaced), pod => indexOfPod(pod)!);
  const doubles = [...byIndex.values()].flatMap(pods => leastActiveFirst(pods).slice(0, -1));
  return [...census.active.filter(pod => !isPlaced(pod)), ...doubles];
}
