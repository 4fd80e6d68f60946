import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterRoles, csiDrivers, pods } from '#api/generated/refs.ts';
import { startSecureServer } from '../testing.ts';

const apiGroup = 'rbac.authorization.k8s.io';

test('a node gets tokens for the audiences of its pods alone, unless it may ask for others', async () => {
  await using server = await startSecureServer(() => new Promise(resolve => setImmediate(resolve)));
  const { admin } = server;
  const kubelet = server.as('system:node:a', 'system:nodes');
  const metadata = { namespace: 'default' };
  await server.create(
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata, name: 'runner' } },
    { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' } },
  );
  await admin.create(csiDrivers, {
    metadata: { name: 'd.example.com' },
    spec: { tokenRequests: [{ audience: 'storage' }] },
  });
  const { uid } = (
    await admin.create(pods, {
      metadata: { ...metadata, name: 'p' },
      spec: {
        nodeName: 'a',
        serviceAccountName: 'runner',
        containers: [{ name: 'c', image: 'i' }],
        volumes: [
          { name: 'csi', csi: { driver: 'd.example.com' } },
          {
            name: 'vault',
            projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'vault' } }] },
          },
        ],
      },
    })
  ).metadata;
  const ask = (...audiences: string[]) =>
    kubelet.transport.request({
      method: 'POST',
      path: '/api/v1/namespaces/default/serviceaccounts/runner/token',
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences, boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid } },
      },
    });
  const refusal = (audience: string) =>
    new RegExp(
      `^serviceaccounts "runner" is forbidden: audience "${audience}" not found in pod spec volume, system:node:a is not`,
    );
  // The first is what the pod mounts for itself.
  for (const audience of [[], ['vault'], ['storage']]) await ask(...audience);
  await assert.rejects(ask('registry'), { message: refusal('registry') });
  await assert.rejects(ask('vault', 'storage'), { message: /: node may only request 0 or 1 audiences$/ });
  const rules = [
    { apiGroups: [''], resources: ['registry'], verbs: ['request-serviceaccounts-token-audience'] },
  ];
  await admin.create(clusterRoles, { metadata: { name: 'registry' }, rules });
  await server.create({
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'registry' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'registry' },
    subjects: [{ kind: 'Group', apiGroup, name: 'system:nodes' }],
  });
  await ask('registry');
  await assert.rejects(ask('other'), { message: refusal('other') });
});
