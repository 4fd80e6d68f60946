import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { clusterRoleBindings, configMaps, deployments, namespaces, secrets } from '#api/generated/refs.ts';
import type { ConfigMap } from '#api/generated/types/core.v1.ts';
import { allowing } from '#client/permission.ts';
import { FieldPath, fieldError } from '#machinery/field.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import { startCluster } from '#main/embedded.ts';
import { createVirtualClock } from '#main/virtual-time.ts';
import { type AdmissionRule, type RuleContext, defineAdmissionRule } from './rule.ts';

async function start(t: TestContext, ...extensions: AdmissionRule[]) {
  const clock = createVirtualClock();
  const cluster = await startCluster({ clock, seed: 5, nodes: 0, extensions, manifests: [crd] });
  t.after(() => cluster.stop());
  const { client } = cluster;
  const create = (name: string, data: Record<string, string> = {}, options = {}) =>
    client.create(configMaps, { metadata: { namespace: 'default', name }, data }, options);
  return { client, clock, create };
}

const properties = (name: string) => ({
  spec: { type: 'object', properties: { [name]: { type: 'integer' } } },
});

/** Sites in two versions that are one by name only: no conversion but the version's. */
const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'sites.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'sites', singular: 'site', kind: 'Site', listKind: 'SiteList' },
    versions: ['v1', 'v1beta1'].map(name => ({
      name,
      served: true,
      storage: name === 'v1',
      schema: { openAPIV3Schema: { type: 'object', properties: properties('size') } },
      subresources: { status: {} },
    })),
  },
};

interface Site extends KubeObject {
  spec?: { size?: number };
  status?: object;
}

const site = (version: string): ResourceRef<Site> => ({
  group: 'example.com',
  version,
  resource: 'sites',
  kind: 'Site',
  namespaced: true,
});

async function refusalOf(work: Promise<unknown>): Promise<StatusError> {
  const error: unknown = await work.then(
    () => undefined,
    refused => refused,
  );
  assert.ok(error instanceof StatusError, `refused: ${error}`);
  return error;
}

test('a rule refuses in a sentence or by fields, in the form that webhooks refuse in', async t => {
  const rule = defineAdmissionRule({
    name: 'keys',
    resources: [configMaps],
    validate: ({ data = {} }) => {
      if (data.mood === 'bad') return 'not in this mood';
      const path = FieldPath.of('data');
      return Object.keys(data)
        .filter(key => key.length > 5)
        .map(key => fieldError.invalid(path.key(key), key, 'must be short'));
    },
  });
  const { create } = await start(t, rule);
  await create('fine', { a: '1' });
  const sentence = await refusalOf(create('x', { mood: 'bad' }));
  assert.deepEqual(sentence.status, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'admission rule "keys" denied the request: not in this mood',
    reason: 'Forbidden',
    details: { name: 'x', kind: 'configmaps' },
    code: 403,
  });
  const fields = await refusalOf(create('x', { longest: '' }));
  assert.equal(fields.code, 422);
  assert.equal(
    fields.message,
    'admission rule "keys" denied the request: ConfigMap "x" is invalid: data[longest]: Invalid value: "longest": must be short',
  );
  assert.deepEqual(fields.status.details?.causes, [
    {
      reason: 'FieldValueInvalid',
      message: 'Invalid value: "longest": must be short',
      field: 'data[longest]',
    },
  ]);
});

test('a rule changes objects before anybody validates them, in place or by another object', async t => {
  const inPlace = defineAdmissionRule({
    name: 'in-place',
    resources: [configMaps],
    mutate: map => {
      map.data = { ...map.data, first: 'yes' };
    },
  });
  const another = defineAdmissionRule({
    name: 'another',
    resources: [configMaps],
    mutate: map => ({ ...map, data: { ...map.data, second: map.data?.first ?? 'no' } }),
    validate: ({ data }) => (data?.second === 'yes' ? undefined : 'validated too early'),
  });
  const { create } = await start(t, inPlace, another);
  assert.deepEqual((await create('a', { own: '1' })).data, { own: '1', first: 'yes', second: 'yes' });
});

test('what a rule makes of an object is decoded and defaulted as if a client had sent it', async t => {
  const rule = defineAdmissionRule({
    name: 'replicas',
    resources: [deployments],
    mutate: deployment => {
      delete deployment.spec!.replicas;
      if (deployment.metadata.name === 'b') Object.assign(deployment.spec!, { replicas: 'many' });
    },
  });
  const { client } = await start(t, rule);
  const labels = { app: 'a' };
  const create = (name: string) =>
    client.create(deployments, {
      metadata: { namespace: 'default', name },
      spec: {
        replicas: 3,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
      },
    });
  assert.equal((await create('a')).spec?.replicas, 1);
  const { code, message } = await refusalOf(create('b'));
  assert.equal(code, 500);
  assert.match(message, /^Internal error occurred: failed calling admission rule "replicas": .*replicas/);
});

