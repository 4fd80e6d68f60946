import { jobs as jobsRef, pods } from '#api/generated/refs.ts';
import type { Job } from '#api/generated/types/batch.v1.ts';
import { controllerOf } from '#machinery/object.ts';
import type { World } from '#sim/world.ts';
import type { Checker } from './checker.ts';

const trackingFinalizer = 'batch.kubernetes.io/job-tracking';

function isComplete(job: Job | undefined): boolean {
  return job?.status?.conditions?.some(c => c.type === 'Complete' && c.status === 'True') ?? false;
}

function unfinished(world: World, key: string, completions: number): string[] {
  const job = world.get(jobsRef, key);
  if (!job) return [`${key} does not exist`];
  if (!isComplete(job)) return [`${key} is not complete: ${JSON.stringify(job.status)}`];
  const wrong: string[] = [];
  if (job.status?.succeeded !== completions) {
    wrong.push(`${key} has succeeded ${job.status?.succeeded} times of ${completions}`);
  }
  if (job.status?.active) wrong.push(`${key} has active pods`);
  for (const pod of world.list(pods)) {
    if (controllerOf(pod)?.uid !== job.metadata.uid) continue;
    if (pod.metadata.finalizers?.includes(trackingFinalizer))
      wrong.push(`${pod.metadata.name} is still tracked`);
  }
  return wrong;
}

/** Jobs complete, with as many successes as were asked for, and what is counted stays counted. */
export const jobs: Checker = {
  name: 'jobs',
  inspect: ({ world, intent, violated }) => {
    world.onChange(({ bucket, object, old, type, key }) => {
      if (bucket !== 'batch/jobs' || type !== 'updated') return;
      const [job, before] = [object as Job, old as Job];
      if (isComplete(before) && !isComplete(job)) violated(`${key} was complete and is no more`);
      for (const count of ['succeeded', 'failed'] as const) {
        const [now, then] = [job.status?.[count] ?? 0, before.status?.[count] ?? 0];
        if (now < then) violated(`${key} went from ${then} ${count} pods to ${now}`);
      }
    });
    return {
      pending: () =>
        [...intent.jobs].flatMap(([key, { completions }]) => unfinished(world, key, completions)),
    };
  },
};
