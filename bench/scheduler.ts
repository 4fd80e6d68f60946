import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { parseArgs } from 'node:util';
import {
  namespaces as namespacesRef,
  nodes,
  pods,
  priorityClasses,
  serviceAccounts,
  services,
} from '#api/generated/refs.ts';
import type { Node, Pod } from '#api/generated/types/core.v1.ts';
import { createAuthorities, createPki } from '#apiserver/pki/pki.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import type { Transport } from '#client/transport.ts';
import { ControlPlane } from '#main/control-plane.ts';
import { systemClock } from '#main/system.ts';
import { decide, type NoPlacement } from '#scheduler/decide.ts';
import type { Framework } from '#scheduler/framework.ts';
import { type PodInfo, podInfo } from '#scheduler/framework/pod-info.ts';
import { NodeTable } from '#scheduler/node-table.ts';
import { runPostFilters } from '#scheduler/post-filter.ts';
import { createFramework, defaultProfile } from '#scheduler/profile.ts';
import { pluginContext } from '#scheduler/testing.ts';
import { SqliteStore } from '#store/sqlite/sqlite-store.ts';
import { type Figure, percentile, round } from './figures.ts';
import { meterStalls } from './loop-stall.ts';
import {
  type Churn,
  namespaces,
  nodeOf,
  nodesOf,
  podCount,
  podsOf,
  priorityClass,
  type Workload,
  workloads,
} from './scheduler-workloads.ts';

/** Requests in flight while pods and nodes are made: upstream's own number. */
const makers = 30;

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const maker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: makers }, maker));
}

/** Makes a node ready for pods, as no kubelet and no controller is there to do it. */
async function join(client: Client, { status, ...node }: Node): Promise<void> {
  const name = node.metadata.name!;
  await client.create(nodes, node);
  await client.patch(nodes, '', name, 'merge', { status }, { subresource: 'status' });
  await client.patch(nodes, '', name, 'merge', { spec: { taints: null } });
}

function counted(transport: Transport, counts: Map<string, number>): Transport {
  return {
    ...transport,
    watch: (request, handler) => transport.watch(request, handler),
    stream: request => transport.stream(request),
    request: request => {
      const [resource, , subresource] = request.path.split('/').slice(5);
      const what = `${request.method} ${[resource, subresource].filter(Boolean).join('/')}`;
      counts.set(what, (counts.get(what) ?? 0) + 1);
      return transport.request(request);
    },
  };
}

/** An API server on a SQLite store, and the scheduler, in this process. As upstream's: no controllers, no kubelets. */
class Bed implements AsyncDisposable {
  readonly client: Client;
  /** What the scheduler has asked of the API server, by method and (sub)resource. */
  readonly requests: Map<string, number>;
  readonly #owned: AsyncDisposableStack;
  readonly #bound = new Set<string>();
  #expected: { prefix: string; count: number; seen: number; done: () => void } | undefined;

