import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { nodes, pods, resourceClaims } from '#api/generated/refs.ts';
import type { Client } from '#client/client.ts';
import { StatusError } from '#machinery/status.ts';
import { createInProcessTransport } from '../../in-process.ts';
import { type SecureServer, startSecureServer } from '../testing.ts';

const kubeletUser = { name: 'system:node:a', groups: ['system:nodes', 'system:authenticated'] };
const podsPath = '/api/v1/namespaces/default/pods';
const mirror = { 'kubernetes.io/config.mirror': 'x' };
const containers = [{ name: 'c', image: 'i' }];
let server: SecureServer;
let kubelet: Client;
let owner: object;
const uids: Record<string, string> = {};

before(async () => {
  server = await startSecureServer(() => new Promise(resolve => setImmediate(resolve)));
  kubelet = server.as('system:node:a', 'system:nodes');
  const node = await server.admin.create(nodes, { metadata: { name: 'a' } });
  owner = { apiVersion: 'v1', kind: 'Node', name: 'a', uid: node.metadata.uid!, controller: true };
  const meta = (name: string) => ({ metadata: { name, namespace: 'default' } });
  await server.create({ apiVersion: 'v1', kind: 'ServiceAccount', ...meta('runner') });
  for (const nodeName of ['a', 'b']) {
    const sources = [{ serviceAccountToken: { path: 't', audience: 'vault' } }];
    const volumes = [{ name: 't', projected: { sources } }];
    const spec = { nodeName, serviceAccountName: 'runner', containers, volumes };
    const pod = await server.admin.create(pods, { ...meta(`on-${nodeName}`), spec });
    uids[nodeName] = pod.metadata.uid!;
  }
});

after(() => server[Symbol.asyncDispose]());

/** Why the kubelet of `a` may not; '' where it may. */
async function refusal(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object): Promise<string> {
  const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  try {
    const transport = createInProcessTransport(server.server, kubeletUser);
    await transport.request({ method, path, ...(body ? { body, contentType } : {}) });
    return '';
  } catch (error) {
    assert.ok(error instanceof StatusError, String(error));
    return `${error.code} ${error.message}`;
  }
}

let mirrors = 0;
async function mirrored(spec: object, owners: readonly object[] = [owner]): Promise<string> {
  const metadata = { name: `m${mirrors++}`, annotations: mirror, ownerReferences: owners };
  const answer = await refusal('POST', podsPath, { metadata, spec: { nodeName: 'a', containers, ...spec } });
  return answer.replace(/^403 pods "m\d+" is forbidden: /, '');
}

test('a mirror pod is of its node', async () => {
  assert.equal(await mirrored({}), '');
  assert.match(await mirrored({ nodeName: 'b' }), /^node "a" can only create pods with spec.nodeName set/);
  assert.match(await mirrored({}, []), /with an owner reference set to itself$/);
  assert.match(await mirrored({}, [owner, { ...owner, name: 'b' }]), /with a single owner reference/);
  assert.match(await mirrored({}, [{ ...owner, name: 'b' }]), /with an owner reference set to itself$/);
  assert.match(await mirrored({}, [{ ...owner, controller: false }]), /with a controller owner reference/);
  assert.match(
    await mirrored({}, [{ ...owner, blockOwnerDeletion: true }]),
    /must not set blockOwnerDeletion/,
  );
  assert.match(await mirrored({}, [{ ...owner, uid: 'x' }]), /^node a UID mismatch: expected x got /);
});

test('a mirror pod refers to nothing in the API', async () => {
  const volume = (source: object) => mirrored({ volumes: [{ name: 'v', ...source }] });
  const reference = (what: string) => `node "a" can not create pods that reference ${what}`;
  const resources = { requests: { storage: '1Gi' } };
  const claim = { spec: { accessModes: ['ReadWriteOnce'], resources } };
  assert.equal(await volume({ configMap: { name: 'c' } }), reference('configmaps'));
  assert.equal(await volume({ csi: { driver: 'd' } }), reference('csidrivers (via CSI volumes)'));
  assert.equal(
    await volume({ glusterfs: { endpoints: 'e', path: 'p' } }),
    reference('endpoints (via glusterFS volumes)'),
  );
  assert.equal(
    await volume({ ephemeral: { volumeClaimTemplate: claim } }),
    reference('persistentvolumeclaims (via ephemeral volumes)'),
  );
  assert.equal(
    await mirrored({ resourceClaims: [{ name: 'r', resourceClaimName: 'c' }] }),
    reference('resourceclaims'),
  );
  const items = [{ path: 'n', fieldRef: { fieldPath: 'metadata.name' } }];
  assert.equal(await volume({ projected: { sources: [{ downwardAPI: { items } }] } }), '');
});

