import { parseArgs } from 'node:util';
import { deployments } from '#api/generated/refs.ts';
import type { Deployment } from '#api/generated/types/apps.v1.ts';
import { sleep } from '#base/clock.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { systemClock } from '#main/system.ts';
import { type Figure, round, stallFigure } from './figures.ts';
import { heapMib } from './heap.ts';
import { meterStalls } from './loop-stall.ts';
import { OwnClock } from './own-clock.ts';
import { CauseRecorder } from './stall-cause.ts';

const replicas = 1_000;
/** What a pod costs is told for so many at a time, to see whether it grows with those that are there. */
const deploymentsAStep = 10;
const pollMs = 20;
const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms));

function deploymentOf(i: number): Partial<Deployment> {
  const labels = { app: `web-${i}` };
  return {
    metadata: { name: `web-${i}`, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'registry.example/web:1',
              resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
              ports: [{ name: 'http', containerPort: 8080 }],
            },
          ],
        },
      },
    },
  };
}

async function untilReady({ client }: Cluster, name: string): Promise<void> {
  for (;;) {
    const { status } = await client.get(deployments, 'default', name);
    if (status?.readyReplicas === replicas) return;
    await pause(pollMs);
  }
}

/** A large cluster in this process: filled by Deployments, then at rest, with its nodes' heartbeats going on. */
async function* run(args: readonly string[]): AsyncGenerator<Figure> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string', default: '5000' },
      pods: { type: 'string', default: '50000' },
      rest: { type: 'string', default: '30' },
      causes: { type: 'boolean', default: false },
      'own-time': { type: 'boolean', default: false },
    },
  });
  const clock = values['own-time'] ? new OwnClock() : systemClock;
  using causes = values.causes ? await CauseRecorder.start() : undefined;
  using stalls = meterStalls();
  /** `pods`: how many the step makes. */
  const step = async (what: string, work: () => Promise<void>, pods?: number): Promise<Figure[]> => {
    await pause(pollMs);
    stalls.take();
    const begin = clock.monotonicMs();
    const cpu = process.cpuUsage();
    await work();
    const seconds = (clock.monotonicMs() - begin) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const stall = stalls.take();
    const each = pods
      ? [
          { what, unit: 'pods/s', value: round(pods / seconds) },
          { what: `${what}, CPU a pod`, unit: 'ms', value: round((user + system) / 1000 / pods) },
        ]
      : [];
    return [
      { what, unit: 's', value: round(seconds) },
      { what: `${what}, CPU of the whole cluster`, unit: 's', value: round((user + system) / 1e6) },
      ...each,
      stallFigure(what, stall, await causes?.causeOf(stall.fromMs, stall.toMs)),
    ];
  };
  let cluster!: Cluster;
  yield* await step(`${values.nodes} hollow nodes registered`, async () => {
    cluster = await startCluster({ clock, nodes: Number(values.nodes) });
  });
  const fill = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      await cluster.client.create(deployments, deploymentOf(i));
      // As many at once as keep a cluster busy, not all: nobody makes fifty thousand pods in one breath.
      if (i >= from + 4) await untilReady(cluster, `web-${i - 4}`);
    }
    for (let i = from; i < to; i++) await untilReady(cluster, `web-${i}`);
  };
  const count = Math.ceil(Number(values.pods) / replicas);
  for (let from = 0; from < count; from += deploymentsAStep) {
    const to = Math.min(count, from + deploymentsAStep);
    const made = (to - from) * replicas;
    const what = `pods ${from * replicas + 1} to ${to * replicas} on ${values.nodes} nodes to Ready`;
    yield* await step(what, () => fill(from, to), made);
  }
  const restSeconds = Number(values.rest);
  yield* await step(`${values.pods} pods on ${values.nodes} nodes at rest`, () =>
    sleep(clock, restSeconds * 1000),
  );
  const what = `${values.pods} pods on ${values.nodes} nodes`;
  yield {
    what: `${what}, most memory of the process`,
    unit: 'MiB',
    value: round(process.resourceUsage().maxRSS / 1024),
  };
  yield {
    what: `${what}, heap`,
    unit: 'MiB',
    value: round(heapMib()),
    more: { externalMib: round(process.memoryUsage().external / 2 ** 20) },
  };
  await cluster.stop();
}

export const hollowBench = {
  name: 'hollow',
  summary:
    'A large simulated cluster: its memory, its stalls, its heartbeats. --nodes N, --pods N, --rest SECONDS, --causes, --own-time',
  run,
};
