import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import {
  type Cluster,
  type Manager,
  type VirtualClock,
  configMaps,
  createManager,
  createVirtualClock,
  deployments,
  events,
  pods,
  SeededRandom,
  silentLog,
  startCluster,
} from 'coxswain';
import { websites } from './operator.ts';

/**
 * An operator's test: a whole cluster in this process, on virtual time, so that no test waits for real and every run
 * is the same. The operator is a client of it, as it is of a cluster in production.
 */
const namespace = 'default';
const hour = 3_600_000;

let clock: VirtualClock;
let cluster: Cluster;
let operator: Manager;

beforeEach(async () => {
  clock = createVirtualClock();
  cluster = await startCluster({ clock, seed: 1 });
  const { client } = cluster;
  operator = createManager({
    client,
    clock,
    random: new SeededRandom(2),
    log: silentLog,
    controllers: [websites],
  });
  await operator.start();
});

afterEach(async () => {
  await operator.stop();
  await cluster.stop();
});

function createSite(name: string, data: Record<string, string>) {
  const metadata = { namespace, name, labels: { 'example.com/website': 'true' } };
  return cluster.client.create(configMaps, { metadata, data });
}

async function readyReplicas(name: string): Promise<number | undefined> {
  const { items } = await cluster.client.list(deployments, namespace);
  return items.find(item => item.metadata.name === name)?.status?.readyReplicas;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  assert.ok(await clock.advanceUntil(condition, hour), 'not within an hour of virtual time');
}

test('a website is served by as many pods as it asks for, and follows when that changes', async () => {
  await createSite('docs', { replicas: '3' });
  await until(async () => (await readyReplicas('docs')) === 3);

  await cluster.client.patch(configMaps, namespace, 'docs', 'merge', { data: { replicas: '1' } });
  await until(async () => (await readyReplicas('docs')) === 1);
});

test('what somebody deletes comes back', async () => {
  await createSite('blog', {});
  await until(async () => (await readyReplicas('blog')) === 1);

  const { metadata } = await cluster.client.get(deployments, namespace, 'blog');
  await cluster.client.delete(deployments, namespace, 'blog');
  await until(async () => (await readyReplicas('blog')) === 1);
  assert.notEqual((await cluster.client.get(deployments, namespace, 'blog')).metadata.uid, metadata.uid);
});

test('a deleted website takes its Deployment and its pods with it', async () => {
  await createSite('gone', { replicas: '2' });
  await until(async () => (await readyReplicas('gone')) === 2);

  await cluster.client.delete(configMaps, namespace, 'gone');
  await until(async () => (await cluster.client.list(pods, namespace)).items.length === 0);
  assert.equal((await cluster.client.list(deployments, namespace)).items.length, 0);
});

test('a mistake is told in an event, and nothing is made of it', async () => {
  await createSite('wrong', { replicas: 'many' });
  const told = async () => (await cluster.client.list(events, namespace)).items;
  await until(async () => (await told()).some(event => event.reason === 'BadReplicas'));
  assert.equal((await cluster.client.list(deployments, namespace)).items.length, 0);
});
