import { parseArgs } from 'node:util';
import { deployments, pods } from '#api/generated/refs.ts';
import type { Deployment } from '#api/generated/types/apps.v1.ts';
import type { Client } from '#client/client.ts';
import { startCluster } from '#main/embedded.ts';
import { type Figure, round } from './figures.ts';
import { meterStalls } from './loop-stall.ts';

const pollMs = 5;
const pause = () => new Promise<void>(resolve => setTimeout(resolve, pollMs));

function deploymentOf(replicas: number): Partial<Deployment> {
  const labels = { app: 'web' };
  return {
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'web', image: 'registry.example/web:1' }] },
      },
    },
  };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause();
}

function readyReplicas(client: Client): Promise<number> {
  return client.get(deployments, 'default', 'web').then(({ status }) => status?.readyReplicas ?? 0);
}

/** A Deployment from its creation to all replicas Ready, and from its deletion to no pod left, in this process. */
async function* run(args: readonly string[]): AsyncGenerator<Figure> {
  const { values } = parseArgs({
    args: [...args],
    options: { replicas: { type: 'string', default: '300' }, nodes: { type: 'string', default: '10' } },
  });
  const replicas = Number(values.replicas);
  const cluster = await startCluster({ nodes: Number(values.nodes) });
  using stalls = meterStalls();
  const { client } = cluster;
  await pause();
  stalls.take();
  const begin = performance.now();
  const cpu = process.cpuUsage();
  await client.create(deployments, deploymentOf(replicas));
  await until(async () => (await readyReplicas(client)) === replicas);
  const readySeconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const what = `Deployment of ${replicas} replicas`;
  yield { what: `${what} to Ready`, unit: 's', value: round(readySeconds) };
  yield { what: `${what}, CPU of the whole cluster`, unit: 's', value: round((user + system) / 1e6) };
  yield { what: `${what}, longest event-loop stall`, unit: 'ms', value: stalls.take() };
  const gone = performance.now();
  await client.delete(deployments, 'default', 'web');
  await until(async () => (await client.list(pods, 'default')).items.length === 0);
  yield { what: `${what} deleted to gone`, unit: 's', value: round((performance.now() - gone) / 1000) };
  yield { what: `${what} deleted, longest event-loop stall`, unit: 'ms', value: stalls.take() };
  await cluster.stop();
}

export const deploymentBench = {
  name: 'deployment',
  summary: 'A Deployment on simulated nodes to all Ready, and its stalls. --replicas N, --nodes N',
  run,
};
