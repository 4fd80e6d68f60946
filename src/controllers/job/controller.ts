import { jobs, pods } from '#api/generated/refs.ts';
import type { Job, JobStatus } from '#api/generated/types/batch.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { StringMap } from '#base/string-map.ts';
import type { Informer } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import { controllerOf, objectKey, splitKey } from '#machinery/object.ts';
import { slowStart } from '#runtime/batch.ts';
import {
  type Change,
  type ControllerEnvironment,
  controllerKeys,
  defineController,
  observing,
  type ReconcileResult,
} from '#runtime/controller.ts';
import { Expectations } from '#runtime/expectations.ts';
import { OwnWrites } from '#runtime/own-writes.ts';
import { claimObjects, isControlledBy } from '#runtime/ownership.ts';
import { deepEqual } from '#base/equal.ts';
import { indexByController, ownedOrOrphaned } from '../shared/owned.ts';
import { isNamespaceTerminating, PodControl } from '../shared/pod-control.ts';
import { leastActiveFirst } from '../shared/pod-ranking.ts';
import { matcherOf } from '../shared/selector.ts';
import {
  type Census,
  completionOf,
  deadlineLeftMs,
  isFinished,
  isIndexed,
  isTracked,
  misplaced,
  nextIndexes,
  occupying,
  readyCount,
  takeCensus,
  type Totals,
  totalsOf,
  trackingFinalizer,
  type Verdict,
  verdictOf,
  wantedActive,
} from './accounting.ts';
import { backoffLeftMs, type Failures, JobBackoff } from './backoff.ts';
import { failureAnnotations, hasLimitPerIndex, indexBackoffLeftMs } from './per-index.ts';
import { JobMetrics, type SyncAction } from './metrics.ts';
import { podForJob } from './pod.ts';
import { condition, withCondition, withTarget, withVerdict } from './status.ts';
import { track, withReleased } from './tracking.ts';

const ownName = 'kubernetes.io/job-controller';
const podsPerSyncMax = 500;
const trackedIndex = 'trackedByJob';

/** Runs pods to completion, and counts each exactly once by a finalizer (KEP-2307). */
export const jobController = defineController({
  name: 'job',
  setup: environment => {
    const controller = new JobController(environment);
    return {
      for: jobs,
      watches: [observing(pods, change => controller.keysOfPod(change))],
      concurrency: 5,
      reconcile: key => controller.reconcile(key),
    };
  },
});

/** What one run goes by. */
interface Work {
  readonly key: string;
  readonly job: Job;
  readonly census: Census;
  readonly totals: Totals;
  readonly failures: Failures;
}

/** What one run did to pods. */
interface Moved {
  readonly created: number;
  readonly deleted: readonly Pod[];
  readonly error?: unknown;
  readonly action: SyncAction;
}

const unmoved: Moved = { created: 0, deleted: [], action: 'reconciling' };

/** Not another controller's (KEP-4368). */
function isOurs({ spec }: Job): boolean {
  return !spec?.managedBy || spec.managedBy === ownName;
}

