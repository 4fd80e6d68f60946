import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, pods, secrets, serviceAccounts } from '#api/generated/refs.ts';
import { toRfc3339 } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { orNotFound } from '#client/retry.ts';
import { createVirtualClock } from '#main/virtual-time.ts';
import { createManager } from '#runtime/manager.ts';
import { type TestCluster, testCluster } from '#test/controllers.ts';
import { legacyServiceAccountTokenCleaner } from './controller.ts';

const namespace = 'default';
const dayMs = 24 * 3_600_000;
const names = ['unused', 'mounted', 'recent', 'own'];

const tracking = 'kube-apiserver-legacy-service-account-token-tracking';

async function world(t: Parameters<typeof testCluster>[0], since: string): Promise<TestCluster> {
  const cluster = await testCluster(t, undefined, {
    nodes: 0,
    account: false,
    controllers: [],
  });
  const { client } = cluster;
  await client.create(serviceAccounts, {
    metadata: { namespace, name: 'robot' },
    secrets: names.filter(name => name !== 'own').map(name => ({ name })),
  });
  for (const name of names) {
    await client.create(secrets, {
      metadata: { namespace, name, annotations: { 'kubernetes.io/service-account.name': 'robot' } },
      type: 'kubernetes.io/service-account-token',
    });
  }
  await client.create(serviceAccounts, { metadata: { namespace, name: 'default' } });
  await client.create(pods, {
    metadata: { namespace, name: 'p' },
    spec: {
      containers: [{ name: 'main', image: 'i' }],
      volumes: [{ name: 'token', secret: { secretName: 'mounted' } }],
    },
  });
  const isTracked = async () =>
    (await orNotFound(client.get(configMaps, 'kube-system', tracking))) !== undefined;
  await cluster.until('use is followed', isTracked);
  await client.patch(configMaps, 'kube-system', tracking, 'merge', { data: { since } });
  return cluster;
}

const labelsOf = async ({ client }: TestCluster, name: string) =>
  (await orNotFound(client.get(secrets, namespace, name)))?.metadata.labels;
const invalid = 'kubernetes.io/legacy-token-invalid-since';

/** The controller, as it runs `days` after the objects were made: years of a whole cluster would take too long. */
async function runAfter({ client, clock }: TestCluster, days: number): Promise<void> {
  const later = createVirtualClock(clock.now() + days * dayMs);
  const controllers = [legacyServiceAccountTokenCleaner];
  const seams = { clock: later, random: new SeededRandom(1), log: silentLog };
  const manager = createManager({ client, ...seams, controllers });
  const started = manager.start();
  for (let turns = 0; turns < 3; turns++) {
    await clock.advance(1_000);
    await later.advance(1_000);
  }
  await started;
  await manager.stop();
}

test('a token that nobody has used for a year is marked, and deleted after another', async t => {
  const cluster = await world(t, '2020-01-01');
  const { client, clock } = cluster;
  await runAfter(cluster, 360);
  assert.equal((await labelsOf(cluster, 'unused'))?.[invalid], undefined);
  const lastUsed = toRfc3339(clock.now() + 300 * dayMs).slice(0, 10);
  await client.patch(secrets, namespace, 'recent', 'merge', {
    metadata: { labels: { 'kubernetes.io/legacy-token-last-used': lastUsed } },
  });
  await runAfter(cluster, 367);
  assert.equal(
    (await labelsOf(cluster, 'unused'))![invalid],
    toRfc3339(clock.now() + 367 * dayMs).slice(0, 10),
  );
  for (const name of ['mounted', 'recent', 'own']) {
    assert.equal((await labelsOf(cluster, name))?.[invalid], undefined, name);
  }
  await runAfter(cluster, 367 + 365);
  assert.ok(await labelsOf(cluster, 'unused'));
  await runAfter(cluster, 367 + 366);
  const left = (await client.list(secrets, namespace)).items.map(({ metadata }) => metadata.name!);
  assert.deepEqual(left.sort(), ['mounted', 'own', 'recent']);
});

test('nothing is marked before the use of tokens has been followed for a year', async t => {
  const clock = createVirtualClock();
  const cluster = await world(t, toRfc3339(clock.now() + 100 * dayMs).slice(0, 10));
  await runAfter(cluster, 400);
  assert.equal((await labelsOf(cluster, 'unused'))?.[invalid], undefined);
});
