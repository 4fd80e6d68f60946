import { ScheduleError } from '#api/cron-schedule.ts';
import { cronJobs, jobs } from '#api/generated/refs.ts';
import type { CronJob, CronJobStatus, Job } from '#api/generated/types/batch.v1.ts';
import type { ObjectReference } from '#api/generated/types/core.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { HistogramFamily, exponentialBuckets } from '#base/metric-families.ts';
import { type EventType, referenceTo } from '#client/events.ts';
import type { Informer } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import { controllerOf, objectKey } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import {
  type Change,
  type ControllerEnvironment,
  controllerKeys,
  defineController,
  type ReconcileResult,
  watching,
} from '#runtime/controller.ts';
import { OwnWrites } from '#runtime/own-writes.ts';
import { controllerReference } from '#runtime/ownership.ts';
import { deepEqual } from '#base/equal.ts';
import { indexByController, owned } from '../shared/owned.ts';
import { isNamespaceTerminating, messageOf } from '../shared/pod-control.ts';
import { compareText, timeMs } from '../shared/time.ts';
import { inZone, lastDue, parseSchedule, type Schedule, type ZoneOffset, zoneOffset } from './schedule.ts';
import { secondsToMs } from '#machinery/go-values.ts';

const scheduledAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
// Beyond this many missed times, something other than a short outage is wrong.
const missedMax = 100;
// Later than the very instant, so that the next look finds the time past.
const lateMs = 100;
const utc = () => 0;

/** Starts Jobs on a schedule. */
export const cronJobController = defineController({
  name: 'cronjob',
  setup: environment => {
    const controller = new CronJobController(environment);
    const owners = controllerKeys(cronJobs);
    return {
      for: cronJobs,
      watches: [watching(jobs, (job, change) => (isOfConcern(change) ? owners(job) : []))],
      concurrency: 5,
      reconcile: key => controller.reconcile(key),
    };
  },
});

interface Parsed {
  readonly text: string;
  readonly offset: ZoneOffset;
  readonly schedule: Schedule;
}

class CronJobController {
  readonly #environment: ControllerEnvironment;
  readonly #cronJobs: Informer<CronJob>;
  readonly #jobs: Informer<Job>;
  readonly #written = new OwnWrites();
  readonly #offsets = new Map<string, ZoneOffset | undefined>();
  /** By the CronJob's key. */
  readonly #schedules = new Map<string, Parsed>();

