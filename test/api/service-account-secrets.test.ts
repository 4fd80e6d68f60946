import assert from 'node:assert/strict';
import { request } from 'node:https';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { secrets, serviceAccounts } from '#api/generated/refs.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { eventually } from '#test/e2e/harness.ts';

/** Long-lived tokens: a Secret of type kubernetes.io/service-account-token, filled by the cluster. */

let cluster: Cluster;
let server: { url: string; ca: Buffer };

before(async () => {
  cluster = await startCluster({ nodes: 0 });
  const [entry] = parse(await cluster.kubeconfig()).clusters;
  const ca = Buffer.from(entry.cluster['certificate-authority-data'], 'base64');
  server = { url: entry.cluster.server, ca };
  await eventually(() => cluster.client.get(serviceAccounts, 'default', 'default'));
});

after(() => cluster?.stop());

async function whoami(token: string): Promise<{ status: number; username?: string }> {
  const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
  return new Promise((resolve, reject) => {
    const call = request(
      `${server.url}/apis/authentication.k8s.io/v1/selfsubjectreviews`,
      {
        method: 'POST',
        ca: server.ca,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      },
      async response => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode!, username: JSON.parse(text).status?.userInfo?.username });
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

async function tokenOf(name: string): Promise<string> {
  let token = '';
  await eventually(async () => {
    token = (await cluster.client.get(secrets, 'default', name)).data?.token ?? '';
    assert.notEqual(token, '');
  });
  return Buffer.from(token, 'base64').toString();
}

const make = (name: string, account: string) =>
  cluster.client.create(secrets, {
    metadata: { name, namespace: 'default', annotations: { 'kubernetes.io/service-account.name': account } },
    type: 'kubernetes.io/service-account-token',
  });

test('the Secret gets a token that proves its ServiceAccount, until it is deleted', async () => {
  const { metadata } = await cluster.client.create(serviceAccounts, {
    metadata: { name: 'robot', namespace: 'default' },
  });
  await make('robot-token', 'robot');
  const token = await tokenOf('robot-token');
  const secret = await cluster.client.get(secrets, 'default', 'robot-token');
  assert.equal(secret.metadata.annotations!['kubernetes.io/service-account.uid'], metadata.uid);
  assert.match(Buffer.from(secret.data!['ca.crt']!, 'base64').toString(), /BEGIN CERTIFICATE/);
  assert.equal(Buffer.from(secret.data!.namespace!, 'base64').toString(), 'default');
  assert.deepEqual(await whoami(token), { status: 201, username: 'system:serviceaccount:default:robot' });
  await cluster.client.delete(secrets, 'default', 'robot-token');
  assert.equal((await whoami(token)).status, 401);
});

test('a token that was changed proves nothing', async () => {
  await make('default-token', 'default');
  const [head, claims, signature] = (await tokenOf('default-token')).split('.');
  const other = JSON.parse(Buffer.from(claims!, 'base64url').toString());
  other['kubernetes.io/serviceaccount/service-account.name'] = 'admin';
  const forged = `${head}.${Buffer.from(JSON.stringify(other)).toString('base64url')}.${signature}`;
  assert.equal((await whoami(forged)).status, 401);
});

test('Secrets go with their ServiceAccount; one for none is not kept', async () => {
  await cluster.client.create(serviceAccounts, { metadata: { name: 'brief', namespace: 'default' } });
  await make('brief-token', 'brief');
  await tokenOf('brief-token');
  await cluster.client.delete(serviceAccounts, 'default', 'brief');
  await make('nobodys-token', 'nobody');
  for (const name of ['brief-token', 'nobodys-token']) {
    await eventually(() => assert.rejects(cluster.client.get(secrets, 'default', name), /not found/));
  }
});
