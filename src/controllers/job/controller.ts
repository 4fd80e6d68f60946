import { jobs, pods } from '#api/generated/refs.ts';
import type { Job, JobStatus } from '#api/generated/types/batch.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import type { Informer } from '#client/informer.ts';
import { orNotFound, retryOnConflict } from '#client/retry.ts';
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
import { claimObjects } from '#runtime/ownership.ts';
import { jsonEqual } from '../shared/equal.ts';
import { indexByController, ownedOrOrphaned } from '../shared/owned.ts';
import { isNamespaceTerminating, PodControl } from '../shared/pod-control.ts';
import { podsToDelete } from '../shared/pod-ranking.ts';
import { matcherOf } from '../shared/selector.ts';
import {
  type Census,
  deadlineLeftMs,
  isFinished,
  isIndexed,
  isTracked,
  misplaced,
  nextIndexes,
  occupying,
  takeCensus,
  type Totals,
  totalsOf,
  trackingFinalizer,
  uncountedUids,
  type Verdict,
  verdictOf,
  wantedActive,
} from './accounting.ts';
import { JobBackoff } from './backoff.ts';
import { podForJob } from './pod.ts';
import { condition, withCondition, withReleased, withUncounted, withVerdict } from './status.ts';

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

class JobController {
  readonly #environment: ControllerEnvironment;
  readonly #jobs: Informer<Job>;
  readonly #pods: Informer<Pod>;
  readonly #expectations: Expectations;
  readonly #written = new OwnWrites();
  readonly #podControl: PodControl;
  readonly #backoff = new JobBackoff();
  /** Uids of pods that are counted and whose finalizer is off, until the cache shows it. */
  readonly #released = new Set<string>();
  readonly #ownerKeys = controllerKeys(jobs);

