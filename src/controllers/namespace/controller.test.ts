import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configMaps, namespaces, serviceAccounts } from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { type TestCluster, testCluster } from '#test/controllers.ts';

const name = 'team';

async function start(cluster: TestCluster): Promise<void> {
  await cluster.client.create(namespaces, { metadata: { name } });
  await cluster.until('the namespace is furnished', async () => {
    const accounts = await cluster.client.list(serviceAccounts, name);
    const root = await orNotFound(cluster.client.get(configMaps, name, 'kube-root-ca.crt'));
    return accounts.items.some(account => account.metadata.name === 'default') && root !== undefined;
  });
}

test('a new namespace has its account and the root CA, and both come back', async t => {
  const cluster = await testCluster(t);
  await start(cluster);
  await cluster.client.delete(serviceAccounts, name, 'default');
  await cluster.client.patch(configMaps, name, 'kube-root-ca.crt', 'merge', { data: { 'ca.crt': 'forged' } });
  await cluster.until('both are back', async () => {
    const account = await orNotFound(cluster.client.get(serviceAccounts, name, 'default'));
    const root = await cluster.client.get(configMaps, name, 'kube-root-ca.crt');
    return account !== undefined && root.data?.['ca.crt'] !== 'forged';
  });
});

test('a deleted namespace goes with all its content', async t => {
  const cluster = await testCluster(t);
  await start(cluster);
  for (const map of ['a', 'b', 'c'])
    await cluster.client.create(configMaps, { metadata: { namespace: name, name: map } });
  await cluster.client.delete(namespaces, '', name);
  await cluster.until(
    'it is gone',
    async () => !(await orNotFound(cluster.client.get(namespaces, '', name))),
  );
  assert.equal((await cluster.client.list(configMaps, name)).items.length, 0);
});

test('content that a finalizer holds keeps the namespace, and its conditions say so', async t => {
  const cluster = await testCluster(t);
  await start(cluster);
  const metadata = { namespace: name, name: 'held', finalizers: ['example.com/hold'] };
  await cluster.client.create(configMaps, { metadata });
  await cluster.client.delete(namespaces, '', name);
  await cluster.until('the conditions are there', async () =>
    Boolean((await cluster.client.get(namespaces, '', name)).status?.conditions),
  );
  const { status } = await cluster.client.get(namespaces, '', name);
  assert.equal(status?.phase, 'Terminating');
  assert.deepEqual(
    status?.conditions?.map(condition => [condition.type, condition.status, condition.message]),
    [
      ['NamespaceDeletionDiscoveryFailure', 'False', 'All resources successfully discovered'],
      ['NamespaceDeletionGroupVersionParsingFailure', 'False', 'All legacy kube types successfully parsed'],
      [
        'NamespaceDeletionContentFailure',
        'False',
        'All content successfully deleted, may be waiting on finalization',
      ],
      [
        'NamespaceContentRemaining',
        'True',
        'Some resources are remaining: configmaps. has 1 resource instances',
      ],
      [
        'NamespaceFinalizersRemaining',
        'True',
        'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
      ],
    ],
  );
  await cluster.client.patch(configMaps, name, 'held', 'merge', { metadata: { finalizers: null } });
  await cluster.until(
    'it is gone',
    async () => !(await orNotFound(cluster.client.get(namespaces, '', name))),
  );
});
