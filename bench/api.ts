import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type ClusterAccess, accessOf, parseKubeConfig } from '#client/kubeconfig.ts';
import { BenchCluster, usageOf } from './cluster-process.ts';
import { type Figure, percentile, round } from './figures.ts';
import { configMapText, namespace, podText } from './objects.ts';
import { WireConnection, type WireRequest, load } from './wire.ts';

const core = `/api/v1/namespaces/${namespace}`;
const strategic = 'application/strategic-merge-patch+json';
const watcherCount = 200;
const updateCount = 200;

interface Workload {
  readonly name: string;
  readonly count: number;
  /** Of all the connections, how many share the work. Default all. */
  readonly connections?: number;
  request(i: number): WireRequest;
}

function workloads(objects: number): Workload[] {
  const pod = (i: number) => `${core}/pods/pod-${i}`;
  return [
    {
      name: 'create a ConfigMap of 1 KiB',
      count: objects,
      request: i => ({ method: 'POST', path: `${core}/configmaps`, body: configMapText(`cm-${i}`, '') }),
    },
    {
      name: 'create a Pod',
      count: objects,
      request: i => ({ method: 'POST', path: `${core}/pods`, body: podText(i) }),
    },
    {
      name: 'get a ConfigMap of 1 KiB',
      count: 4 * objects,
      request: () => ({ method: 'GET', path: `${core}/configmaps/cm-0` }),
    },
    {
      name: `list ${objects} Pods`,
      count: 20,
      connections: 1,
      request: () => ({ method: 'GET', path: `${core}/pods` }),
    },
    {
      name: 'list a page of 500 Pods',
      count: 50,
      connections: 1,
      request: () => ({ method: 'GET', path: `${core}/pods?limit=500` }),
    },
    {
      name: "patch a Pod's labels, strategic merge",
      count: objects,
      request: i => ({
        method: 'PATCH',
        path: pod(i),
        body: `{"metadata":{"labels":{"patched":"v${i}"}}}`,
        contentType: strategic,
      }),
    },
    {
      name: "put a Pod's status",
      count: objects,
      request: i => ({ method: 'PUT', path: `${pod(i)}/status`, body: podText(i, pendingStatus) }),
    },
    {
      name: 'delete a Pod',
      count: objects,
      request: i => ({ method: 'DELETE', path: `${pod(i)}?gracePeriodSeconds=0` }),
    },
    {
      name: `delete a collection of ${objects} ConfigMaps`,
      count: 1,
      request: () => ({ method: 'DELETE', path: `${core}/configmaps` }),
    },
  ];
}

const pendingStatus = {
  phase: 'Pending',
  message: 'bench',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', lastProbeTime: null }],
};

/** An API server that is measured. */
interface Target {
  readonly access: ClusterAccess;
  /** Of it and its store. */
  readonly pids: readonly number[];
  readonly pool: readonly WireConnection[];
}

/** Opens the connections and makes the namespace. */
async function prepare(
  access: ClusterAccess,
  pids: readonly number[],
  connections: number,
  life: DisposableStack,
): Promise<Target> {
  const pool: WireConnection[] = [];
  for (let i = 0; i < connections; i++) pool.push(life.use(await WireConnection.open(access)));
  const body = JSON.stringify({ metadata: { name: namespace } });
  await pool[0]!.request({ method: 'POST', path: '/api/v1/namespaces', body });
  // Pods are refused until the namespace has its service account, which on a server alone nobody makes.
  const account = JSON.stringify({ metadata: { name: 'default' } });
  await pool[0]!.request({ method: 'POST', path: `${core}/serviceaccounts`, body: account });
  await load(pool, 200, () => ({ method: 'GET', path: '/version' }));
  return { access, pids, pool };
}

