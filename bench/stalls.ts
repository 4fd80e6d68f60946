import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { accessOf, parseKubeConfig } from '#client/kubeconfig.ts';
import { startCluster } from '#main/embedded.ts';
import { type Figure, stallFigure } from './figures.ts';
import { meterStalls } from './loop-stall.ts';
import { configMapText, namespace, podText } from './objects.ts';
import type { StallTask } from './stalls-worker.ts';
import type { WireRequest } from './wire.ts';

const core = `/api/v1/namespaces/${namespace}`;
const watcherCount = 200;

interface Phase {
  readonly name: string;
  readonly task: StallTask;
}

function one(request: WireRequest, accept?: string): StallTask {
  return { requests: [{ ...request, ...(accept ? { accept } : {}) }], connections: 1, watchers: 0 };
}

function get(path: string, accept?: string): StallTask {
  return one({ method: 'GET', path }, accept);
}

function many(count: number, request: (i: number) => WireRequest): StallTask {
  return { requests: Array.from({ length: count }, (_, i) => request(i)), connections: 64, watchers: 0 };
}

function phases(objects: number): Phase[] {
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const protobuf = 'application/vnd.kubernetes.protobuf';
  const v2 = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
  return [
    { name: 'the first /openapi/v2 as protobuf', task: get('/openapi/v2', v2) },
    { name: 'the first /openapi/v2 as JSON', task: get('/openapi/v2') },
    { name: 'the first /openapi/v3', task: get('/openapi/v3') },
    { name: 'the first /openapi/v3/apis/apps/v1', task: get('/openapi/v3/apis/apps/v1') },
    { name: 'the first discovery', task: get('/apis') },
    {
      name: 'create the namespace',
      task: one({
        method: 'POST',
        path: '/api/v1/namespaces',
        body: JSON.stringify({ metadata: { name: namespace } }),
      }),
    },
    {
      name: `create ${objects} Pods`,
      task: many(objects, i => ({ method: 'POST', path: `${core}/pods`, body: podText(i) })),
    },
    { name: `list ${objects} Pods`, task: get(`${core}/pods`) },
    { name: `list ${objects} Pods again`, task: get(`${core}/pods`) },
    { name: `list ${objects} Pods by label`, task: get(`${core}/pods?labelSelector=tier%3Dfront`) },
    { name: `list ${objects} Pods as a table`, task: get(`${core}/pods`, table) },
    { name: `list ${objects} Pods as protobuf`, task: get(`${core}/pods`, protobuf) },
    {
      name: `watch ${objects} Pods from the start`,
      task: { ...get(`${core}/pods?limit=1`), watchers: 1, watchPath: `${core}/pods?watch=1` },
    },
    {
      name: `${watcherCount} watchers of an update`,
      task: {
        requests: Array.from({ length: 20 }, (_, i) => ({
          method: 'PUT',
          path: `${core}/configmaps/target`,
          body: configMapText('target', String(i)),
        })),
        connections: 1,
        watchers: watcherCount,
        watchPath: `${core}/configmaps?watch=1`,
      },
    },
    {
      name: `delete a collection of ${objects} Pods`,
      task: one({ method: 'DELETE', path: `${core}/pods?gracePeriodSeconds=0` }),
    },
    {
      name: `create ${objects} ConfigMaps`,
      task: many(objects, i => ({
        method: 'POST',
        path: `${core}/configmaps`,
        body: configMapText(`cm-${i}`, ''),
      })),
    },
    {
      name: `delete the namespace of ${objects} ConfigMaps`,
      task: {
        ...one({ method: 'DELETE', path: `/api/v1/namespaces/${namespace}` }),
        untilGone: `/api/v1/namespaces/${namespace}`,
      },
    },
  ];
}

/** What makes the server's event loop late; clients are in another thread, so only the server's work counts. */
async function* run(args: readonly string[]): AsyncGenerator<Figure> {
  const { values } = parseArgs({
    args: [...args],
    options: { objects: { type: 'string', default: '5000' } },
  });
  await using cluster = await startCluster({ nodes: 0 });
  const access = accessOf(parseKubeConfig(await cluster.kubeconfig()), () => '');
  const worker = new Worker(new URL('./stalls-worker.ts', import.meta.url), { workerData: access });
  await once(worker, 'message');
  using stalls = meterStalls();
  for (const { name, task } of phases(Number(values.objects))) {
    await new Promise(resolve => setTimeout(resolve, 200));
    stalls.take();
    worker.postMessage(task);
    await once(worker, 'message');
    yield stallFigure(name, stalls.take());
  }
  await worker.terminate();
}

export const stallsBench = {
  name: 'stalls',
  summary: "How late the server's event loop gets, request by request. --objects N",
  run,
};
