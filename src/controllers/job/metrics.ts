import type { Job, JobStatus } from '#api/generated/types/batch.v1.ts';
import {
  CounterFamily,
  type FamilyOptions,
  HistogramFamily,
  type Labels,
  type Stability,
  exponentialBuckets,
} from '#base/metric-families.ts';
import { isIndexed } from './accounting.ts';

/** What one run did to pods, in upstream's words. */
export type SyncAction = 'reconciling' | 'tracking' | 'pods_created' | 'pods_deleted';

const family = (name: string, help: string, stability: Stability = 'STABLE'): FamilyOptions => ({
  name: `job_controller_${name}`,
  help,
  stability,
});

/** What became of Jobs and their pods, under upstream's names. */
export class JobMetrics {
  readonly #seconds = new HistogramFamily({
    ...family('job_sync_duration_seconds', 'How long a look at a Job took.'),
    buckets: exponentialBuckets(0.004, 2, 15),
  });
  readonly #syncs = new CounterFamily(family('job_syncs_total', 'Looks at Jobs.'));
  readonly #jobs = new CounterFamily(family('jobs_finished_total', 'Jobs that have finished.'));
  readonly #pods = new CounterFamily(
    family('job_pods_finished_total', 'Pods that have finished and are counted.'),
  );
  readonly #handled = new CounterFamily(
    family(
      'pod_failures_handled_by_failure_policy_total',
      'Pods that failed and matched a rule of their Job, by what it calls for.',
      'BETA',
    ),
  );
  readonly #tracked = new CounterFamily(
    family(
      'terminated_pods_tracking_finalizer_total',
      'Pods that have ended and got, or lost, the finalizer that keeps them until they are counted.',
      'BETA',
    ),
  );
  readonly families = [this.#seconds, this.#syncs, this.#jobs, this.#pods, this.#handled, this.#tracked];

  readonly #told = new Map<string, (seconds: number) => void>();

  synced(job: Job, action: SyncAction, didWell: boolean, seconds: number): void {
    const result = didWell ? 'success' : 'error';
    const { completion_mode } = modeOf(job);
    const key = `${action} ${completion_mode} ${result}`;
    let tell = this.#told.get(key);
    if (!tell) {
      tell = this.#tellOf({ action, completion_mode, result });
      this.#told.set(key, tell);
    }
    tell(seconds);
  }

  #tellOf(labels: Labels): (seconds: number) => void {
    const observe = this.#seconds.of(labels);
    const count = this.#syncs.of(labels);
    return seconds => {
      observe(seconds);
      count();
    };
  }

  /** `job` is as it was before `counted` was written to its status. */
  podsCounted(job: Job, counted: JobStatus): void {
    for (const result of ['succeeded', 'failed'] as const) {
      const more = (counted[result] ?? 0) - (job.status?.[result] ?? 0);
      if (more > 0) this.#pods.add({ ...modeOf(job), result }, more);
    }
  }

  /** By action, how many failed pods matched a rule. */
  failuresHandled(counts: ReadonlyMap<string, number>): void {
    for (const [action, count] of counts) this.#handled.add({ action }, count);
  }

  /** Whether the pod, as it was and as it is, has ended and waits to be counted. */
  podSeen(waited: boolean, waits: boolean): void {
    if (waited !== waits) this.#tracked.add({ event: waits ? 'add' : 'delete' });
  }

  finished(job: Job, result: 'succeeded' | 'failed', reason: string): void {
    this.#jobs.add({ ...modeOf(job), reason, result });
  }
}

function modeOf(job: Job): { readonly completion_mode: string } {
  return { completion_mode: isIndexed(job) ? 'Indexed' : 'NonIndexed' };
}
