import { jobs as jobsRef, pods } from '#api/generated/refs.ts';
import type { Job } from '#api/generated/types/batch.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { controllerOf } from '#machinery/object.ts';
import type { World } from '#explore/world.ts';
import type { Checker, Outcome } from './checker.ts';

const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

function isComplete(job: Job | undefined): boolean {
  return job?.status?.conditions?.some(c => c.type === 'Complete' && c.status === 'True') ?? false;
}

interface Wanted {
  readonly completions: number;
  readonly indexed: boolean;
}

/**
 * As many as were asked for. Without indexes a pod whose creation seemed to fail may do its work too: then each is
 * counted, once.
 */
function isCount(count: number | undefined, { completions, indexed }: Wanted, ended: number): boolean {
  if (count === undefined) return false;
  return indexed ? count === completions : count >= completions && count <= ended;
}

function unfinished(world: World, key: string, wanted: Wanted, ended: number): string[] {
  const job = world.get(jobsRef, key);
  if (!job) return [`${key} does not exist`];
  if (!isComplete(job)) return [`${key} is not complete: ${JSON.stringify(job.status)}`];
  const wrong: string[] = [];
  if (!isCount(job.status?.succeeded, wanted, ended)) {
    wrong.push(
      `${key} has succeeded ${job.status?.succeeded} times of ${wanted.completions}, in ${ended} pods`,
    );
  }
  if (job.status?.active) wrong.push(`${key} has active pods`);
  for (const pod of world.list(pods)) {
    if (controllerOf(pod)?.uid !== job.metadata.uid) continue;
    if (pod.metadata.finalizers?.includes(trackingFinalizer))
      wrong.push(`${pod.metadata.name} is still tracked`);
  }
  return wrong;
}

/** The pods of each Job that have ever succeeded, by the Job's key. */
class Successes {
  readonly #byJob = new Map<string, Set<string>>();

  see(pod: Pod): void {
    const owner = controllerOf(pod);
    if (owner?.kind !== 'Job' || pod.status?.phase !== 'Succeeded') return;
    const key = `${pod.metadata.namespace}/${owner.name}`;
    const uids = this.#byJob.get(key) ?? new Set();
    this.#byJob.set(key, uids.add(pod.metadata.uid!));
  }

  of(key: string): number {
    return this.#byJob.get(key)?.size ?? 0;
  }
}

/** Says when a Job takes back what it had said. */
function regressions(job: Job, before: Job): string[] {
  const wrong = isComplete(before) && !isComplete(job) ? ['was complete and is no more'] : [];
  for (const count of ['succeeded', 'failed'] as const) {
    const [now, then] = [job.status?.[count] ?? 0, before.status?.[count] ?? 0];
    if (now < then) wrong.push(`went from ${then} ${count} pods to ${now}`);
  }
  return wrong;
}

/** Jobs complete, with as many successes as were asked for, and what is counted stays counted. */
export const jobs: Checker<Outcome> = {
  name: 'jobs',
  inspect: ({ world, intent, violated }) => {
    const successes = new Successes();
    world.onChange(({ bucket, object, old, type, key }) => {
      if (bucket === 'core/pods') successes.see(object as Pod);
      if (bucket !== 'batch/jobs' || type !== 'updated') return;
      for (const text of regressions(object as Job, old as Job)) violated(`${key} ${text}`);
    });
    return {
      pending: () =>
        [...intent.jobs].flatMap(([key, wanted]) => unfinished(world, key, wanted, successes.of(key))),
    };
  },
};
