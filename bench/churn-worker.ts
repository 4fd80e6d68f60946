import { parentPort, workerData } from 'node:worker_threads';
import type { ClusterAccess } from '#client/kubeconfig.ts';
import { configMapText, namespace, podText } from './objects.ts';
import { WireConnection, load } from './wire.ts';

/** Fills the cluster, says so, and then writes at an even pace until it is ended. */
export interface ChurnTask {
  readonly objects: number;
  readonly watchers: number;
  readonly writesPerSecond: number;
}

const { access, task } = workerData as { access: ClusterAccess; task: ChurnTask };
const core = `/api/v1/namespaces/${namespace}`;
const connectionCount = 64;

async function fill(connections: readonly WireConnection[]): Promise<void> {
  const body = JSON.stringify({ metadata: { name: namespace } });
  await connections[0]!.request({ method: 'POST', path: '/api/v1/namespaces', body });
  await load(connections, task.objects, i => ({ method: 'POST', path: `${core}/pods`, body: podText(i) }));
  for (let i = 0; i < task.watchers; i++) {
    const connection = await WireConnection.open(access);
    connection.watch(`${core}/configmaps?watch=1`, () => {});
  }
}

/** Each round: every watcher hears of a ConfigMap, and a Pod gets a status, another goes and comes again. */
async function churn(connection: WireConnection): Promise<void> {
  const target = `${core}/configmaps/target`;
  for (let i = 0; ; i++) {
    const pod = `${core}/pods/pod-${i % task.objects}`;
    await connection.request({ method: 'PUT', path: target, body: configMapText('target', String(i)) });
    const status = podText(i % task.objects, { phase: 'Running', message: `round ${i}` });
    await connection.request({ method: 'PUT', path: `${pod}/status`, body: status });
    await connection.request({ method: 'DELETE', path: pod });
    await connection.request({ method: 'POST', path: `${core}/pods`, body: podText(i % task.objects) });
    await new Promise(resolve => setTimeout(resolve, 4_000 / task.writesPerSecond));
  }
}

const connections: WireConnection[] = [];
for (let i = 0; i < connectionCount; i++) connections.push(await WireConnection.open(access));
await fill(connections);
const make = { method: 'POST', path: `${core}/configmaps`, body: configMapText('target', '') };
await connections[0]!.request(make);
parentPort!.postMessage('ready');
await churn(connections[0]!);
