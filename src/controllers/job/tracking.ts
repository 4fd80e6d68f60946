/** Counting each ended pod exactly once, by its finalizer (KEP-2307): pure functions. */
import type { Job, JobStatus } from '#api/generated/types/batch.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import {
  type Census,
  hasFailed,
  isCountable,
  isIndexed,
  type Totals,
  uncountedUids,
  type Verdict,
} from './accounting.ts';
import { judgeFailure } from './failure-policy.ts';
import { formatIndexes, indexOfPod, parseIndexes } from './indexes.ts';

// Upstream's bound on the pods that one status write counts.
const uncountedMax = 500;

export interface Tracked {
  readonly status: JobStatus;
  /** Pods whose finalizers come off when the status is written. */
  readonly release: readonly Pod[];
  /** By the action of the rule that they match: how many failed pods are noted. */
  readonly handled: ReadonlyMap<string, number>;
  /** More pods have ended than one write may count. */
  readonly hasMore: boolean;
}

/** Notes ended pods as uncounted; with a verdict, every pod is at its end. Of a Job that goes, all are let go. */
export function track(
  job: Job,
  before: JobStatus,
  census: Census,
  totals: Totals,
  verdict: Verdict | undefined,
): Tracked {
  const withFinalizer = new Set(census.tracked.map(({ metadata }) => metadata.uid!));
  const cleaned = withReleased(before, uid => !withFinalizer.has(uid));
  const notes = new Notes(job, cleaned, verdict);
  for (const pod of byIndex(job, census.tracked)) {
    const ended =
      verdict || job.metadata.deletionTimestamp || pod.status?.phase === 'Succeeded' || hasFailed(job, pod);
    const index = indexOfPod(pod);
    const awaits = !verdict && index !== undefined && totals.awaitingReplacement.get(index) === pod;
    if (!ended || awaits) continue;
    if (notes.count >= uncountedMax) return notes.tracked(totals, true);
    notes.note(pod);
  }
  return notes.tracked(totals, false);
}

function byIndex(job: Job, pods: readonly Pod[]): readonly Pod[] {
  if (!isIndexed(job)) return pods;
  return [...pods].sort((a, b) => (indexOfPod(a) ?? -1) - (indexOfPod(b) ?? -1));
}

class Notes {
  readonly #release: Pod[] = [];
  readonly #handled = new Map<string, number>();
  readonly #job: Job;
  readonly #before: JobStatus;
  readonly #verdict: Verdict | undefined;
  readonly #completed: Set<number>;
  readonly #succeeded: Set<string>;
  readonly #failed: Set<string>;
  #newIndexes = 0;

  constructor(job: Job, before: JobStatus, verdict: Verdict | undefined) {
    this.#job = job;
    this.#before = before;
    this.#verdict = verdict;
    this.#completed = parseIndexes(before.completedIndexes, job.spec?.completions ?? 0);
    const { succeeded, failed } = uncountedUids(before);
    this.#succeeded = succeeded;
    this.#failed = failed;
  }

  get count(): number {
    return this.#newIndexes + this.#succeeded.size + this.#failed.size;
  }

  note(pod: Pod): void {
    this.#release.push(pod);
    const uid = pod.metadata.uid!;
    if (this.#failed.has(uid)) return;
    if (pod.status?.phase === 'Succeeded') this.#noteSuccess(pod, uid);
    // What still runs when the Job has failed counts as failed; when it has succeeded, it does not matter any more.
    else if (hasFailed(this.#job, pod) || this.#verdict?.type === 'Failed') this.#noteFailure(pod, uid);
  }

  #noteSuccess(pod: Pod, uid: string): void {
    if (!isIndexed(this.#job)) this.#succeeded.add(uid);
    // Indexes are counted by their text: a success needs no list.
    else if (isCountable(this.#job, pod) && !this.#completed.has(indexOfPod(pod)!)) {
      this.#completed.add(indexOfPod(pod)!);
      this.#newIndexes++;
    }
  }

  #noteFailure(pod: Pod, uid: string): void {
    if (!isCountable(this.#job, pod)) return;
    const { action, counts } = judgeFailure(this.#job, pod);
    if (action) this.#handled.set(action, (this.#handled.get(action) ?? 0) + 1);
    if (counts) this.#failed.add(uid);
  }

  tracked(totals: Totals, hasMore: boolean): Tracked {
    return { status: this.#status(totals), release: this.#release, handled: this.#handled, hasMore };
  }

  #status({ failedIndexes }: Totals): JobStatus {
    const uncountedTerminatedPods = {
      ...(this.#succeeded.size > 0 ? { succeeded: [...this.#succeeded] } : {}),
      ...(this.#failed.size > 0 ? { failed: [...this.#failed] } : {}),
    };
    if (!isIndexed(this.#job)) return { ...this.#before, uncountedTerminatedPods };
    return {
      ...this.#before,
      succeeded: this.#completed.size,
      completedIndexes: formatIndexes(this.#completed),
      ...(failedIndexes ? { failedIndexes: formatIndexes(failedIndexes) } : {}),
      uncountedTerminatedPods,
    };
  }
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