async function measure({ name, count, request, connections }: Workload, target: Target): Promise<Figure[]> {
  const before = usageOf(...target.pids);
  const begin = performance.now();
  const times = await load(target.pool.slice(0, connections), count, request);
  const seconds = (performance.now() - begin) / 1000;
  const after = usageOf(...target.pids);
  const cpuMicroseconds = ((after.cpuSeconds - before.cpuSeconds) * 1e6) / count;
  return [
    { what: `${name}, CPU of the servers`, unit: 'µs', value: round(cpuMicroseconds) },
    {
      what: name,
      unit: 'ops/s',
      value: round(count / seconds),
      more: { p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99), rssMib: round(after.rssMibMax) },
    },
  ];
}

/** One ConfigMap is updated while many watch it; each update waits for the last watcher of the one before. */
async function fanOut({ access, pids }: Target): Promise<Figure[]> {
  using life = new DisposableStack();
  const open = async () => life.use(await WireConnection.open(access));
  const writer = await open();
  const path = `${core}/configmaps`;
  await writer.request({ method: 'POST', path, body: configMapText('target', 'start') });
  const { body } = await writer.request({ method: 'GET', path: `${path}/target` });
  const { resourceVersion } = JSON.parse(body.toString()).metadata;
  let expected = '';
  let seen = 0;
  let all: PromiseWithResolvers<void> | undefined;
  for (let i = 0; i < watcherCount; i++) {
    let tail = '';
    (await open()).watch(`${path}?watch=1&resourceVersion=${resourceVersion}`, chunk => {
      const text = tail + chunk.toString('latin1');
      if (!text.includes(expected)) {
        tail = text.slice(-64);
        return;
      }
      tail = '';
      if (++seen === watcherCount) all?.resolve();
    });
  }
  await new Promise(resolve => setTimeout(resolve, 500));
  const times: number[] = [];
  const before = usageOf(...pids);
  const begin = performance.now();
  for (let i = 0; i < updateCount; i++) {
    expected = `"seq":"#${i}#"`;
    seen = 0;
    all = Promise.withResolvers();
    const started = performance.now();
    await writer.request({ method: 'PUT', path: `${path}/target`, body: configMapText('target', `#${i}#`) });
    await all.promise;
    times.push(performance.now() - started);
  }
  const seconds = (performance.now() - begin) / 1000;
  const cpu = usageOf(...pids).cpuSeconds - before.cpuSeconds;
  times.sort((a, b) => a - b);
  const what = `an update to ${watcherCount} watchers`;
  return [
    { what: `${what}, CPU of the servers`, unit: 'µs', value: round((cpu * 1e6) / updateCount) },
    {
      what,
      unit: 'ops/s',
      value: round(updateCount / seconds),
      more: { p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) },
    },
  ];
}

async function* run(args: readonly string[]): AsyncGenerator<Figure> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      objects: { type: 'string', default: '5000' },
      concurrency: { type: 'string', default: '64' },
      against: { type: 'string' },
      pids: { type: 'string', default: '' },
    },
  });
  await using cluster = await BenchCluster.create(0);
  const running = cluster.start();
  await running.said('Ready');
  using life = new DisposableStack();
  const connections = Number(values.concurrency);
  const own = await prepare(cluster.access(), [(await cluster.pid())!], connections, life);
  const other = values.against
    ? await prepare(accessIn(values.against), values.pids.split(',').map(Number), connections, life)
    : undefined;
  const works = workloads(Number(values.objects)).map(
    workload => (target: Target) => measure(workload, target),
  );
  for (const work of [...works, fanOut]) {
    const theirs = other && (await work(other));
    const ours = await work(own);
    yield* theirs ? ours.map((figure, i) => beside(figure, theirs[i]!)) : ours;
  }
  await running.stop();
}

function accessIn(path: string): ClusterAccess {
  return accessOf(parseKubeConfig(readFileSync(path, 'utf8')), file => readFileSync(file, 'utf8'));
}

function beside(figure: Figure, { value, more }: Figure): Figure {
  return { ...figure, other: { value, source: 'this run' }, more: { ...figure.more, other: more } };
}

export const apiBench = {
  name: 'api',
  summary:
    'Requests to a server of its own over TLS. --objects N, --concurrency N, and beside it a fresh server of others: ' +
    '--against KUBECONFIG --pids ITS,STORES',
  run,
};
