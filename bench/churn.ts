import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { configMaps, deployments, jobs } from '#api/generated/refs.ts';
import type { Job } from '#api/generated/types/batch.v1.ts';
import type { Deployment } from '#api/generated/types/apps.v1.ts';
import { accessOf, parseKubeConfig } from '#client/kubeconfig.ts';
import type { Client } from '#client/client.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { createVirtualClock } from '#main/virtual-time.ts';
import type { ChurnTask } from './churn-worker.ts';
import { type Figure, round } from './figures.ts';
import { heapMib } from './heap.ts';
import { meterStalls, type Stall } from './loop-stall.ts';

const deploymentCount = 10;
const replicas = 10;
const nodes = 20;
const minuteMs = 60_000;
const container = { name: 'main', image: 'registry.example/web:1' };
/** What is cached, compiled and sized in the first hours is no growth. */
const warmHours = 3;

function deploymentOf(i: number): Partial<Deployment> {
  const labels = { app: `web-${i}` };
  return {
    metadata: { name: `web-${i}`, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

function jobOf(name: string): Partial<Job> {
  const template = { spec: { restartPolicy: 'Never', containers: [container] } };
  return { metadata: { name, namespace: 'default' }, spec: { ttlSecondsAfterFinished: 60, template } } as Job;
}

/** A minute of users: one roll-out, one job, twenty short-lived objects. */
async function disturb(client: Client, minute: number): Promise<void> {
  const revision = { metadata: { annotations: { minute: String(minute) } } };
  const name = `web-${minute % deploymentCount}`;
  await client.patch(deployments, 'default', name, 'merge', { spec: { template: revision } });
  await client.create(jobs, jobOf(`job-${minute}`));
  const names = Array.from({ length: 20 }, (_, i) => `map-${minute}-${i}`);
  for (const one of names) {
    await client.create(configMaps, { metadata: { name: one, namespace: 'default' }, data: { minute: one } });
  }
  for (const one of names) await client.delete(configMaps, 'default', one);
}

/** Hours of that in virtual time: the heap at the end of each hour. */
async function* virtualChurn(hours: number): AsyncGenerator<Figure> {
  const clock = createVirtualClock();
  const begin = performance.now();
  await using cluster = await startCluster({ clock, seed: 1, nodes });
  for (let i = 0; i < deploymentCount; i++) await cluster.client.create(deployments, deploymentOf(i));
  const heaps: number[] = [];
  for (let minute = 0; minute < hours * 60; minute++) {
    await disturb(cluster.client, minute);
    await clock.advance(minuteMs);
    if (minute % 60 === 59) heaps.push(heapMib());
  }
  const warm = heaps[Math.min(warmHours, heaps.length) - 1]!;
  const what = `${hours} virtual hours of churn`;
  const more = { heapsMib: heaps.map(round) };
  yield { what: `${what}, heap after hour ${warmHours}`, unit: 'MiB', value: round(warm), more };
  yield { what: `${what}, heap at the end`, unit: 'MiB', value: round(heaps.at(-1)!) };
  yield { what, unit: 's', value: round((performance.now() - begin) / 1000) };
}

async function startWorker(cluster: Cluster, task: ChurnTask): Promise<Worker> {
  const access = accessOf(parseKubeConfig(await cluster.kubeconfig()), () => '');
  const workerData = { access, task };
  const worker = new Worker(new URL('./churn-worker.ts', import.meta.url), { workerData });
  await once(worker, 'message');
  return worker;
}

/** Minutes of writes in real time over TLS, with watchers, by a client in another thread. */
async function* realChurn(minutes: number, task: ChurnTask): AsyncGenerator<Figure> {
  await using cluster = await startCluster({ nodes: 0 });
  using stalls = meterStalls();
  const worker = await startWorker(cluster, task);
  const heaps: number[] = [];
  const longest: Stall[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    heapMib();
    stalls.take();
    await new Promise(resolve => setTimeout(resolve, minuteMs));
    longest.push(stalls.take());
    heaps.push(heapMib());
  }
  await worker.terminate();
  const what = `${minutes} minutes of ${task.writesPerSecond} writes/s, ${task.objects} Pods, ${task.watchers} watchers`;
  const more = {
    stallsMs: longest.map(({ ms }) => ms),
    stallsCpuMs: longest.map(({ cpuMs }) => cpuMs),
    heapsMib: heaps.map(round),
  };
  const value = Math.max(...more.stallsMs);
  yield { what: `${what}, longest event-loop stall`, unit: 'ms', value, more };
  yield { what: `${what}, heap after the first minute`, unit: 'MiB', value: round(heaps[0]!) };
  yield { what: `${what}, heap at the end`, unit: 'MiB', value: round(heaps.at(-1)!) };
}

async function* run(args: readonly string[]): AsyncGenerator<Figure> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      hours: { type: 'string', default: '24' },
      minutes: { type: 'string', default: '20' },
      objects: { type: 'string', default: '5000' },
      watchers: { type: 'string', default: '200' },
      writes: { type: 'string', default: '20' },
    },
  });
  if (Number(values.hours) > 0) yield* virtualChurn(Number(values.hours));
  if (Number(values.minutes) <= 0) return;
  yield* realChurn(Number(values.minutes), {
    objects: Number(values.objects),
    watchers: Number(values.watchers),
    writesPerSecond: Number(values.writes),
  });
}

export const churnBench = {
  name: 'churn',
  summary:
    'Memory and stalls over a long time. --hours N (virtual), --minutes N, --objects N, --watchers N, --writes N',
  run,
};
