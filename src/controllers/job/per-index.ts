/** spec.backoffLimitPerIndex (KEP-3850): each pod carries how often its index has failed before. Pure functions. */
import type { Job } from '#api/generated/types/batch.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { backoffLeftMs } from './backoff.ts';
import { judgeFailure } from './failure-policy.ts';
import { finishedAtMs } from './finish-time.ts';
import { indexOfPod } from './indexes.ts';

const failuresAnnotation = 'batch.kubernetes.io/job-index-failure-count';
const ignoredAnnotation = 'batch.kubernetes.io/job-index-ignored-failure-count';
const int32Max = 2 ** 31 - 1;

export function hasLimitPerIndex(job: Job): boolean {
  return job.spec?.completionMode === 'Indexed' && job.spec.backoffLimitPerIndex !== undefined;
}

/** What is no count, as a user can make it, is none. */
function countIn(pod: Pod, annotation: string): number {
  const text = pod.metadata.annotations?.[annotation] ?? '';
  return /^\d+$/.test(text) && Number(text) <= int32Max ? Number(text) : 0;
}

function failuresBefore(pod: Pod): number {
  return countIn(pod, failuresAnnotation) + countIn(pod, ignoredAnnotation);
}

/** The failed pod is its index's last one. */
export function failsIndex(job: Job, pod: Pod): boolean {
  const { counts, failIndex } = judgeFailure(job, pod);
  if (failIndex) return true;
  return counts && countIn(pod, failuresAnnotation) >= job.spec!.backoffLimitPerIndex!;
}

/** The annotations of the pod that comes after `replaced`. */
export function failureAnnotations(job: Job, replaced: Pod | undefined): Record<string, string> {
  if (!replaced) return { [failuresAnnotation]: '0' };
  const { counts } = judgeFailure(job, replaced);
  const failures = countIn(replaced, failuresAnnotation) + (counts ? 1 : 0);
  const ignored = countIn(replaced, ignoredAnnotation) + (counts ? 0 : 1);
  return {
    [failuresAnnotation]: String(failures),
    ...(ignored > 0 ? { [ignoredAnnotation]: String(ignored) } : {}),
  };
}

/**
 * The last failed pod of each index that is to run again. It keeps its finalizer until its replacement is there, whose
 * annotations count on from its own.
 */
export function lastFailures(
  failed: readonly Pod[],
  settled: readonly ReadonlySet<number>[],
): Map<number, Pod> {
  const last = new Map<number, Pod>();
  for (const pod of failed) {
    const index = indexOfPod(pod);
    if (index === undefined || settled.some(indexes => indexes.has(index))) continue;
    const other = last.get(index);
    if (!other || isLater(pod, other)) last.set(index, pod);
  }
  return last;
}

function isLater(pod: Pod, other: Pod): boolean {
  return failuresBefore(pod) >= failuresBefore(other) && finishedAtMs(pod) >= finishedAtMs(other);
}

/** How long the index that `replaced` failed in waits for its next pod. */
export function indexBackoffLeftMs(replaced: Pod | undefined, nowMs: number): number {
  if (!replaced) return 0;
  return backoffLeftMs({ count: failuresBefore(replaced) + 1, lastMs: finishedAtMs(replaced) }, nowMs);
}