  constructor(environment: ControllerEnvironment) {
    this.#environment = environment;
    this.#jobs = environment.informer(jobs);
    this.#pods = environment.informer(pods);
    indexByController(this.#pods);
    this.#pods.addIndex(trackedIndex, pod => (isTracked(pod) ? this.#ownerKeys(pod) : []));
    this.#expectations = new Expectations(environment.clock);
    this.#podControl = new PodControl(environment.client, environment.events);
  }

  keysOfPod({ type, object, old }: Change<Pod>): string[] {
    const keys = this.#ownerKeys(object);
    if (type === 'deleted' || !isTracked(object)) this.#released.delete(object.metadata.uid!);
    for (const key of keys) {
      if (type === 'added') this.#expectations.created(key);
      if (type === 'deleted' || object.metadata.deletionTimestamp) {
        this.#expectations.deleted(key, object.metadata.uid!);
      }
    }
    if (old && controllerOf(old)?.uid !== controllerOf(object)?.uid) keys.push(...this.#ownerKeys(old));
    if (!controllerOf(object) && type !== 'deleted') keys.push(...this.#possibleOwners(object));
    return keys;
  }

  async reconcile(key: string): Promise<ReconcileResult> {
    const job = this.#jobs.get(key);
    await this.#releaseStray(key, job);
    if (!job || (job.spec?.managedBy && job.spec.managedBy !== ownName)) {
      this.#expectations.forget(key);
      this.#backoff.forget(key);
      this.#written.forget(key);
      return {};
    }
    // The pods that are counted may be seen without their finalizers before the count itself is.
    if (this.#written.isBehind(key, job)) return {};
    if (!this.#expectations.satisfied(key)) return { requeueAfterMs: this.#expectations.leftMs(key) };
    const owned = await this.#claim(job);
    if (isFinished(job) || job.metadata.deletionTimestamp) {
      this.#backoff.forget(key);
      await this.#releaseAll(owned);
      return {};
    }
    return this.#sync(key, job, owned);
  }

  get #nowMs(): number {
    return this.#environment.clock.now();
  }

  #possibleOwners(pod: Pod): string[] {
    const candidates = this.#jobs.list(pod.metadata.namespace);
    return candidates.filter(job => matcherOf(job.spec?.selector)(pod)).map(objectKey);
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

  async #sync(key: string, job: Job, owned: readonly Pod[]): Promise<ReconcileResult> {
    const census = takeCensus(job, owned, pod => this.#released.has(pod.metadata.uid!));
    const totals = totalsOf(job, census);
    this.#backoff.note(key, census.newlySucceeded, census.newlyFailed, this.#nowMs);
    const verdict = verdictOf(job, owned, census, totals, this.#nowMs);
    const active = await this.#managePods(key, job, census, totals, verdict);
    const counted = await this.#count(job, this.#withSuspension(job, census, active), owned, census, totals);
    await this.#conclude(job, counted, census, active, verdict);
    return { requeueAfterMs: this.#nextLookMs(key, job) };
  }

  /** When time alone may change something: the deadline, or the end of a back-off. */
  #nextLookMs(key: string, job: Job): number | undefined {
    const waits = [deadlineLeftMs(job, this.#nowMs), this.#backoff.leftMs(key, this.#nowMs)];
    const due = waits.filter(wait => wait > 0 && wait !== Number.POSITIVE_INFINITY);
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  /** Creates or deletes pods; returns how many are active then. */
  async #managePods(
    key: string,
    job: Job,
    census: Census,
    totals: Totals,
    verdict: Verdict | undefined,
  ): Promise<number> {
    if (verdict || job.spec?.suspend) return this.#deletePods(key, job, census.active, census.active.length);
    const stray = misplaced(job, census, totals);
    const placed = census.active.filter(pod => !stray.includes(pod));
    const wanted = wantedActive(job, census, totals);
    const surplus = placed.length > wanted ? this.#surplus(placed, placed.length - wanted) : [];
    if (stray.length + surplus.length > 0) {
      return this.#deletePods(key, job, [...stray, ...surplus], census.active.length);
    }
    const missing = Math.min(wanted - occupying(job, census), podsPerSyncMax);
    if (missing <= 0 || this.#backoff.leftMs(key, this.#nowMs) > 0) return census.active.length;
    return census.active.length + (await this.#createPods(key, job, census, totals, missing));
  }

  #surplus(active: readonly Pod[], count: number): Pod[] {
    return podsToDelete(active, active, count, this.#nowMs);
  }

  async #createPods(key: string, job: Job, census: Census, totals: Totals, count: number): Promise<number> {
    const indexes = isIndexed(job) ? nextIndexes(job, census, totals, count) : Array<undefined>(count);
    this.#expectations.expectCreations(key, indexes.length);
    let tried = 0;
    const { succeeded, error } = await slowStart(
      indexes.length,
      async i => {
        tried++;
        try {
          await this.#podControl.create(job, podForJob(job, indexes[i]));
        } catch (failure) {
          this.#expectations.created(key);
          if (!isNamespaceTerminating(failure)) throw failure;
        }
      },
      this.#environment.breathe,
    );
    for (; tried < indexes.length; tried++) this.#expectations.created(key);
    if (error !== undefined) throw error;
    return succeeded;
  }

  async #deletePods(key: string, job: Job, doomed: readonly Pod[], active: number): Promise<number> {
    this.#expectations.expectDeletions(
      key,
      doomed.map(pod => pod.metadata.uid!),
    );
    const results = await Promise.allSettled(doomed.map(pod => this.#podControl.delete(job, pod)));
    results.forEach((result, i) => {
      if (result.status === 'rejected') this.#expectations.deleted(key, doomed[i]!.metadata.uid!);
    });
    const failure = results.find(result => result.status === 'rejected');
    if (failure) throw failure.reason;
    return active - doomed.length;
  }

  #withSuspension(job: Job, census: Census, active: number): JobStatus {
    const before = job.status ?? {};
    const deleted = Math.max(0, census.active.length - active);
    const status: JobStatus = {
      ...before,
      active,
      ready: Math.min(census.ready, active),
      terminating: census.terminating + deleted,
    };
    const shown = before.conditions?.find(({ type }) => type === 'Suspended')?.status === 'True';
    if (job.spec?.suspend) {
      if (!shown) this.#environment.events.event(job, 'Normal', 'Suspended', 'Job suspended');
      const { startTime: _, ...rest } = status;
      return withCondition(
        rest,
        condition('Suspended', 'True', 'JobSuspended', 'Job suspended', this.#nowMs),
      );
    }
    const started = { ...status, startTime: status.startTime ?? toRfc3339(this.#nowMs) };
    if (!shown) return started;
    this.#environment.events.event(job, 'Normal', 'Resumed', 'Job resumed');
    return withCondition(
      { ...started, startTime: toRfc3339(this.#nowMs) },
      condition('Suspended', 'False', 'JobResumed', 'Job resumed', this.#nowMs),
    );
  }

  /**
   * Counts ended pods exactly once: their uids are written to the status before their finalizers come off, and moved
   * into the counts when those are off. A crash in between loses and repeats nothing.
   */
  async #count(
    job: Job,
    status: JobStatus,
    owned: readonly Pod[],
    census: Census,
    totals: Totals,
  ): Promise<Job> {
    const noted = withUncounted(job, status, census, totals);
    const written = await this.#write(job, noted);
    const ended = new Set([...census.newlySucceeded, ...census.newlyFailed].map(pod => pod.metadata.uid));
    const uncounted = uncountedUids(written.status);
    const tracked = owned.filter(
      pod => isTracked(pod) && (uncounted.has(pod.metadata.uid!) || ended.has(pod.metadata.uid)),
    );
    await this.#releaseAll(tracked);
    if (uncounted.size === 0) return written;
    return this.#write(
      written,
      withReleased(written.status ?? {}, () => true),
    );
  }

  async #releaseAll(owned: readonly Pod[]): Promise<void> {
    await Promise.all(owned.filter(isTracked).map(pod => this.#release(pod)));
  }

  /** Pods of a Job that is gone are counted by nobody any more. */
  async #releaseStray(key: string, job: Job | undefined): Promise<void> {
    const stray = this.#pods
      .byIndex(trackedIndex, key)
      .filter(pod => controllerOf(pod)?.uid !== job?.metadata.uid && !this.#released.has(pod.metadata.uid!));
    if (stray.length === 0) return;
    const { namespace, name } = splitKey(key);
    // The cache may show a pod before its Job.
    const fresh = await orNotFound(this.#environment.client.get(jobs, namespace, name));
    await this.#releaseAll(stray.filter(pod => controllerOf(pod)?.uid !== fresh?.metadata.uid));
  }

  async #release(pod: Pod): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    if (this.#released.has(uid!)) return;
    let current: Pod | undefined = pod;
    await retryOnConflict(this.#environment, async () => {
      if (!current || current.metadata.uid !== uid || !isTracked(current)) return;
      const finalizers = current.metadata.finalizers!.filter(finalizer => finalizer !== trackingFinalizer);
      const patch = { metadata: { uid, resourceVersion: current.metadata.resourceVersion, finalizers } };
      try {
        await orNotFound(this.#environment.client.patch(pods, namespace!, name!, 'merge', patch));
      } catch (error) {
        current = await orNotFound(this.#environment.client.get(pods, namespace!, name!));
        throw error;
      }
    });
    const shown = this.#pods.get(objectKey(pod));
    if (shown?.metadata.uid === uid && isTracked(shown!)) this.#released.add(uid!);
  }

  async #conclude(
    job: Job,
    counted: Job,
    census: Census,
    active: number,
    verdict: Verdict | undefined,
  ): Promise<void> {
    if (!verdict) return;
    const waits = active > 0 || census.terminating > 0 || census.active.length > active;
    const settled = !waits && uncountedUids(counted.status).size === 0;
    const status = withVerdict({ ...counted.status }, verdict, settled, this.#nowMs);
    await this.#write(counted, status);
    if (!settled) return;
    const { events } = this.#environment;
    if (verdict.type === 'Complete') events.event(job, 'Normal', 'Completed', 'Job completed');
    else events.event(job, 'Warning', verdict.reason, verdict.message);
  }

  async #write(job: Job, status: JobStatus): Promise<Job> {
    if (jsonEqual(comparable(job.status), comparable(status))) return job;
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