test('a rule is told who does what; it sees operations, subresources and namespaces that it asks for', async t => {
  const seen: string[] = [];
  const note = (object: KubeObject, { operation, subresource, old, user, dryRun }: RuleContext) => {
    // A controller's, in every namespace.
    if (object.metadata.name === 'kube-root-ca.crt') return;
    seen.push(
      `${operation} ${object.metadata.name}${subresource && `/${subresource}`} ${old ? 'old' : 'new'}`,
    );
    assert.equal(user.name, 'system:apiserver');
    assert.equal(dryRun, object.metadata.name === 'dry');
  };
  const rule = defineAdmissionRule({
    name: 'all',
    resources: [configMaps, site('v1')],
    subresources: ['status'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } },
    validate: note,
  });
  const { client, create } = await start(t, rule);
  await create('dry', {}, { dryRun: true });
  await create('a');
  await client.patch(configMaps, 'default', 'a', 'merge', { data: { b: 'c' } });
  await client.delete(configMaps, 'default', 'a');
  await client.create(namespaces, { metadata: { name: 'other' } });
  await client.create(configMaps, { metadata: { namespace: 'other', name: 'unseen' } });
  await client.create(secrets, { metadata: { namespace: 'default', name: 'unseen' } });
  await client.create(site('v1'), { metadata: { namespace: 'default', name: 's' } });
  await client.patch(site('v1'), 'default', 's', 'merge', { status: {} }, { subresource: 'status' });
  assert.deepEqual(seen, [
    'CREATE dry new',
    'CREATE a new',
    'UPDATE a old',
    'DELETE a old',
    'CREATE s new',
    'UPDATE s/status old',
  ]);
});

test('a rule sees the version that it names, whatever version the client wrote', async t => {
  const versions: string[] = [];
  const rule = defineAdmissionRule({
    name: 'sites',
    resources: [site('v1beta1')],
    mutate: object => {
      versions.push(object.apiVersion);
      object.spec = { size: 7 };
    },
  });
  const { client } = await start(t, rule);
  const made = await client.create(site('v1'), { metadata: { namespace: 'default', name: 's' } });
  assert.deepEqual([...new Set(versions)], ['example.com/v1beta1']);
  assert.deepEqual([made.apiVersion, made.spec?.size], ['example.com/v1', 7]);
});

test('a rule that throws, or takes too long, refuses; one that may fail lets pass; both change nothing', async t => {
  const rule = (name: string, failurePolicy: 'Fail' | 'Ignore') =>
    defineAdmissionRule<ConfigMap>({
      name,
      resources: [configMaps],
      failurePolicy,
      timeoutMs: 500,
      mutate: map => {
        if (!map.metadata.name!.startsWith(name)) return;
        map.data = { touched: 'yes' };
        if (map.metadata.name!.endsWith('throws')) throw new Error('no idea');
        return new Promise(() => {});
      },
    });
  const { clock, create } = await start(t, rule('strict', 'Fail'), rule('lax', 'Ignore'));
  const thrown = await refusalOf(create('strict-throws'));
  assert.equal(thrown.code, 500);
  assert.equal(thrown.message, 'Internal error occurred: failed calling admission rule "strict": no idea');
  assert.deepEqual((await create('lax-throws', { a: 'b' })).data, { a: 'b' });

  const slow = refusalOf(create('strict-waits'));
  const passed = create('lax-waits', { a: 'b' });
  await clock.advance(1_000);
  assert.equal(
    (await slow).message,
    'Internal error occurred: failed calling admission rule "strict": no answer within 500 ms',
  );
  assert.deepEqual((await passed).data, { a: 'b' });
});

test('a rule warns, and reads with the rights that it declares and no others', async t => {
  const rule = defineAdmissionRule({
    name: 'reader',
    resources: [configMaps],
    rbac: [allowing(configMaps, ['list'])],
    validate: async (map, { client, namespace, warn }) => {
      warn('take care');
      if (map.data?.secret) await client.list(secrets, namespace);
      const { items } = await client.list(configMaps, namespace);
      return items.some(({ data }) => data?.site === map.data?.site) ? 'taken' : undefined;
    },
  });
  const { create } = await start(t, rule);
  await create('a', { site: 'x' });
  await create('b', { site: 'y' });
  const taken = await refusalOf(create('c', { site: 'x' }));
  assert.equal(taken.message, 'admission rule "reader" denied the request: taken');
  assert.deepEqual(taken.warnings, ['take care']);
  const forbidden = await refusalOf(create('d', { secret: 'x' }));
  assert.equal(forbidden.code, 500);
  assert.match(
    forbidden.message,
    /User "system:serviceaccount:coxswain-extensions:reader" cannot list resource "secrets"/,
  );
});

test('rules read while every seat is taken by requests that wait for them', async t => {
  const rule = defineAdmissionRule({
    name: 'reader',
    resources: [configMaps],
    rbac: [allowing(configMaps, ['list'])],
    validate: async (_, { client }) => {
      await client.list(configMaps, 'kube-public', { limit: 1 });
    },
  });
  const clock = createVirtualClock();
  const cluster = await startCluster({ clock, seed: 5, nodes: 0, extensions: [rule] });
  t.after(() => cluster.stop());
  const group = 'system:serviceaccounts:team';
  await cluster.client.create(clusterRoleBindings, {
    metadata: { name: 'team' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'Group', name: group, apiGroup: 'rbac.authorization.k8s.io' }],
  });
  const created = Array.from({ length: 600 }, (_, i) => {
    const groups = ['system:serviceaccounts', group, 'system:authenticated'];
    const user = { name: `system:serviceaccount:team:${i % 40}`, groups };
    const metadata = { namespace: 'default', name: `map-${i}` };
    return cluster.controlPlane.clientOf('team', user).create(configMaps, { metadata });
  });
  // The clock stands still: nothing is waiting for a time-out.
  await Promise.all(created);
});