  readonly #skew = new HistogramFamily({
    name: 'cronjob_controller_job_creation_skew_duration_seconds',
    help: 'How long after its time a Job was made.',
    stability: 'STABLE',
    buckets: exponentialBuckets(1, 2, 10),
  });

  constructor(environment: ControllerEnvironment) {
    this.#environment = environment;
    environment.tell([this.#skew]);
    this.#cronJobs = environment.informer(cronJobs);
    this.#jobs = environment.informer(jobs);
    indexByController(this.#jobs);
  }

  async reconcile(key: string): Promise<ReconcileResult> {
    const cached = this.#cronJobs.get(key);
    if (!cached) {
      this.#written.forget(key);
      this.#schedules.delete(key);
    }
    // A Job of a time that is served may be gone already, and must not be made again.
    if (!cached || this.#written.isBehind(key, cached)) return {};
    const cronJob = await this.#followJobs(cached);
    await this.#forgetJobs(cronJob);
    if (cronJob.metadata.deletionTimestamp) return {};
    const offset = this.#knownOffset(cronJob);
    if (!offset || cronJob.spec?.suspend) return {};
    const schedule = this.#scheduleOf(cronJob, offset);
    if (!schedule) return {};
    await this.#startIfDue(cronJob, schedule);
    return { requeueAfterMs: this.#nextLookMs(cronJob, schedule) };
  }

  #tell(cronJob: CronJob, type: EventType, reason: string, message: string): void {
    this.#environment.events.event(cronJob, type, reason, message);
  }

  /** Brings status.active in line with the Jobs that there are. */
  async #followJobs(cronJob: CronJob): Promise<CronJob> {
    const children = owned(this.#jobs, cronJob);
    const active: ObjectReference[] = [];
    for (const reference of cronJob.status?.active ?? []) {
      const job = children.find(child => child.metadata.uid === reference.uid);
      if (job && endOf(job)) {
        const message = `Saw completed job: ${reference.name}, condition: ${endOf(job)}`;
        this.#tell(cronJob, 'Normal', 'SawCompletedJob', message);
      } else if (job || (await this.#exists(reference))) active.push(reference);
      else this.#tell(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${reference.name}`);
    }
    await this.#tellUnexpected(cronJob, children);
    let lastSuccessfulTime = cronJob.status?.lastSuccessfulTime;
    for (const { status } of children) {
      if (timeMs(status?.completionTime) > timeMs(lastSuccessfulTime))
        lastSuccessfulTime = status!.completionTime;
    }
    return this.#writeStatus(cronJob, {
      ...cronJob.status,
      active,
      ...(lastSuccessfulTime ? { lastSuccessfulTime } : {}),
    });
  }

  /** The cache may be behind: a Job that was just made is not missing. */
  async #exists({ namespace, name, uid }: ObjectReference): Promise<boolean> {
    const job = await orNotFound(this.#environment.client.get(jobs, namespace!, name!));
    return job?.metadata.uid === uid;
  }

  /** Jobs that run and that the status does not know of: others made them, or a write of the status was lost. */
  async #tellUnexpected(cronJob: CronJob, children: readonly Job[]): Promise<void> {
    const isUnknown = ({ status }: CronJob) => {
      const known = new Set((status?.active ?? []).map(({ uid }) => uid));
      return (job: Job) => !endOf(job) && !known.has(job.metadata.uid);
    };
    const suspects = children.filter(isUnknown(cronJob));
    if (suspects.length === 0) return;
    const { namespace, name } = cronJob.metadata;
    const fresh = await orNotFound(this.#environment.client.get(cronJobs, namespace!, name!));
    for (const job of fresh ? suspects.filter(isUnknown(fresh)) : []) {
      const message = `Saw a job that the controller did not create or forgot: ${job.metadata.name}`;
      this.#tell(cronJob, 'Warning', 'UnexpectedJob', message);
    }
  }

  async #forgetJobs(cronJob: CronJob): Promise<void> {
    const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cronJob.spec ?? {};
    const children = owned(this.#jobs, cronJob);
    await this.#forget(
      cronJob,
      children.filter(job => endOf(job) === 'Complete'),
      successfulJobsHistoryLimit,
    );
    await this.#forget(
      cronJob,
      children.filter(job => endOf(job) === 'Failed'),
      failedJobsHistoryLimit,
    );
  }

  async #forget(cronJob: CronJob, ended: readonly Job[], limit: number): Promise<void> {
    if (ended.length <= limit) return;
    const oldestFirst = [...ended].sort(byStart);
    for (const job of oldestFirst.slice(0, ended.length - limit)) await this.#delete(cronJob, job);
  }

  async #delete(cronJob: CronJob, { metadata }: Job): Promise<void> {
    if (metadata.deletionTimestamp) return;
    const options = { propagationPolicy: 'Background', preconditions: { uid: metadata.uid } } as const;
    try {
      await orNotFound(this.#environment.client.delete(jobs, metadata.namespace!, metadata.name!, options));
    } catch (error) {
      this.#tell(cronJob, 'Warning', 'FailedDelete', `Deleted job: ${messageOf(error)}`);
      throw error;
    }
    this.#tell(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${metadata.name}`);
  }

  /** undefined, and an event, where nobody knows the zone: only a change of it helps. */
  #knownOffset(cronJob: CronJob): ZoneOffset | undefined {
    const { timeZone } = cronJob.spec ?? {};
    const offset = this.#offsetOf(timeZone);
    if (!offset) {
      const message = `invalid timeZone: ${JSON.stringify(timeZone)}: unknown time zone ${timeZone}`;
      this.#tell(cronJob, 'Warning', 'UnknownTimeZone', message);
    }
    return offset;
  }

  /** undefined, and an event, where the schedule cannot be read. */
  #scheduleOf(cronJob: CronJob, offset: ZoneOffset): Schedule | undefined {
    const { schedule = '' } = cronJob.spec ?? {};
    try {
      return this.#parsed(objectKey(cronJob), schedule, offset);
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${error.message}`;
      this.#tell(cronJob, 'Warning', 'UnparseableSchedule', message);
      return undefined;
    }
  }

  #parsed(key: string, text: string, offset: ZoneOffset): Schedule {
    let known = this.#schedules.get(key);
    if (known?.text !== text || known.offset !== offset) {
      known = { text, offset, schedule: parseSchedule(text, offset) };
      this.#schedules.set(key, known);
    }
    return known.schedule;
  }

  /** Making one out of the platform's zone data takes its time, and there are few zones. */
  #offsetOf(timeZone = ''): ZoneOffset | undefined {
    if (!this.#offsets.has(timeZone)) this.#offsets.set(timeZone, zoneOffset(timeZone));
    return this.#offsets.get(timeZone);
  }

  async #startIfDue(cronJob: CronJob, schedule: Schedule): Promise<void> {
    if (schedule.next(this.#environment.clock.now()) === undefined) {
      const message = `invalid schedule: ${cronJob.spec?.schedule} : time difference between two schedules is less than 1 second`;
      return this.#tell(cronJob, 'Warning', 'InvalidSchedule', message);
    }
    const dueMs = this.#lastDue(cronJob, schedule);
    if (dueMs === undefined) return;
    const { concurrencyPolicy } = cronJob.spec ?? {};
    const active = cronJob.status?.active ?? [];
    // Names serve a whole minute, and schedules may be shorter.
    if (active.some(({ name }) => name === jobName(cronJob, dueMs))) return;
    if (concurrencyPolicy === 'Forbid' && active.length > 0) {
      const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
      this.#tell(cronJob, 'Normal', 'JobAlreadyActive', message);
      return;
    }
    if (concurrencyPolicy === 'Replace') {
      for (const { uid } of active) {
        const job = owned(this.#jobs, cronJob).find(child => child.metadata.uid === uid);
        if (job) await this.#delete(cronJob, job);
      }
    }
    const kept = concurrencyPolicy === 'Replace' ? [] : active;
    const job = await this.#create(cronJob, dueMs);
    if (!job) return;
    const status = {
      ...cronJob.status,
      active: [...kept, referenceTo(job)],
      lastScheduleTime: toRfc3339(dueMs),
    };
    await this.#writeStatus(cronJob, status);
  }

  /** A schedule that counts from its last time would begin anew with each look that counted from now. */
  #nextLookMs(cronJob: CronJob, schedule: Schedule): number | undefined {
    const nowMs = this.#environment.clock.now();
    const servedMs = servedUntilMs(cronJob);
    const nextMs = schedule.next(lastDue(schedule, servedMs, nowMs)?.dueMs ?? servedMs);
    return nextMs === undefined ? undefined : nextMs - nowMs + lateMs;
  }

  /** The latest time that is past and not served yet, unless it is too late for it. */
  #lastDue(cronJob: CronJob, schedule: Schedule): number | undefined {
    const nowMs = this.#environment.clock.now();
    const { startingDeadlineSeconds } = cronJob.spec ?? {};
    let fromMs = servedUntilMs(cronJob);
    if (startingDeadlineSeconds !== undefined)
      fromMs = Math.max(fromMs, nowMs - secondsToMs(startingDeadlineSeconds));
    const due = lastDue(schedule, fromMs, nowMs);
    if (due && due.missed > missedMax) {
      const message =
        'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
      this.#tell(cronJob, 'Warning', 'TooManyMissedTimes', message);
    }
    return due?.dueMs;
  }

  async #create(cronJob: CronJob, dueMs: number): Promise<Job | undefined> {
    const { client } = this.#environment;
    const wanted = jobFor(cronJob, dueMs, this.#offsetOf(cronJob.spec?.timeZone) ?? utc);
    try {
      const job = await client.create(jobs, wanted);
      this.#skew.observe({}, (timeMs(job.metadata.creationTimestamp) - dueMs) / 1000);
      this.#tell(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`);
      return job;
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      if (!hasReason(error, 'AlreadyExists')) {
        this.#tell(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`);
        throw error;
      }
      // Made in a run whose status write failed: the name says for which time, so it counts as made now.
      const found = await client.get(jobs, wanted.metadata!.namespace!, wanted.metadata!.name!);
      return controllerOf(found)?.uid === cronJob.metadata.uid ? found : undefined;
    }
  }

  async #writeStatus(cronJob: CronJob, status: CronJobStatus): Promise<CronJob> {
    const plain = (value: CronJobStatus | undefined) => ({ ...value, active: value?.active ?? [] });
    if (deepEqual(plain(cronJob.status), plain(status))) return cronJob;
    const written = await this.#environment.client.updateStatus(cronJobs, { ...cronJob, status });
    this.#written.note(objectKey(written), written);
    return written;
  }
}

