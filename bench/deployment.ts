import { parseArgs } from 'node:util';
import { deployments, pods } from '#api/generated/refs.ts';
import type { Deployment, DeploymentStatus } from '#api/generated/types/apps.v1.ts';
import { startCluster } from '#main/embedded.ts';
import { type Figure, round, stallFigure } from './figures.ts';
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

/** As `kubectl rollout status` judges: every replica is of the new template, the old ones are gone, all are available. */
function isRolledOut({ metadata, spec, status = {} }: Deployment): boolean {
  const wanted = spec!.replicas!;
  const counts: (keyof DeploymentStatus)[] = [
    'replicas',
    'updatedReplicas',
    'readyReplicas',
    'availableReplicas',
  ];
  return (
    (status.observedGeneration ?? 0) >= metadata.generation! &&
    counts.every(count => status[count] === wanted)
  );
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause();
}

/** A Deployment from its creation to all replicas Ready, a rolling update of it, and its deletion, in this process. */
async function* run(args: readonly string[]): AsyncGenerator<Figure> {
  const { values } = parseArgs({
    args: [...args],
    options: { replicas: { type: 'string', default: '1000' }, nodes: { type: 'string', default: '200' } },
  });
  const replicas = Number(values.replicas);
  await using cluster = await startCluster({ nodes: Number(values.nodes) });
  using stalls = meterStalls();
  const { client } = cluster;
  const rolledOut = () => client.get(deployments, 'default', 'web').then(isRolledOut);
  const steps: readonly { what: string; start: () => Promise<unknown>; done: () => Promise<boolean> }[] = [
    { what: ' to Ready', start: () => client.create(deployments, deploymentOf(replicas)), done: rolledOut },
    {
      what: ', rolling update',
      start: () =>
        client.patch(deployments, 'default', 'web', 'strategic', {
          spec: { template: { spec: { containers: [{ name: 'web', image: 'registry.example/web:2' }] } } },
        }),
      done: rolledOut,
    },
    {
      what: ' deleted to gone',
      start: () => client.delete(deployments, 'default', 'web'),
      done: async () => (await client.list(pods, 'default', { limit: 1 })).items.length === 0,
    },
  ];
  for (const { what, start, done } of steps) {
    await pause();
    stalls.take();
    const begin = performance.now();
    const cpu = process.cpuUsage();
    await start();
    await until(done);
    const seconds = (performance.now() - begin) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const name = `Deployment of ${replicas} replicas${what}`;
    yield { what: name, unit: 's', value: round(seconds) };
    yield { what: `${name}, CPU of the whole cluster`, unit: 's', value: round((user + system) / 1e6) };
    yield stallFigure(name, stalls.take());
  }
}

export const deploymentBench = {
  name: 'deployment',
  summary:
    'A Deployment on simulated nodes: Ready, updated, gone, and the stalls meanwhile. --replicas N, --nodes N',
  run,
};