  private constructor(plane: ControlPlane, requests: Map<string, number>, owned: AsyncDisposableStack) {
    this.client = plane.client;
    this.requests = requests;
    this.#owned = owned;
    const count = (pod: Pod) => {
      if (!pod.spec?.nodeName || this.#bound.has(pod.metadata.name!)) return;
      this.#bound.add(pod.metadata.name!);
      const expected = this.#expected;
      if (!expected || !pod.metadata.name!.startsWith(expected.prefix)) return;
      if (++expected.seen === expected.count) expected.done();
    };
    plane.informers.informer(pods).on({ added: count, updated: count });
  }

  static async start(): Promise<Bed> {
    await using owned = new AsyncDisposableStack();
    const folder = await mkdtemp(joinPath(tmpdir(), 'coxswain-bench-'));
    owned.defer(() => rm(folder, { recursive: true, force: true }));
    const seams = { clock: systemClock, random: new SeededRandom(1), log: silentLog };
    const store = owned.use(await SqliteStore.open({ path: joinPath(folder, 'state.db'), ...seams }));
    const existing = createAuthorities(systemClock);
    const pki = () =>
      createPki({ clock: systemClock, nodeName: 'bench', nodeIps: [], serviceIp: '10.96.0.1', existing });
    const requests = new Map<string, number>();
    const plane = owned.use(
      await ControlPlane.start({
        wrapTransport: (transport, component) =>
          component === 'scheduler' ? counted(transport, requests) : transport,
        store,
        ...seams,
        pki,
        rootCa: existing['ca.crt']!,
        serviceCidrs: ['10.96.0.0/16'],
        controllers: [],
      }),
    );
    await plane.run();
    return new Bed(plane, requests, owned.move());
  }

  async furnish(workload: Workload, nodeCount: number): Promise<void> {
    const { client } = this;
    await client.create(priorityClasses, {
      metadata: { name: priorityClass.name },
      value: priorityClass.value,
    });
    for (const name of namespaces) {
      await client.create(namespacesRef, { metadata: { name } });
      const account = { metadata: { namespace: name, name: 'default' }, automountServiceAccountToken: false };
      await client.create(serviceAccounts, account);
    }
    await inParallel(nodesOf(workload, nodeCount), node => join(client, node));
  }

  /** Creates pods; resolves when all of them are bound, or for pods that will not be, when they are made. */
  async place(batch: readonly Pod[]): Promise<{ createdSeconds: number; seconds: number }> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const name = batch[0]!.metadata.name!;
    const prefix = name.slice(0, name.lastIndexOf('-') + 1);
    const held = (batch[0]!.spec?.schedulingGates ?? []).length > 0;
    this.#expected = { prefix, count: batch.length, seen: 0, done: resolve };
    const begin = performance.now();
    await inParallel(batch, pod => this.client.create(pods, pod));
    const created = performance.now();
    if (!held) await promise;
    return { createdSeconds: (created - begin) / 1000, seconds: (performance.now() - begin) / 1000 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}

/** Makes what a workload has going on beside; dispose to stop. */
function churning(client: Client, { everyMs, template, recreate }: Churn): AsyncDisposable {
  let made = 0;
  let last = Promise.resolve();
  const step = async () => {
    const i = made++;
    const round = recreate ? Math.floor(i / 2) : i;
    const pod = { ...podsOf(template, round + 1, 'churn')[round]! };
    const { namespace = '', name = '' } = pod.metadata;
    const node = nodeOf(`churn-${round}`, undefined, '110');
    const service = { metadata: { namespace, name: `churn-${round}` }, spec: { ports: [{ port: 80 }] } };
    if (recreate && i % 2 === 1) {
      await client.delete(nodes, '', node.metadata.name!);
      await client.delete(pods, namespace, name);
      await client.delete(services, namespace, service.metadata.name);
      return;
    }
    if (recreate) {
      await join(client, node);
      await client.create(services, service as object);
    }
    await client.create(pods, pod);
  };
  const timer = setInterval(() => {
    last = last.then(step);
  }, everyMs);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await last;
    },
  };
}

function deleting(client: Client, batch: readonly Pod[], perSecond: number): AsyncDisposable {
  const left = batch.values();
  let last: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    const pod = left.next().value;
    if (!pod) return;
    const { namespace = '', name = '' } = pod.metadata;
    last = client.delete(pods, namespace, name);
  }, 1000 / perSecond);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await last;
    },
  };
}

/** Pods created until all are bound, through the API server, each write durable before it is answered. */
async function benchWorkload(workload: Workload, nodeCount: number, measured: number): Promise<Figure> {
  await using bed = await Bed.start();
  const { client } = bed;
  await bed.furnish(workload, nodeCount);
  await using beside = new AsyncDisposableStack();
  for (const { template, perNode } of workload.init) {
    const batch = podsOf(template, podCount(perNode, nodeCount), 'init');
    await bed.place(batch);
    const { deletedPerSecond } = workload;
    if (deletedPerSecond && template === workload.measured) {
      beside.use(deleting(client, batch, deletedPerSecond));
    }
  }
  if (workload.churn) beside.use(churning(client, workload.churn));
  const before = process.cpuUsage();
  bed.requests.clear();
  using stalls = meterStalls();
  const { seconds, createdSeconds } = await bed.place(podsOf(workload.measured, measured, 'measured'));
  const longestStall = stalls.take();
  const cpu = process.cpuUsage(before);
  const more = {
    pods: measured,
    createdSeconds: round(createdSeconds),
    boundSeconds: round(seconds),
    cpuMicrosecondsPerPod: round((cpu.user + cpu.system) / measured),
    requests: Object.fromEntries(bed.requests),
    longestStall,
  };
  return {
    what: `${workload.name}, ${nodeCount} nodes`,
    unit: 'pods/s',
    value: round(measured / seconds),
    more,
  };
}

