import { jobs } from '#api/generated/refs.ts';
import type { Job } from '#api/generated/types/batch.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { defineController, itself, watching } from '#runtime/controller.ts';
import { timeMs } from '../shared/time.ts';

/** Deletes finished Jobs, with their pods, when their time to live is over (KEP-592). */
export const ttlAfterFinishedController = defineController({
  name: 'ttl-after-finished',
  setup: ({ client, clock, informer }) => {
    const jobInformer = informer(jobs);
    const leftMs = (job: Job): number | undefined => {
      const seconds = job.spec?.ttlSecondsAfterFinished;
      const finished = finishedAt(job);
      if (seconds === undefined || finished === undefined || job.metadata.deletionTimestamp) return undefined;
      return timeMs(finished) + seconds * 1000 - clock.now();
    };
    return {
      watches: [watching(jobs, job => (leftMs(job) === undefined ? [] : itself(job)))],
      reconcile: async key => {
        const cached = jobInformer.get(key);
        const waitMs = cached && leftMs(cached);
        if (waitMs === undefined) return {};
        if (waitMs > 0) return { requeueAfterMs: waitMs };
        const { namespace, name } = cached!.metadata;
        // The time to live may have been raised since: only the server's word may end a Job.
        const fresh = await orNotFound(client.get(jobs, namespace!, name!));
        const freshMs = fresh && leftMs(fresh);
        if (freshMs === undefined || freshMs > 0) return { requeueAfterMs: freshMs };
        const preconditions = { uid: fresh!.metadata.uid };
        await orNotFound(
          client.delete(jobs, namespace!, name!, { propagationPolicy: 'Foreground', preconditions }),
        );
        return {};
      },
    };
  },
});

function finishedAt(job: Job): string | undefined {
  const end = job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  return end?.lastTransitionTime;
}
