import { cronJobs, jobs, pods } from '#api/generated/refs.ts';
import type { Job } from '#api/generated/types/batch.v1.ts';
import { randomInt } from '#base/random.ts';
import { controllerOf } from '#machinery/object.ts';
import { job } from '#sim/objects.ts';
import type { World } from '#explore/world.ts';
import { type Story, unlike } from './story.ts';

const shape = { completions: 1, parallelism: 1, indexed: false };
const historyMax = 3;

function ended({ status }: Job): boolean {
  return (
    status?.conditions?.some(c => ['Complete', 'Failed'].includes(c.type) && c.status === 'True') ?? false
  );
}

/** Once suspended, no Job runs, no more are kept than should be, and no minute had two. */
function afterwards(world: World, namespace: string): string[] {
  const made = world.list(jobs, namespace).filter(item => controllerOf(item)?.kind === 'CronJob');
  const running = made.filter(item => !ended(item)).map(item => `${item.metadata.name} is not over`);
  const kept = made.length > historyMax + 1 ? [`${made.length} jobs are kept`] : [];
  const active = world.get(cronJobs, `${namespace}/tick`)?.status?.active?.length ?? 0;
  return [...running, ...kept, ...unlike('the number of active jobs', active, 0)];
}

/** A Job every minute, and then no more. */
export const cron: Story = {
  name: 'cron',
  controllers: ['cronjob'],
  exploring: { beside: ['job'], nodes: 1, pauseMs: 70_000, endsVary: true },
  steps: ({ user, namespace, random, intent }) => {
    const concurrencyPolicy = ['Allow', 'Forbid', 'Replace'][randomInt(random, 3)]!;
    return [
      async () => {
        intent.expectations.set('CronJob tick', world => afterwards(world, namespace));
        await user.create(cronJobs, {
          metadata: { namespace, name: 'tick' },
          spec: {
            schedule: '* * * * *',
            concurrencyPolicy,
            successfulJobsHistoryLimit: historyMax,
            jobTemplate: { spec: job(namespace, 'tick', shape).spec! },
          },
        });
      },
      () =>
        user.patch(cronJobs, namespace, 'tick', {
          spec: { jobTemplate: { metadata: { labels: { a: 'b' } } } },
        }),
      () => user.patch(cronJobs, namespace, 'tick', { spec: { suspend: true } }),
    ];
  },
};

/** A Job that is to go some time after its end. */
export const expiring: Story = {
  name: 'expiring',
  controllers: ['ttl-after-finished'],
  exploring: { beside: ['garbage-collector', 'job'], nodes: 1 },
  steps: ({ user, namespace, random, intent }) => [
    async () => {
      intent.expectations.set('Job brief', world => [
        ...unlike('the number of jobs', world.list(jobs, namespace).length, 0),
        ...unlike('the number of pods', world.list(pods, namespace).length, 0),
      ]);
      const { metadata, spec } = job(namespace, 'brief', shape);
      await user.create(jobs, {
        metadata: metadata!,
        spec: { ...spec!, ttlSecondsAfterFinished: randomInt(random, 40) },
      });
    },
  ],
};
