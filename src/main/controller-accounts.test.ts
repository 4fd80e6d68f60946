import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterRoleBindings, deployments, replicaSets } from '#api/generated/refs.ts';
import { controllerRoles } from '#apiserver/auth/bootstrap-policy/controller-roles.ts';
import { builtInControllers } from '#controllers/registry.ts';
import { noAuthority } from '#controllers/shared/certificate-requests.ts';
import { template, testCluster } from '#test/controllers.ts';
import { controllerAccounts } from './controller-accounts.ts';

/** Their roles are of namespaces. */
const withoutClusterRole = ['bootstrap-signer', 'token-cleaner'];

test('every controller has an account that has its role, but for the one that makes the accounts’ tokens', () => {
  const all = builtInControllers({ rootCa: '', authority: noAuthority, issueSecretToken: () => '' });
  const names = all.map(({ name }) => name).filter(name => name !== 'serviceaccount-token');
  assert.deepEqual(Object.keys(controllerAccounts).sort(), names.sort());
  const accounts = Object.values(controllerAccounts).filter(account => !withoutClusterRole.includes(account));
  assert.deepEqual(
    accounts.filter(account => !(account in controllerRoles)),
    [],
  );
});

test('a controller may do what its role says, and no more', async t => {
  const cluster = await testCluster(t);
  const { client, clock } = cluster;
  const name = 'system:controller:deployment-controller';
  const { apiVersion, kind, metadata: _, ...binding } = await client.get(clusterRoleBindings, '', name);
  await client.delete(clusterRoleBindings, '', name);
  await client.create(deployments, {
    metadata: { namespace: 'default', name: 'web' },
    spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: template('web') },
  });
  const sets = async () => (await client.list(replicaSets, 'default')).items.length;
  await clock.advance(60_000);
  assert.equal(await sets(), 0);
  await client.create(clusterRoleBindings, { ...binding, metadata: { name } });
  await cluster.until('it is allowed again', async () => (await sets()) === 1);
});
