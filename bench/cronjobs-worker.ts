import { parentPort, workerData } from 'node:worker_threads';
import { cronJobs, jobs, pods } from '#api/generated/refs.ts';
import type { CronJob, Job } from '#api/generated/types/batch.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { controllerOf } from '#machinery/object.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { createVirtualClock } from '#main/virtual-time.ts';
import { type Figure, round } from './figures.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMinutes = 24 * 60;

/** When each CronJob is due, as minutes of a day, told from its schedule and not by it. */
interface Plan {
  readonly name: string;
  readonly schedule: string;
  readonly due: readonly number[];
}

/** Of a hundred: 90 daily ones, each at its own hour and minute; nine hourly ones, each at its own; one every five minutes. */
function planOf(i: number): Plan {
  const name = `cron-${i}`;
  const kind = i % 100;
  if (kind === 0) {
    return { name, schedule: '*/5 * * * *', due: Array.from({ length: dayMinutes / 5 }, (_, n) => 5 * n) };
  }
  const minute = (7 * i) % 60;
  if (kind < 10) {
    return {
      name,
      schedule: `${minute} * * * *`,
      due: Array.from({ length: 24 }, (_, hour) => 60 * hour + minute),
    };
  }
  const hour = i % 24;
  return { name, schedule: `${minute} ${hour} * * *`, due: [60 * hour + minute] };
}

function cronJobOf({ name, schedule }: Plan): Partial<CronJob> {
  const container = { name: 'task', image: 'registry.example/task:1' };
  const template = { spec: { restartPolicy: 'Never', containers: [container] } };
  return {
    metadata: { name, namespace: 'default' },
    spec: { schedule, jobTemplate: { spec: { template } } },
  } as CronJob;
}

/** What became of each start, by CronJob and minute of the day. */
class Starts {
  readonly started = new Map<string, number>();
  readonly #minuteOfJob = new Map<string, string>();
  readonly podsRun = new Set<string>();
  completed = 0;

  constructor({ controlPlane, clock }: Cluster) {
    const beginMs = clock.now();
    const minute = () => Math.floor((clock.now() - beginMs) / minuteMs);
    controlPlane.informers.informer(jobs).on({
      added: (job: Job) => {
        const start = `${controllerOf(job)!.name} ${minute()}`;
        this.#minuteOfJob.set(job.metadata.uid!, start);
        this.started.set(start, (this.started.get(start) ?? 0) + 1);
      },
      updated: (job, old) => {
        if (job.status?.succeeded && !old.status?.completionTime && job.status.completionTime)
          this.completed++;
      },
    });
    controlPlane.informers.informer(pods).on({
      updated: (pod: Pod) => {
        const start = this.#minuteOfJob.get(controllerOf(pod)?.uid ?? '');
        if (start?.endsWith(` ${minute()}`) && pod.status?.phase === 'Running') this.podsRun.add(start);
      },
    });
  }
}

/** What `cronjobs.ts` asks for. */
export interface CronJobsTask {
  readonly count: number;
  readonly hours: number;
  readonly nodes: number;
}

async function* run({ count, hours, nodes }: CronJobsTask): AsyncGenerator<Figure> {
  const clock = createVirtualClock();
  await using cluster = await startCluster({ clock, seed: 1, nodes });
  const starts = new Starts(cluster);
  const plans = Array.from({ length: count }, (_, i) => planOf(i));
  for (const plan of plans) await cluster.client.create(cronJobs, cronJobOf(plan));
  const begin = performance.now();
  const cpu = process.cpuUsage();
  await clock.advance(hours * hourMs + minuteMs / 2);
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  // The minute in which the cluster began is over before the CronJobs are there.
  const expected = plans.flatMap(({ name, due }) =>
    [...due, dayMinutes + due[0]!]
      .filter(minute => minute > 0 && minute <= hours * 60)
      .map(minute => `${name} ${minute}`),
  );
  const onTime = expected.filter(start => starts.started.get(start) === 1);
  const what = `${hours} virtual hours of ${count} CronJobs`;
  yield {
    what,
    unit: 's',
    value: round(seconds),
    more: { msOfCpuPerStart: round((user + system) / 1000 / expected.length) },
  };
  yield { what: `${what}, CPU of the whole cluster`, unit: 's', value: round((user + system) / 1e6) };
  yield { what: `${what}, starts that were due`, unit: 'starts', value: expected.length };
  yield {
    what: `${what}, starts that came once and in their minute`,
    unit: 'starts',
    value: onTime.length,
    more: { others: starts.started.size - onTime.length, completed: starts.completed },
  };
  yield { what: `${what}, pods that ran in that minute`, unit: 'starts', value: starts.podsRun.size };
}

for await (const figure of run(workerData as CronJobsTask)) parentPort!.postMessage(figure);
