import { parseArgs } from 'node:util';
import { configMaps, nodes } from '#api/generated/refs.ts';
import { startCluster } from '#main/embedded.ts';
import { type Figure, percentile } from './figures.ts';

const turn = () => new Promise<void>(resolve => setImmediate(resolve));

/** Starts clusters one after another in this process; the first pays for what is compiled and parsed once. */
async function* run(args: readonly string[]): AsyncGenerator<Figure> {
  const { values } = parseArgs({
    args: [...args],
    options: { rounds: { type: 'string', default: '20' } },
  });
  const api: number[] = [];
  const ready: number[] = [];
  for (let round = 0; round <= Number(values.rounds); round++) {
    const begin = performance.now();
    const cluster = await startCluster();
    await cluster.client.create(configMaps, { metadata: { name: 'first', namespace: 'default' } });
    api.push(performance.now() - begin);
    while (!(await nodeIsReady(cluster.client))) await turn();
    ready.push(performance.now() - begin);
    await cluster.stop();
  }
  yield {
    what: 'first embedded cluster to its first write',
    unit: 'ms',
    value: percentile([api.shift()!], 0),
  };
  ready.shift();
  for (const [what, times] of [
    ['embedded cluster to its first write', api],
    ['embedded cluster to a Ready node', ready],
  ] as const) {
    times.sort((a, b) => a - b);
    yield { what, unit: 'ms', value: percentile(times, 0.5), more: { p90: percentile(times, 0.9) } };
  }
}

async function nodeIsReady(client: Awaited<ReturnType<typeof startCluster>>['client']): Promise<boolean> {
  const { items } = await client.list(nodes, '');
  return items.some(node => node.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True'));
}

export const embeddedBench = {
  name: 'embedded',
  summary: 'startCluster() in a warm process. --rounds N',
  run,
};
