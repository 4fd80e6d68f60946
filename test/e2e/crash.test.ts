import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { configMaps } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { SeededRandom } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import { eventually, skipReason, TestCluster } from './harness.ts';
import { containerProcesses } from './host-traces.ts';

/**
 * The server is killed under write load, again and again: what it acknowledged is there, and what ran runs on.
 * CRASH_ROUNDS and CRASH_SEED choose how often and when.
 */

const skip = await skipReason();
const rounds = Number(process.env.CRASH_ROUNDS ?? 5);
const seed = Number(process.env.CRASH_SEED ?? process.pid);
const writers = 8;
let cluster: TestCluster;

before(async () => {
  if (!skip) cluster = await TestCluster.start('crash');
});

after(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

/** What was acknowledged: the last value of each object, and what was deleted. */
type Acknowledged = Map<string, { value: number; doubtful: number | undefined }>;

/** Creates, updates and deletes until the server is gone; notes what was answered and what was under way. */
async function write(client: Client, prefix: string, acknowledged: Acknowledged): Promise<void> {
  const object = (name: string, value: number) => ({
    metadata: { name, namespace: 'default', labels: { crash: 'yes' } },
    data: { value: String(value) },
  });
  for (let i = 0; ; i++) {
    const name = `${prefix}-${i}`;
    const entry: { value: number; doubtful: number | undefined } = { value: 0, doubtful: undefined };
    acknowledged.set(name, entry);
    for (let value = 1; value <= 3; value++) {
      entry.doubtful = value;
      try {
        if (value === 1) await client.create(configMaps, object(name, value));
        else await client.update(configMaps, object(name, value));
      } catch {
        return;
      }
      entry.value = value;
      entry.doubtful = undefined;
    }
  }
}

async function runningPods(): Promise<string[]> {
  const { items } = await cluster.json<{ items: Pod[] }>('get', 'pods');
  return items.map(({ metadata, status }) => {
    const [container] = status?.containerStatuses ?? [];
    return `${metadata.uid} ${container?.containerID} restarts ${container?.restartCount} ready ${container?.ready}`;
  });
}

test('kill -9 loses no acknowledged write, and containers run on', { skip }, async t => {
  t.diagnostic(`CRASH_SEED=${seed} CRASH_ROUNDS=${rounds}`);
  const random = new SeededRandom(seed);
  await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: steady}
spec:
  replicas: 3
  selector: {matchLabels: {app: steady}}
  template:
    metadata: {labels: {app: steady}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: c
        image: e2e:1
        args: [-c, "exec httpd -f -p 8080"]
        livenessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
        readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
`);
  await cluster.ok('rollout', 'status', 'deploy/steady', '--timeout=60s');
  const pods = await runningPods();
  const processes = await containerProcesses(cluster);
  assert.equal(pods.length, 3);
  let writes = 0;
  for (let round = 0; round < rounds; round++) {
    const acknowledged: Acknowledged = new Map();
    using client = await cluster.client();
    const { pid } = await cluster.server();
    const writing = Array.from({ length: writers }, (_, i) => write(client, `r${round}-w${i}`, acknowledged));
    await delay(50 + random.next() * 1_000);
    process.kill(pid, 'SIGKILL');
    await Promise.all(writing);
    assert.deepEqual(await containerProcesses(cluster), processes, `round ${round}: killed`);
    await cluster.up();
    writes += [...acknowledged.values()].reduce((sum, entry) => sum + entry.value, 0);
    await isAllThere(acknowledged, round);
    await eventually(async () => assert.deepEqual(await runningPods(), pods, `round ${round}`));
    assert.deepEqual(await containerProcesses(cluster), processes, `round ${round}: adopted`);
  }
  t.diagnostic(`${writes} writes acknowledged`);
  assert.ok(writes > rounds);
  await cluster.ok('scale', 'deploy/steady', '--replicas=1');
  await eventually(async () => assert.equal((await runningPods()).length, 1));
});

async function isAllThere(acknowledged: Acknowledged, round: number): Promise<void> {
  using client = await cluster.client();
  const { items } = await client.list(configMaps, 'default', { labelSelector: 'crash=yes' });
  const found = new Map(items.map(item => [item.metadata.name!, Number(item.data?.value)]));
  for (const [name, { value, doubtful }] of acknowledged) {
    // What was under way may or may not have been done.
    const actual = found.get(name) ?? 0;
    assert.ok(actual === value || actual === doubtful, `round ${round}: ${name} is ${actual}, not ${value}`);
  }
  await client.deleteCollection(configMaps, 'default', { labelSelector: 'crash=yes' });
}
