import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { configMaps, secrets } from '#api/generated/refs.ts';
import { toRfc3339 } from '#base/clock.ts';
import { orNotFound } from '#client/retry.ts';
import { type TestCluster, testCluster } from '#test/controllers.ts';
import { detachedSignature } from './signature.ts';

const kubeconfig = 'apiVersion: v1\nkind: Config\n';

const token = ({ client }: TestCluster, id: string, more: Record<string, string> = {}) =>
  client.create(secrets, {
    metadata: { namespace: 'kube-system', name: `bootstrap-token-${id}` },
    type: 'bootstrap.kubernetes.io/token',
    stringData: {
      'token-id': id,
      'token-secret': '0123456789abcdef',
      'usage-bootstrap-signing': 'true',
      ...more,
    },
  });

const info = async ({ client }: TestCluster) =>
  (await client.get(configMaps, 'kube-public', 'cluster-info')).data!;
const signers = async (cluster: TestCluster) =>
  Object.keys(await info(cluster))
    .filter(name => name.startsWith('jws-kubeconfig-'))
    .sort()
    .join();

test('the signature is the one that kubeadm expects', () => {
  const [header, payload, signature] = detachedSignature('payload', 'abc123', 'secret').split('.');
  assert.equal(atob(header!), '{"alg":"HS256","kid":"abc123"}');
  assert.equal(payload, '');
  const expected = createHmac('sha256', 'secret').update(`${header}.cGF5bG9hZA`).digest('base64url');
  assert.equal(signature, expected);
});

test('cluster-info is signed by the tokens that may, while they last', async t => {
  const cluster = await testCluster(t);
  const { client, clock } = cluster;
  await client.create(configMaps, {
    metadata: { namespace: 'kube-public', name: 'cluster-info' },
    data: { kubeconfig, 'jws-kubeconfig-forged': 'x' },
  });
  await token(cluster, 'aaaaaa');
  await token(cluster, 'bbbbbb', { 'usage-bootstrap-signing': 'false' });
  await token(cluster, 'cccccc', { expiration: toRfc3339(clock.now() + 60_000) });
  await cluster.until(
    'two signatures',
    async () => (await signers(cluster)) === 'jws-kubeconfig-aaaaaa,jws-kubeconfig-cccccc',
  );
  const signed = (await info(cluster))['jws-kubeconfig-aaaaaa'];
  assert.equal(signed, detachedSignature(kubeconfig, 'aaaaaa', '0123456789abcdef'));
  await client.patch(configMaps, 'kube-public', 'cluster-info', 'merge', { data: { kubeconfig: 'other' } });
  await cluster.until(
    'another signature',
    async () => (await info(cluster))['jws-kubeconfig-aaaaaa'] !== signed,
  );
  await cluster.until('the end of one', async () => (await signers(cluster)) === 'jws-kubeconfig-aaaaaa');
  const gone = () => orNotFound(client.get(secrets, 'kube-system', 'bootstrap-token-cccccc'));
  await cluster.until('its token to go', async () => !(await gone()));
  assert.ok(await client.get(secrets, 'kube-system', 'bootstrap-token-aaaaaa'));
});
