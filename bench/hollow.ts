import { parseArgs } from 'node:util';
import { deployments } from '#api/generated/refs.ts';
import type { Deployment } from '#api/generated/types/apps.v1.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { type Figure, round, stallFigure } from './figures.ts';
import { heapMib } from './heap.ts';
import { meterStalls } from './loop-stall.ts';

const replicas = 1_000;
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
    },
  });
  using stalls = meterStalls();
  const step = async (what: string, work: () => Promise<void>): Promise<Figure[]> => {
    await pause(pollMs);
    stalls.take();
    const begin = performance.now();
    const cpu = process.cpuUsage();
    await work();
    const seconds = (performance.now() - begin) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return [
      { what, unit: 's', value: round(seconds) },
      { what: `${what}, CPU of the whole cluster`, unit: 's', value: round((user + system) / 1e6) },
      stallFigure(what, stalls.take()),
    ];
  };
  let cluster!: Cluster;
  yield* await step(`${values.nodes} hollow nodes registered`, async () => {
    cluster = await startCluster({ nodes: Number(values.nodes) });
  });
  const count = Number(values.pods) / replicas;
  yield* await step(`${values.pods} pods on ${values.nodes} nodes to Ready`, async () => {
    for (let i = 0; i < count; i++) {
      await cluster.client.create(deployments, deploymentOf(i));
      // As many at once as keep a cluster busy, not all: nobody makes fifty thousand pods in one breath.
      if (i >= 4) await untilReady(cluster, `web-${i - 4}`);
    }
    for (let i = 0; i < count; i++) await untilReady(cluster, `web-${i}`);
  });
  const restSeconds = Number(values.rest);
  yield* await step(`${values.pods} pods on ${values.nodes} nodes at rest`, () => pause(restSeconds * 1000));
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
    'A large simulated cluster: its memory, its stalls, its heartbeats. --nodes N, --pods N, --rest SECONDS',
  run,
};
