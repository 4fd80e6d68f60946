import { on } from 'node:events';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { CronJobsTask } from './cronjobs-worker.ts';
import type { Figure } from './figures.ts';

/** Nothing is to be served beside it, so it may have a young generation in which less has to be copied. */
const youngGenerationMib = 192;

/** A day of CronJobs in virtual time, on simulated nodes; a Job's pod runs for two seconds. */
async function* run(args: readonly string[]): AsyncGenerator<Figure> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cronjobs: { type: 'string', default: '1000' },
      hours: { type: 'string', default: '24' },
      nodes: { type: 'string', default: '5' },
    },
  });
  const task: CronJobsTask = {
    count: Number(values.cronjobs),
    hours: Number(values.hours),
    nodes: Number(values.nodes),
  };
  const worker = new Worker(new URL('./cronjobs-worker.ts', import.meta.url), {
    workerData: task,
    resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMib },
  });
  for await (const [figure] of on(worker, 'message', { close: ['exit'] })) yield figure as Figure;
}

export const cronJobsBench = {
  name: 'cronjobs',
  summary:
    'A virtual day of CronJobs: of 100, 90 daily, 9 hourly, one every 5 minutes. --cronjobs N, --hours N, --nodes N',
  run,
};