function awaitsCounting(pod: Pod): boolean {
  return isTracked(pod) && (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed');
}

function isOf(pod: Pod, job: Job | undefined): boolean {
  return job !== undefined && isControlledBy(pod, job);
}

function activeAfter(census: Census, { created, deleted }: Moved): number {
  return census.active.length + created - deleted.length;
}

class JobController {
  readonly #environment: ControllerEnvironment;
  readonly #jobs: Informer<Job>;
  readonly #pods: Informer<Pod>;
  readonly #expectations: Expectations;
  readonly #written = new OwnWrites();
  readonly #podControl: PodControl;
  readonly #backoff = new JobBackoff();
  readonly #metrics = new JobMetrics();
  /** Uids of pods that are counted and whose finalizer is off, until the cache shows it. */
  readonly #released = new StringMap<true>();
  readonly #ownerKeys = controllerKeys(jobs);

  constructor(environment: ControllerEnvironment) {
    this.#environment = environment;
    environment.tell(this.#metrics.families);
    this.#jobs = environment.informer(jobs);
    this.#pods = environment.informer(pods);
    indexByController(this.#pods);
    this.#pods.addIndex(trackedIndex, pod => (isTracked(pod) ? this.#trackerKeys(pod) : []));
    this.#expectations = new Expectations(environment.clock);
    this.#podControl = new PodControl(environment.client, environment.events);
  }

  keysOfPod({ type, object, old }: Change<Pod>): string[] {
    const before = type === 'deleted' ? object : old;
    this.#metrics.podSeen(
      before !== undefined && awaitsCounting(before),
      type !== 'deleted' && awaitsCounting(object),
    );
    const keys = this.#ownerKeys(object);
    if (type === 'deleted' || !isTracked(object)) this.#released.delete(object.metadata.uid!);
    for (const key of keys) {
      if (type === 'added') this.#expectations.created(key);
      if (type === 'deleted' || object.metadata.deletionTimestamp) {
        this.#expectations.deleted(key, object.metadata.uid!);
      }
    }
    if (old && controllerOf(old)?.uid !== controllerOf(object)?.uid) keys.push(...this.#ownerKeys(old));
    if (type === 'deleted') return keys;
    if (keys.length === 0 && isTracked(object)) keys.push(...this.#trackerKeys(object));
    if (!controllerOf(object)) keys.push(...this.#possibleOwners(object).map(objectKey));
    return keys;
  }

  async reconcile(key: string): Promise<ReconcileResult> {
    const job = this.#jobs.get(key);
    await this.#releaseStray(key, job);
    if (!job || !isOurs(job)) {
      this.#expectations.forget(key);
      this.#backoff.forget(key);
      this.#written.forget(key);
      return {};
    }
    // The pods that are counted may be seen without their finalizers before the count itself is.
    if (this.#written.isBehind(key, job)) return {};
    const maySync = this.#expectations.satisfied(key);
    const owned = await this.#claim(job);
    if (isFinished(job)) {
      this.#backoff.forget(key);
      await this.#releaseAll(owned);
      return {};
    }
    return this.#measured(job, done => this.#sync(key, job, owned, { maySync, done }));
  }

  /** `run` says what it has done to pods as soon as it knows. */
  async #measured<T>(job: Job, run: (done: (action: SyncAction) => void) => Promise<T>): Promise<T> {
    const { clock } = this.#environment;
    const startMs = clock.monotonicMs();
    let action: SyncAction = 'reconciling';
    let didWell = false;
    try {
      const result = await run(done => {
        action = done;
      });
      didWell = true;
      return result;
    } finally {
      this.#metrics.synced(job, action, didWell, (clock.monotonicMs() - startMs) / 1000);
    }
  }

  get #nowMs(): number {
    return this.#environment.clock.now();
  }

  #possibleOwners(pod: Pod): Job[] {
    return this.#jobs.list(pod.metadata.namespace).filter(job => matcherOf(job.spec?.selector)(pod));
  }

  /**
   * Whose run lets go of the pod's finalizer: that of its Job, and under its own name that of a pod that has none. One that
   * somebody else controls is none of ours.
   */
  #trackerKeys(pod: Pod): readonly string[] {
    return controllerOf(pod) ? this.#ownerKeys(pod) : [objectKey(pod)];
  }

  #claim(job: Job): Promise<Pod[]> {
    const claim = {
      client: this.#environment.client,
      ref: pods,
      ownerRef: jobs,
      owner: job,
      matches: matcherOf(job.spec?.selector),
      finalizers: [trackingFinalizer],
    };
    return claimObjects(claim, ownedOrOrphaned(this.#pods, job));
  }

  /** `maySync`: the cache shows all that was done, so that pods may be made and deleted on its word. */
  async #sync(
    key: string,
    job: Job,
    owned: readonly Pod[],
    { maySync, done }: { readonly maySync: boolean; readonly done: (action: SyncAction) => void },
  ): Promise<ReconcileResult> {
    const census = takeCensus(job, owned, pod => this.#released.has(pod.metadata.uid!));
    const totals = totalsOf(job, census);
    const failures = this.#backoff.after(key, census.newlySucceeded, census.newlyFailed, this.#nowMs);
    const decided = verdictOf(job, census, totals, this.#nowMs);
    const work = { key, job, census, totals, failures };
    const moved = await this.#managePods(work, decided, maySync);
    done(moved.action);
    const verdict = decided ?? completionOf(job, totals, activeAfter(census, moved));
    // Not before all pods are known and asked to go: some would be forgotten.
    const isSure = verdict !== undefined && maySync && moved.error === undefined;
    const goesOn = !verdict && maySync && !job.metadata.deletionTimestamp;
    await this.#settle(work, moved, isSure ? verdict : undefined, goesOn);
    if (moved.error !== undefined) throw moved.error;
    return { requeueAfterMs: this.#nextLookMs(work, maySync) };
  }

  /** When time alone may change something: the deadline, the end of a back-off, or a watch event that never comes. */
  #nextLookMs({ key, job, totals, failures }: Work, maySync: boolean): number | undefined {
    const nowMs = this.#nowMs;
    const backoffs = hasLimitPerIndex(job)
      ? [...totals.awaitingReplacement.values()].map(pod => indexBackoffLeftMs(pod, nowMs))
      : [backoffLeftMs(failures, nowMs)];
    const expected = maySync ? undefined : this.#expectations.leftMs(key);
    const waits = [deadlineLeftMs(job, nowMs), ...backoffs, expected ?? 0];
    const due = waits.filter(wait => wait > 0 && wait !== Number.POSITIVE_INFINITY);
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  /** Creates or deletes pods. What goes wrong keeps nothing else from being counted. */
  async #managePods(work: Work, verdict: Verdict | undefined, maySync: boolean): Promise<Moved> {
    const { job, census, totals } = work;
    if (verdict) return { ...(await this.#deletePods(work, census.active)), action: 'reconciling' };
    if (!maySync || job.metadata.deletionTimestamp) return unmoved;
    if (job.spec?.suspend) return this.#removePods(work, census.active);
    const surplus = this.#surplus(job, census, totals);
    if (surplus.length > 0) return this.#removePods(work, surplus.slice(0, podsPerSyncMax));
    const missing = Math.min(wantedActive(job, census, totals) - occupying(job, census), podsPerSyncMax);
    return missing > 0 ? this.#createPods(work, missing) : { ...unmoved, action: 'tracking' };
  }

  /** Pods without a place, and as many more as are too many. */
  #surplus(job: Job, census: Census, totals: Totals): Pod[] {
    const stray = misplaced(job, census, totals);
    const placed = census.active.filter(pod => !stray.includes(pod));
    const excess = census.active.length - wantedActive(job, census, totals) - stray.length;
    return excess > 0 ? [...stray, ...leastActiveFirst(placed).slice(0, excess)] : stray;
  }

  async #createPods(work: Work, count: number): Promise<Moved> {
    const { key, job, census, totals } = work;
    const perIndex = hasLimitPerIndex(job);
    if (!perIndex && backoffLeftMs(work.failures, this.#nowMs) > 0)
      return { ...unmoved, action: 'pods_created' };
    const free = isIndexed(job)
      ? nextIndexes(job, census, totals, count)
      : Array<undefined>(count).fill(undefined);
    const replaced = (index: number | undefined) => totals.awaitingReplacement.get(index ?? -1);
    const indexes = free.filter(index => indexBackoffLeftMs(replaced(index), this.#nowMs) === 0);
    this.#expectations.expectCreations(key, indexes.length);
    let tried = 0;
    const { succeeded, error } = await slowStart(
      indexes.length,
      async i => {
        tried++;
        const index = indexes[i];
        const annotations = perIndex ? failureAnnotations(job, replaced(index)) : {};
        try {
          await this.#podControl.create(job, podForJob(job, index, annotations));
        } catch (failure) {
          this.#expectations.created(key);
          if (!isNamespaceTerminating(failure)) throw failure;
        }
      },
      this.#environment.breathe,
    );
    for (; tried < indexes.length; tried++) this.#expectations.created(key);
    return { created: succeeded, deleted: [], error, action: 'pods_created' };
  }

  /** Ends pods that are too many: whatever becomes of them counts for nothing. */
  async #removePods(work: Work, doomed: readonly Pod[]): Promise<Moved> {
    await this.#releaseAll(doomed);
    return this.#deletePods(work, doomed);
  }

  async #deletePods({ key, job }: Work, doomed: readonly Pod[]): Promise<Moved> {
    this.#expectations.expectDeletions(
      key,
      doomed.map(pod => pod.metadata.uid!),
    );
    const results = await Promise.allSettled(doomed.map(pod => this.#podControl.delete(job, pod)));
    const failed = results.flatMap((result, i) => (result.status === 'rejected' ? [i] : []));
    for (const i of failed) this.#expectations.deleted(key, doomed[i]!.metadata.uid!);
    const failure = results.find(result => result.status === 'rejected');
    const deleted = doomed.filter((_, i) => !failed.includes(i));
    return { created: 0, deleted, error: failure?.reason, action: 'pods_deleted' };
  }

  /**
   * Counts ended pods exactly once: their uids, and the verdict, are written to the status before their finalizers come
   * off, and moved into the counts when those are off. A crash in between loses and repeats nothing.
   */
  async #settle(work: Work, moved: Moved, verdict: Verdict | undefined, goesOn: boolean): Promise<void> {
    const { key, job, census, totals } = work;
    const terminating = census.terminating.length + moved.deleted.length;
    const base: JobStatus = {
      ...this.#withStart(job, goesOn),
      active: activeAfter(census, moved),
      ready: readyCount(census.active) - readyCount(moved.deleted),
      terminating,
    };
    const judged = verdict ? withTarget(base, verdict, this.#nowMs) : base;
    const isReleased = (pod: Pod) => this.#released.has(pod.metadata.uid!);
    const current = moved.deleted.length > 0 ? takeCensus(job, census.pods, isReleased) : census;
    const { status, release, handled, hasMore } = track(job, judged, current, totals, verdict);
    const noted = await this.#write(job, status);
    this.#backoff.keep(key, work.failures);
    await this.#releaseAll(release);
    const counted = withReleased(status, () => true);
    const isOver = verdict !== undefined && !hasMore && terminating === 0;
    await this.#write(noted, isOver ? withVerdict(counted, verdict, this.#nowMs) : counted);
    this.#metrics.podsCounted(job, counted);
    this.#metrics.failuresHandled(handled);
    if (isOver) this.#tellEnd(job, counted, verdict);
  }

  #tellEnd(job: Job, { succeeded = 0 }: JobStatus, { type, reason, message }: Verdict): void {
    const { events } = this.#environment;
    this.#metrics.finished(job, type === 'Failed' ? 'failed' : 'succeeded', reason);
    if (type === 'Failed') {
      events.event(job, 'Warning', reason, message);
      return;
    }
    if (succeeded > (job.spec?.completions ?? Number.POSITIVE_INFINITY)) {
      const text = 'Too many succeeded pods running after completion count reached';
      events.event(job, 'Warning', 'TooManySucceededPods', text);
    }
    events.event(job, 'Normal', 'Completed', 'Job completed');
  }

  /** The status with the Job's start, and with its being suspended or resumed where it `goesOn`. */
  #withStart(job: Job, goesOn: boolean): JobStatus {
    const status = job.status ?? {};
    const nowMs = this.#nowMs;
    if (job.spec?.suspend) {
      if (!goesOn) return status;
      const { startTime: _, ...rest } = status;
      const suspended = withCondition(
        rest,
        condition('Suspended', 'True', 'JobSuspended', 'Job suspended', nowMs),
      );
      if (suspended !== rest) this.#environment.events.event(job, 'Normal', 'Suspended', 'Job suspended');
      return suspended;
    }
    const started = { ...status, startTime: status.startTime ?? toRfc3339(nowMs) };
    const shown = status.conditions?.find(({ type }) => type === 'Suspended')?.status === 'True';
    if (!goesOn || !shown) return started;
    this.#environment.events.event(job, 'Normal', 'Resumed', 'Job resumed');
    return withCondition(
      { ...started, startTime: toRfc3339(nowMs) },
      condition('Suspended', 'False', 'JobResumed', 'Job resumed', nowMs),
    );
  }

  async #releaseAll(owned: readonly Pod[]): Promise<void> {
    await Promise.all(owned.filter(isTracked).map(pod => this.#release(pod)));
  }

  /** Pods of a Job that is gone, and of none, are counted by nobody. */
  async #releaseStray(key: string, job: Job | undefined): Promise<void> {
    const stray = this.#pods
      .byIndex(trackedIndex, key)
      .filter(pod => !isOf(pod, job) && !this.#released.has(pod.metadata.uid!) && !this.#isAdoptable(pod));
    if (stray.length === 0) return;
    const { namespace, name } = splitKey(key);
    // The cache may show a pod before its Job.
    const fresh = await orNotFound(this.#environment.client.get(jobs, namespace, name));
    await this.#releaseAll(stray.filter(pod => !isOf(pod, fresh)));
  }

  #isAdoptable(pod: Pod): boolean {
    if (controllerOf(pod) || pod.metadata.deletionTimestamp) return false;
    return this.#possibleOwners(pod).some(job => isOurs(job) && !job.metadata.deletionTimestamp);
  }

  async #release(pod: Pod): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    if (this.#released.has(uid!)) return;
    const patch = { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [trackingFinalizer] } };
    await orNotFound(this.#environment.client.patch(pods, namespace!, name!, 'strategic', patch));
    const shown = this.#pods.get(objectKey(pod));
    if (shown?.metadata.uid === uid && isTracked(shown!)) this.#released.set(uid!, true);
  }

  async #write(job: Job, status: JobStatus): Promise<Job> {
    if (deepEqual(comparable(job.status), comparable(status))) return job;
    const written = await this.#environment.client.updateStatus(jobs, { ...job, status });
    this.#written.note(objectKey(written), written);
    return written;
  }
}

/** Counts that are zero, and empty lists, may be left out by the server. */
function comparable(status: JobStatus | undefined): unknown {
  const { succeeded = [], failed = [] } = status?.uncountedTerminatedPods ?? {};
  return {
    ...status,
    active: status?.active ?? 0,
    ready: status?.ready ?? 0,
    succeeded: status?.succeeded ?? 0,
    failed: status?.failed ?? 0,
    terminating: status?.terminating ?? 0,
    completedIndexes: status?.completedIndexes ?? '',
    uncountedTerminatedPods: { succeeded, failed },
  };
}
