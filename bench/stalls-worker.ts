import { parentPort, workerData } from 'node:worker_threads';
import type { ClusterAccess } from '#client/kubeconfig.ts';
import { WireConnection, type WireRequest } from './wire.ts';

/** What the thread is to do next; it says so when all answers are there. */
export interface StallTask {
  readonly requests: readonly WireRequest[];
  readonly connections: number;
  /** How many watch `watchPath` meanwhile. */
  readonly watchers: number;
  readonly watchPath?: string;
  /** The task is done when this is not found any more. */
  readonly untilGone?: string;
}

const settleMs = 300;
const access = workerData as ClusterAccess;

async function perform({ requests, connections, watchers, watchPath, untilGone }: StallTask): Promise<void> {
  using life = new DisposableStack();
  const pool: WireConnection[] = [];
  for (let i = 0; i < connections; i++) pool.push(life.use(await WireConnection.open(access)));
  for (let i = 0; i < watchers; i++) life.use(await WireConnection.open(access)).watch(watchPath!, () => {});
  let next = 0;
  const drive = async (connection: WireConnection) => {
    for (let i = next++; i < requests.length; i = next++) await connection.request(requests[i]!);
  };
  await Promise.all(pool.map(drive));
  if (watchers > 0) await new Promise(resolve => setTimeout(resolve, settleMs));
  if (untilGone === undefined) return;
  while ((await pool[0]!.request({ method: 'GET', path: untilGone })).status !== 404) {
    await new Promise(resolve => setTimeout(resolve, settleMs));
  }
}

parentPort!.on('message', (task: StallTask) => {
  void perform(task).then(() => parentPort!.postMessage('done'));
});
parentPort!.postMessage('ready');
