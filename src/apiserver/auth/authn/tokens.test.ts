import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secrets, serviceAccounts } from '#api/generated/refs.ts';
import { startSecureServer } from '../testing.ts';

const namespace = 'default';

test('whoever shows a token again is the same user, for whom nothing is found out anew', async t => {
  const cluster = await startSecureServer(() => new Promise<void>(resolve => setImmediate(resolve)));
  t.after(() => cluster[Symbol.asyncDispose]());
  const { admin, security } = cluster;
  const { metadata } = await admin.create(serviceAccounts, { metadata: { namespace, name: 'robot' } });
  const serviceAccount = { name: 'robot', uid: metadata.uid! };
  const kept = security.issueSecretToken({ namespace, serviceAccount, secretName: 'token' });
  await admin.create(secrets, {
    metadata: { namespace, name: 'token', annotations: { 'kubernetes.io/service-account.name': 'robot' } },
    type: 'kubernetes.io/service-account-token',
    data: { token: Buffer.from(kept).toString('base64') },
  });
  const { token: issued } = await security.issueToken({
    namespace,
    serviceAccount,
    audiences: [],
    expirationSeconds: 3600,
  });
  const whose = (token: string) =>
    security.authenticate({
      headers: { authorization: [`Bearer ${token}`] },
      request: { method: 'GET', url: '/api' },
      certificate: undefined,
    });
  for (const token of [issued, kept]) {
    const user = await whose(token);
    assert.deepEqual(user?.groups, [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ]);
    assert.equal(await whose(token), user);
  }
  await admin.delete(serviceAccounts, namespace, 'robot');
  for (const token of [issued, kept]) assert.throws(() => whose(token), { code: 401 });
});
