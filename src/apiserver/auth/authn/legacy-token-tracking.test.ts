import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, secrets, serviceAccounts } from '#api/generated/refs.ts';
import { startSecureServer } from '../testing.ts';

const namespace = 'default';
const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

test('the day of a token’s last use is written on its Secret, and one marked invalid is no good', async t => {
  const cluster = await startSecureServer(() => new Promise<void>(resolve => setImmediate(resolve)));
  t.after(() => cluster[Symbol.asyncDispose]());
  const { admin, clock, security } = cluster;
  cluster.run();
  await clock.advance(1000);
  const tracking = 'kube-apiserver-legacy-service-account-token-tracking';
  const since = async () => (await admin.get(configMaps, 'kube-system', tracking)).data?.since;
  assert.equal(await since(), day(clock.now()));
  await admin.patch(configMaps, 'kube-system', tracking, 'merge', { data: { since: 'long ago' } });
  await clock.advance(1000);
  assert.equal(await since(), day(clock.now()));

  const { metadata } = await admin.create(serviceAccounts, { metadata: { namespace, name: 'robot' } });
  const serviceAccount = { name: 'robot', uid: metadata.uid! };
  const token = security.issueSecretToken({ namespace, serviceAccount, secretName: 'token' });
  await admin.create(secrets, {
    metadata: { namespace, name: 'token', annotations: { 'kubernetes.io/service-account.name': 'robot' } },
    type: 'kubernetes.io/service-account-token',
    data: { token: Buffer.from(token).toString('base64') },
  });
  const isGood = async () => {
    const { authenticated } = (await security.reviewToken(token, [])) as { authenticated: boolean };
    await clock.advance(1000);
    return authenticated;
  };
  const secret = () => admin.get(secrets, namespace, 'token');
  const lastUsed = async () => (await secret()).metadata.labels?.['kubernetes.io/legacy-token-last-used'];
  assert.equal(await lastUsed(), undefined);
  assert.ok(await isGood());
  assert.equal(await lastUsed(), day(clock.now()));
  const { resourceVersion } = (await secret()).metadata;
  assert.ok(await isGood());
  assert.equal((await secret()).metadata.resourceVersion, resourceVersion, 'once a day is enough');
  await clock.advance(2 * 24 * 3_600_000);
  const invalid = { 'kubernetes.io/legacy-token-invalid-since': day(clock.now()) };
  await admin.patch(secrets, namespace, 'token', 'merge', { metadata: { labels: invalid } });
  assert.ok(!(await isGood()));
  assert.equal(await lastUsed(), day(clock.now()), 'whoever still uses it can be found');
});
