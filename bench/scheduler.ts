import { parseArgs } from 'node:util';
import { pods, serviceAccounts } from '#api/generated/refs.ts';
import { SeededRandom } from '#base/random.ts';
import { startCluster } from '#main/embedded.ts';
import { decide } from '#scheduler/decide.ts';
import { podInfo } from '#scheduler/framework/pod-info.ts';
import { NodeTable } from '#scheduler/node-table.ts';
import { createFramework, defaultProfile } from '#scheduler/profile.ts';
import { nodeOf, podOf } from '#scheduler/scenario.ts';
import { pluginContext } from '#scheduler/testing.ts';
import { type Figure, percentile, round } from './figures.ts';

type Words = Readonly<Record<string, string>>;

/** The kinds of pods of upstream's scheduler_perf. */
const shapes: Readonly<Record<string, (i: number) => Words>> = {
  basic: () => ({ cpu: '10m', memory: '10Mi' }),
  owned: i => ({ cpu: '10m', memory: '10Mi', owner: `set-${i % 20}` }),
  nodeAffinity: i => ({ cpu: '10m', selector: `zone:zone-${i % 3}` }),
  spreading: i => ({ cpu: '10m', labels: `app:app-${i % 20}`, spread: 'zone:1' }),
  preferredSpreading: i => ({ cpu: '10m', labels: `app:app-${i % 20}`, spread: 'zone:1:soft' }),
  affinity: i => ({ cpu: '10m', labels: `app:app-${i % 20}`, near: `app:app-${i % 20}@zone` }),
  antiAffinity: i => ({
    cpu: '10m',
    labels: `app:app-${i % 20}`,
    away: `app:app-${i % 20}@kubernetes.io/hostname`,
  }),
};

/** Decisions alone: no API server, no writes. */
function benchDecisions(shape: string, nodeCount: number, podCount: number): Figure {
  const random = new SeededRandom(1);
  const plugins = defaultProfile.plugins.filter(plugin => plugin !== 'DefaultBinder');
  const context = pluginContext({ random });
  const framework = createFramework({ ...defaultProfile, plugins }, context);
  const table = new NodeTable(() => ({}));
  for (let i = 0; i < nodeCount; i++) {
    table.setNode(nodeOf(`node-${i}`, { cpu: '32', memory: '256Gi', labels: `zone:zone-${i % 3}` }));
  }
  const waiting = Array.from({ length: podCount }, (_, i) => podOf(`pod-${i}`, shapes[shape]!(i)));
  const times: number[] = [];
  let start = 0;
  let placed = 0;
  const begin = performance.now();
  for (const pod of waiting) {
    const before = performance.now();
    const info = podInfo(pod);
    const { verdict, nextStart } = decide(framework, table, info, random, start);
    start = nextStart;
    if (verdict.type === 'fits') {
      table.assume(info, verdict.nodeName);
      placed++;
    }
    times.push(performance.now() - before);
  }
  const seconds = (performance.now() - begin) / 1000;
  times.sort((a, b) => a - b);
  return {
    what: `decisions on ${nodeCount} nodes, ${shape}`,
    unit: 'pods/s',
    value: round(podCount / seconds),
    more: { pods: podCount, placed, p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) },
  };
}

/** Pods created until all are bound, through an API server in this process on the memory store, hollow nodes running them. */
async function benchCluster(nodeCount: number, podCount: number): Promise<Figure> {
  const cluster = await startCluster({ nodes: nodeCount, seed: 1 });
  const { client } = cluster;
  const turn = () => new Promise<void>(resolve => setImmediate(resolve));
  while ((await client.list(serviceAccounts, 'default')).items.length === 0) await turn();
  let bound = 0;
  const done = Promise.withResolvers<void>();
  const watching = cluster.controlPlane.informers.informer(pods).on({
    updated: (pod, old) => {
      if (pod.spec?.nodeName && !old.spec?.nodeName && ++bound === podCount) done.resolve();
    },
  });
  const begin = performance.now();
  const queue = Array.from({ length: podCount }, (_, i) => podOf(`pod-${i}`, shapes.basic!(i)));
  const create = async () => {
    for (let pod = queue.pop(); pod; pod = queue.pop()) await client.create(pods, pod);
  };
  await Promise.all(Array.from({ length: 16 }, create));
  const created = performance.now();
  await done.promise;
  const end = performance.now();
  watching[Symbol.dispose]();
  await cluster.stop();
  const seconds = (end - begin) / 1000;
  return {
    what: `${podCount} pods on ${nodeCount} nodes, created to bound`,
    unit: 'pods/s',
    value: round(podCount / seconds),
    more: { createdSeconds: round((created - begin) / 1000), boundSeconds: round(seconds) },
  };
}

/** Places pods of each shape, then runs a cluster. */
async function* run(args: readonly string[]): AsyncGenerator<Figure> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string', default: '500' },
      pods: { type: 'string', default: '2000' },
      shape: { type: 'string', multiple: true },
    },
  });
  const [nodeCount, podCount] = [Number(values.nodes), Number(values.pods)];
  for (const shape of values.shape ?? Object.keys(shapes)) {
    yield benchDecisions(shape, nodeCount, podCount);
  }
  if (!values.shape) yield await benchCluster(nodeCount, podCount);
}

export const schedulerBench = {
  name: 'scheduler',
  summary: 'Decisions alone, then pods created until bound. --nodes N, --pods N, --shape S',
  run,
};