function servedUntilMs({ metadata, status }: CronJob): number {
  return timeMs(status?.lastScheduleTime ?? metadata.creationTimestamp);
}

/** How a Job gets along is its own controller's affair; what counts here is whose it is, its end, and that it goes. */
function isOfConcern({ object, old }: Change<Job>): boolean {
  return (
    old === undefined ||
    controllerOf(object)?.uid !== controllerOf(old)?.uid ||
    endOf(object) !== endOf(old) ||
    object.status?.completionTime !== old.status?.completionTime ||
    object.metadata.deletionTimestamp !== old.metadata.deletionTimestamp
  );
}

function endOf(job: Job): string | undefined {
  return job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  )?.type;
}

/** Those that started first come first, those that never started last. */
function byStart(a: Job, b: Job): number {
  const [left, right] = [a.status?.startTime, b.status?.startTime];
  if (left === right || !left || !right) {
    return Number(!left) - Number(!right) || compareText(a.metadata.name!, b.metadata.name!);
  }
  return timeMs(left) - timeMs(right);
}

/** The scheduled minute: a time is served once, whatever happens in between. */
function jobName({ metadata }: CronJob, dueMs: number): string {
  return `${metadata.name}-${Math.floor(dueMs / 60_000)}`;
}

function jobFor(cronJob: CronJob, dueMs: number, offset: ZoneOffset): Partial<Job> {
  const { metadata, spec } = cronJob.spec!.jobTemplate;
  return {
    metadata: {
      name: jobName(cronJob, dueMs),
      namespace: cronJob.metadata.namespace,
      ...(metadata?.labels ? { labels: metadata.labels } : {}),
      annotations: { ...metadata?.annotations, [scheduledAnnotation]: inZone(dueMs, offset) },
      ownerReferences: [controllerReference(cronJobs, cronJob)],
    },
    ...(spec ? { spec } : {}),
  };
}
