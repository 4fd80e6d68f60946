import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { nodes } from '#api/generated/refs.ts';
import { createClient } from '#client/client.ts';
import { createHttpsTransport } from '#client/https.ts';
import type { ClusterAccess } from '#client/kubeconfig.ts';
import { isReady } from '#main/detach.ts';
import { BenchCluster, usageOf } from './cluster-process.ts';
import { type Figure, median, round } from './figures.ts';

const pollMs = 5;
const compiled = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url));

interface Start {
  readonly apiMs: number;
  readonly nodeMs: number;
  readonly cpuMs: number;
  readonly rssMib: number;
  readonly steps: Readonly<Record<string, number>>;
}

function pause(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, pollMs));
}

/** From the moment that the command is run. */
async function startOnce(cluster: BenchCluster): Promise<Start> {
  const begin = performance.now();
  const running = cluster.start();
  await running.said('API ready');
  const access = running.access();
  const port = Number(new URL(access.server).port);
  while (!(await isReady(port))) await pause();
  const apiMs = performance.now() - begin;
  await nodeReady(access);
  const nodeMs = performance.now() - begin;
  await running.said('Ready');
  const { cpuSeconds, rssMibMax } = usageOf((await cluster.pid())!);
  await running.stop();
  return { apiMs, nodeMs, cpuMs: cpuSeconds * 1000, rssMib: rssMibMax, steps: running.steps };
}

async function nodeReady(access: ClusterAccess): Promise<void> {
  using transport = createHttpsTransport({ access, userAgent: 'coxswain-bench' });
  const client = createClient(transport);
  for (;;) {
    const { items } = await client.list(nodes, '');
    const ready = items.some(node =>
      node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
    if (ready) return;
    await pause();
  }
}

function* figuresOf(kind: string, starts: readonly Start[]): Generator<Figure> {
  const of = (pick: (start: Start) => number) => median(starts.map(pick));
  const steps = Object.fromEntries(
    Object.keys(starts[0]!.steps).map(name => [name, of(start => start.steps[name] ?? 0)]),
  );
  yield { what: `${kind} start to /readyz`, unit: 'ms', value: of(start => start.apiMs), more: { steps } };
  yield { what: `${kind} start to a Ready node`, unit: 'ms', value: of(start => start.nodeMs) };
  yield { what: `${kind} start, CPU of the server`, unit: 'ms', value: of(start => start.cpuMs) };
  yield { what: `${kind} start, peak memory`, unit: 'MiB', value: round(of(start => start.rssMib)) };
}

/** Starts a cluster as a user does: with nothing compiled, with an empty data folder, and again. */
async function* run(args: readonly string[]): AsyncGenerator<Figure> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      hollow: { type: 'boolean', default: process.platform !== 'linux' || process.getuid?.() !== 0 },
    },
  });
  const node = values.hollow ? 'hollow' : 'real';
  await using cluster = await BenchCluster.create(values.hollow ? 1 : undefined);
  rmSync(compiled, { recursive: true, force: true });
  yield* figuresOf(`very first ${node}`, [await startOnce(cluster)]);
  const starts: Start[] = [];
  for (let round = 0; round < Number(values.rounds); round++) starts.push(await startOnce(cluster));
  yield* figuresOf(`second ${node}`, starts);
}

export const startBench = {
  name: 'start',
  summary: 'From the command to /readyz and to a Ready node. --rounds N, --hollow',
  run,
};