/** Frees a node for a pod at once, and promises it; whether there is one. */
function preempt(
  framework: Framework,
  table: NodeTable,
  info: PodInfo,
  { postFilterInput }: NoPlacement,
): boolean {
  const freed = postFilterInput && runPostFilters(framework, postFilterInput).freed;
  if (!freed) return false;
  table.nominate(info, freed.nodeName);
  for (const { uid } of freed.victims) table.free(uid);
  return true;
}

/** Decisions alone: no API server, no writes, nothing beside. */
function benchDecisions(workload: Workload, nodeCount: number, measured: number): Figure {
  const random = new SeededRandom(1);
  const plugins = defaultProfile.plugins.filter(plugin => plugin !== 'DefaultBinder');
  const framework = createFramework({ ...defaultProfile, plugins }, pluginContext({ random }));
  const table = new NodeTable(() => ({}));
  for (const node of nodesOf(workload, nodeCount)) table.setNode(node);
  let start = 0;
  let placed = 0;
  const decideOne = (pod: Pod) => {
    const info = podInfo(pod);
    const judge = () => {
      const { verdict, nextStart } = decide(framework, table, info, random, start);
      start = nextStart;
      return verdict;
    };
    let verdict = judge();
    if (verdict.type === 'unfit' && preempt(framework, table, info, verdict)) verdict = judge();
    if (verdict.type !== 'fits') return;
    table.removeNomination(info.uid);
    table.assume(info, verdict.nodeName);
    placed++;
  };
  for (const { template, perNode } of workload.init) {
    for (const pod of podsOf(template, podCount(perNode, nodeCount), 'init')) decideOne(pod);
  }
  const waiting = podsOf(workload.measured, measured, 'measured');
  const times: number[] = [];
  placed = 0;
  const cpuBefore = process.cpuUsage();
  const begin = performance.now();
  for (const pod of waiting) {
    const before = performance.now();
    decideOne(pod);
    times.push(performance.now() - before);
  }
  const seconds = (performance.now() - begin) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  times.sort((a, b) => a - b);
  return {
    what: `${workload.name}, ${nodeCount} nodes, decisions alone`,
    unit: 'pods/s',
    value: round(measured / seconds),
    more: {
      pods: measured,
      placed,
      cpuMicrosecondsPerPod: round((cpu.user + cpu.system) / measured),
      p50Ms: percentile(times, 0.5),
      p99Ms: percentile(times, 0.99),
    },
  };
}

async function* run(args: readonly string[]): AsyncGenerator<Figure> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string', multiple: true, default: ['500', '5000'] },
      pods: { type: 'string' },
      workload: { type: 'string', multiple: true, default: workloads.map(({ name }) => name) },
      part: { type: 'string', multiple: true, default: ['decisions', 'cluster'] },
    },
  });
  for (const nodeCount of values.nodes.map(Number)) {
    for (const workload of workloads.filter(({ name }) => values.workload.includes(name))) {
      const measured = Number(values.pods ?? podCount(workload.measuredPerNode, nodeCount));
      if (values.part.includes('decisions')) yield benchDecisions(workload, nodeCount, measured);
      if (values.part.includes('cluster')) yield await benchWorkload(workload, nodeCount, measured);
    }
  }
}

export const schedulerBench = {
  name: 'scheduler',
  summary:
    "Workloads of upstream's scheduler_perf. --workload NAME, --nodes N, --pods N, --part decisions|cluster",
  run,
};
