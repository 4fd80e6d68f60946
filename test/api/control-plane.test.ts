import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { configMaps, endpointSlices, endpoints, leases, serviceCIDRs } from '#api/generated/refs.ts';
import { WiredCluster } from './wire.ts';

describe('what a cluster tells of its control plane', () => {
  let wired: WiredCluster;
  before(async () => {
    wired = await WiredCluster.start();
  });
  after(() => wired[Symbol.asyncDispose]());

  async function until<T>(ask: () => Promise<T | undefined | false>): Promise<T> {
    for (let tries = 0; tries < 500; tries++) {
      const found = await ask();
      if (found) return found;
      await sleep(20);
    }
    throw new Error('timed out');
  }

  test('the API server is where its endpoints say', async () => {
    const { client } = wired.cluster;
    const { subsets } = await client.get(endpoints, 'default', 'kubernetes');
    assert.equal(subsets?.[0]?.ports?.[0]?.port, wired.port);
    const slice = await client.get(endpointSlices, 'default', 'kubernetes');
    assert.deepEqual(slice.endpoints?.[0]?.addresses, [subsets?.[0]?.addresses?.[0]?.ip]);
    const { serverAddressByClientCIDRs } = (await wired.send({ path: '/api' })).json as unknown as {
      serverAddressByClientCIDRs: { serverAddress: string }[];
    };
    assert.equal(
      serverAddressByClientCIDRs[0]!.serverAddress,
      `${subsets?.[0]?.addresses?.[0]?.ip}:${wired.port}`,
    );
  });

  test('the range of Service addresses is there, and ready', async () => {
    const { client } = wired.cluster;
    const range = await until(async () => {
      const found = await client.get(serviceCIDRs, '', 'kubernetes');
      return found.status?.conditions ? found : undefined;
    });
    assert.deepEqual(range.spec?.cidrs, ['10.96.0.0/16']);
    assert.deepEqual(
      range.status!.conditions!.map(({ type, status }) => [type, status]),
      [['Ready', 'True']],
    );
  });

  test('pods and extension API servers find the authorities', async () => {
    const { client } = wired.cluster;
    const root = await until(() =>
      client.get(configMaps, 'default', 'kube-root-ca.crt').catch(() => undefined),
    );
    assert.equal(root.data!['ca.crt'], wired.tls.ca);
    const { data } = await client.get(configMaps, 'kube-system', 'extension-apiserver-authentication');
    assert.equal(data!['client-ca-file'], wired.tls.ca);
    assert.match(data!['requestheader-client-ca-file']!, /BEGIN CERTIFICATE/);
    assert.equal(data!['requestheader-allowed-names'], '["front-proxy-client"]');
  });

  test('a lease says that the server lives', async () => {
    const { client } = wired.cluster;
    const labelSelector = 'apiserver.kubernetes.io/identity=kube-apiserver';
    const lease = await until(
      async () => (await client.list(leases, 'kube-system', { labelSelector })).items[0],
    );
    assert.match(lease.metadata.name!, /^apiserver-[a-z0-9]{26}$/);
    assert.equal(lease.spec?.leaseDurationSeconds, 3_600);
    assert.ok(lease.spec?.holderIdentity?.startsWith(`${lease.metadata.name}_`));
  });

  test('component statuses are asked for when they are read', async () => {
    const { status, json } = await wired.send({ path: '/api/v1/componentstatuses' });
    assert.equal(status, 200);
    const items = json.items as { metadata: { name: string }; conditions: { status: string }[] }[];
    assert.deepEqual(
      items.map(({ metadata, conditions }) => [metadata.name, conditions[0]!.status]),
      [
        ['controller-manager', 'True'],
        ['scheduler', 'True'],
        ['etcd-0', 'True'],
      ],
    );
    assert.equal((await wired.send({ path: '/api/v1/componentstatuses/scheduler' })).status, 200);
    assert.equal((await wired.send({ path: '/api/v1/componentstatuses/other' })).status, 404);
  });

  test('a time limit that is none is refused', async () => {
    const answer = await wired.send({ path: '/api/v1/namespaces?timeout=soon' });
    assert.equal(answer.status, 400);
    assert.equal(
      answer.json.message,
      'invalid timeout specified in the request URL - time: invalid duration "soon"',
    );
    assert.equal((await wired.send({ path: '/api/v1/namespaces?timeout=30s' })).status, 200);
  });
});
