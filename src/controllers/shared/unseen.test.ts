import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  configMaps,
  persistentVolumeClaims,
  pods,
  secrets,
  serviceAccounts,
  statefulSets,
} from '#api/generated/refs.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import type { Client } from '#client/client.ts';
import { orNotFound } from '#client/retry.ts';
import type { Transport } from '#client/transport.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { startCluster } from '#main/embedded.ts';
import { template } from '#test/controllers.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

/** A transport whose watches tell nothing of such objects, as if each came and went in a gap. */
function without(hidden: (object: KubeObject) => boolean): (transport: Transport) => Transport {
  return transport => ({
    request: request => transport.request(request),
    stream: request => transport.stream(request),
    watch: (request, handler) =>
      transport.watch(request, {
        event: event => {
          if (!hidden(event.object)) handler.event(event);
        },
        end: error => handler.end(error),
      }),
  });
}

interface Stage {
  readonly client: Client;
  readonly get: <T extends KubeObject>(ref: ResourceRef<T>, name: string) => Promise<T | undefined>;
  readonly until: (condition: () => Promise<boolean>) => Promise<void>;
}

async function start(t: TestContext, hidden: (object: KubeObject) => boolean): Promise<Stage> {
  const clock = new VirtualClock(settle);
  const cluster = await startCluster({ clock, seed: 1, nodes: 0, wrapTransport: without(hidden) });
  t.after(() => cluster.stop());
  const { client } = cluster;
  const get = <T extends KubeObject>(ref: ResourceRef<T>, name: string) =>
    orNotFound(client.get(ref, 'default', name));
  const until = async (condition: () => Promise<boolean>) =>
    assert.ok(await clock.advanceUntil(condition, 120_000), 'not within two minutes');
  await until(async () => (await get(serviceAccounts, 'default')) !== undefined);
  return { client, get, until };
}

test('the token of an account that came and went unseen goes too', async t => {
  const { client, get, until } = await start(
    t,
    ({ metadata, kind }) => kind === 'ServiceAccount' && metadata.name === 'brief',
  );
  const place = { namespace: 'default', name: 'brief' };
  await client.create(serviceAccounts, { metadata: place });
  const annotations = { 'kubernetes.io/service-account.name': 'brief' };
  const type = 'kubernetes.io/service-account-token';
  await client.create(secrets, { metadata: { ...place, annotations }, type });
  await until(async () => Boolean((await get(secrets, 'brief'))?.data?.token));
  await client.delete(serviceAccounts, 'default', 'brief');
  await until(async () => (await get(secrets, 'brief')) === undefined);
});

test('a default account that came and went unseen comes again', async t => {
  const { client, get, until } = await start(t, ({ kind }) => kind === 'ServiceAccount');
  await client.delete(serviceAccounts, 'default', 'default');
  await until(async () => (await get(serviceAccounts, 'default')) !== undefined);
});

test('a root certificate that came and went unseen comes again', async t => {
  const name = 'kube-root-ca.crt';
  const { client, get, until } = await start(t, ({ metadata }) => metadata.name === name);
  await until(async () => (await get(configMaps, name)) !== undefined);
  await client.delete(configMaps, 'default', name);
  await until(async () => (await get(configMaps, name)) !== undefined);
});

test('a claim goes when the pod that kept it went unseen', async t => {
  const { client, get, until } = await start(t, ({ kind }) => kind === 'Pod');
  const place = { namespace: 'default', name: 'data' };
  const resources = { requests: { storage: '1Gi' } };
  await client.create(persistentVolumeClaims, {
    metadata: place,
    spec: { accessModes: ['ReadWriteOnce'], resources, storageClassName: 'none' },
  });
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  const { spec } = template('user', 'app:1', { volumes });
  await client.create(pods, { metadata: { namespace: 'default', name: 'user' }, spec: spec! });
  await client.delete(persistentVolumeClaims, 'default', 'data');
  assert.ok(await get(persistentVolumeClaims, 'data'));
  await client.delete(pods, 'default', 'user', { gracePeriodSeconds: 0 });
  await until(async () => (await get(persistentVolumeClaims, 'data')) === undefined);
});

test('a pod of a StatefulSet that came and went unseen is made again', async t => {
  let hides = true;
  const { client, get, until } = await start(
    t,
    ({ metadata, kind }) => hides && kind === 'Pod' && metadata.name === 'db-0',
  );
  const selector = { matchLabels: { app: 'db' } };
  await client.create(statefulSets, {
    metadata: { namespace: 'default', name: 'db' },
    spec: { replicas: 1, serviceName: 'db', selector, template: template('db') },
  });
  await until(async () => (await get(pods, 'db-0')) !== undefined);
  const { uid } = (await get(pods, 'db-0'))!.metadata;
  await client.delete(pods, 'default', 'db-0', { gracePeriodSeconds: 0 });
  hides = false;
  await until(async () => {
    const again = await get(pods, 'db-0');
    return again !== undefined && again.metadata.uid !== uid;
  });
});