test('a node has tokens for pods that it runs', async () => {
  const token = (boundObjectRef: object | undefined, audiences: string[] | null = ['vault']) =>
    refusal('POST', '/api/v1/namespaces/default/serviceaccounts/runner/token', {
      spec: { audiences, ...(boundObjectRef ? { boundObjectRef } : {}) },
    });
  const pod = { apiVersion: 'v1', kind: 'Pod', name: 'on-a', uid: uids.a };
  const forbidden = (why: string) => `403 serviceaccounts "runner" is forbidden: ${why}`;
  const unbound = forbidden('node requested token not bound to a pod');
  assert.equal(await token(pod), '');
  assert.equal(await token(pod, null), '');
  assert.equal(await token(undefined), unbound);
  assert.equal(await token({ ...pod, kind: 'Secret' }), unbound);
  assert.equal(await token({ ...pod, apiVersion: 'v2' }), unbound);
  assert.equal(
    await token({ ...pod, uid: undefined }),
    forbidden('node requested token with a pod binding without a uid'),
  );
  assert.equal(
    await token({ ...pod, uid: 'x' }),
    forbidden(
      'the UID in the bound object reference (x) does not match the UID in record. The object might have been deleted and then recreated',
    ),
  );
  assert.equal(
    await token({ ...pod, name: 'on-b', uid: uids.b }),
    forbidden('node requested token bound to a pod scheduled on a different node'),
  );
  assert.equal(await token({ ...pod, name: 'gone' }), '404 pod "gone" not found');
  assert.match(await token(pod, ['x']), /audience "x" not found in pod spec volume, system:node:a is not/);
});

test('a node writes no status but its own, and there what is its to say', async () => {
  const status = (pod: string, body: object) => refusal('PATCH', `${podsPath}/${pod}/status`, body);
  assert.equal(await status('on-a', { status: { phase: 'Running' } }), '');
  assert.match(await status('on-b', { status: { phase: 'Running' } }), /can only update pod status for pods/);
  assert.match(await status('on-a', { metadata: { labels: { a: 'b' } } }), /cannot update labels through/);
  const claims = [{ name: 'a', resourceClaimName: 'x' }];
  assert.match(
    await status('on-a', { status: { resourceClaimStatuses: claims } }),
    /resource claim statues$/,
  );
  const extended = { resourceClaimName: 'x', requestMappings: [] };
  assert.match(
    await status('on-a', { status: { extendedResourceClaimStatus: extended } }),
    /: node "a" cannot update extended resource claim status$/,
  );
  const taints = [{ key: 'k', effect: 'NoSchedule' }];
  for (const path of ['/api/v1/nodes/a', '/api/v1/nodes/a/status']) {
    assert.match(
      await refusal('PATCH', path, { spec: { taints } }),
      /node "a" is not allowed to modify taints$/,
    );
    assert.match(
      await refusal('PATCH', path, { metadata: { labels: { 'node-role.kubernetes.io/x': '' } } }),
      /^403 nodes "a" is forbidden: is not allowed to modify labels: node-role.kubernetes.io\/x$/,
    );
    const ownerReferences = [{ ...owner, name: 'b' }];
    assert.match(
      await refusal('PATCH', path, { metadata: { ownerReferences } }),
      /is not allowed to modify ownerReferences$/,
    );
  }
  const configMap = { name: 'c', namespace: 'default', kubeletConfigKey: 'k' };
  assert.match(
    await refusal('PATCH', '/api/v1/nodes/a', { spec: { configSource: { configMap } } }),
    /is not allowed to update configSource to a new non-nil configSource$/,
  );
});

test('a node reads the claim that was made for the extended resources of its pod', async () => {
  const devices = { requests: [{ name: 'r', exactly: { deviceClassName: 'c' } }] };
  const claim = (name: string) => ({ metadata: { name, namespace: 'default' }, spec: { devices } });
  await server.admin.create(resourceClaims, claim('made') as never);
  await assert.rejects(kubelet.get(resourceClaims, 'default', 'made'), /no relationship found/);
  const resources = { requests: { 'example.com/gpu': '1' }, limits: { 'example.com/gpu': '1' } };
  const pod = await server.admin.create(pods, {
    metadata: { name: 'extended', namespace: 'default' },
    spec: { nodeName: 'a', serviceAccountName: 'runner', containers: [{ ...containers[0]!, resources }] },
  });
  const requestMappings = [{ containerName: 'c', resourceName: 'example.com/gpu', requestName: 'r' }];
  const extendedResourceClaimStatus = { resourceClaimName: 'made', requestMappings };
  await server.admin.updateStatus(pods, { ...pod, status: { ...pod.status, extendedResourceClaimStatus } });
  await kubelet.get(resourceClaims, 'default', 'made');
});
