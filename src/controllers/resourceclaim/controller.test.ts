import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pods, resourceClaims, resourceClaimTemplates } from '#api/generated/refs.ts';
import type { PodResourceClaim } from '#api/generated/types/core.v1.ts';
import type { ResourceClaim } from '#api/generated/types/resource.v1.ts';
import { orNotFound } from '#client/retry.ts';
import type { Transport } from '#client/transport.ts';
import { statusError } from '#machinery/status.ts';
import { type TestCluster, testCluster } from '#test/controllers.ts';

const namespace = 'default';
const request = { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: 'gpu' } }] } };

const template = ({ client }: TestCluster, name = 'gpu') =>
  client.create(resourceClaimTemplates, {
    metadata: { namespace, name },
    spec: { metadata: { labels: { a: 'b' }, annotations: { c: 'd' } }, spec: request },
  });

const pod = ({ client }: TestCluster, name: string, claims: PodResourceClaim[], nodeName?: string) =>
  client.create(pods, {
    metadata: { namespace, name },
    spec: {
      containers: [{ name: 'main', image: 'i' }],
      resourceClaims: claims,
      schedulingGates: nodeName ? [] : [{ name: 'example.com/wait' }],
      ...(nodeName ? { nodeName } : {}),
    },
  });

const claimsOf = async ({ client }: TestCluster) => (await client.list(resourceClaims, namespace)).items;
const statusesOf = async ({ client }: TestCluster, name: string) =>
  (await client.get(pods, namespace, name)).status?.resourceClaimStatuses;

/** What the scheduler would write. */
async function allocate({ client }: TestCluster, claim: ResourceClaim, consumers: string[] = []) {
  const finalizers = ['resource.kubernetes.io/delete-protection'];
  const current = await client.update(resourceClaims, {
    ...claim,
    metadata: { ...claim.metadata, finalizers },
  });
  const found = await Promise.all(consumers.map(name => client.get(pods, namespace, name)));
  const reservedFor = found.map(({ metadata: { name, uid } }) => ({
    resource: 'pods',
    name: name!,
    uid: uid!,
  }));
  const results = [{ request: 'gpu', driver: 'gpu.example.com', pool: 'p', device: 'd0' }];
  const status = { allocation: { devices: { results } }, reservedFor };
  return client.updateStatus(resourceClaims, { ...current, status });
}

test('a pod gets a claim from its template, and learns its name', async t => {
  const cluster = await testCluster(t);
  await pod(cluster, 'p', [
    { name: 'one', resourceClaimTemplateName: 'gpu' },
    { name: 'two', resourceClaimTemplateName: 'gpu' },
  ]);
  await cluster.until('the failure', async () =>
    (await cluster.eventsOf('p')).some(
      text =>
        text ===
        'FailedResourceClaimCreation: PodResourceClaim one: resource claim template "gpu": resourceclaimtemplate.resource.k8s.io "gpu" not found',
    ),
  );
  await template(cluster);
  await cluster.until('the status', async () => (await statusesOf(cluster, 'p'))?.length === 2);
  const claims = await claimsOf(cluster);
  assert.equal(claims.length, 2);
  const one = claims.find(
    ({ metadata }) => metadata.annotations?.['resource.kubernetes.io/pod-claim-name'] === 'one',
  )!;
  assert.match(one.metadata.name!, /^p-one-[a-z0-9]{5}$/);
  assert.deepEqual(one.metadata.labels, { a: 'b' });
  assert.equal(one.metadata.annotations!.c, 'd');
  assert.equal(one.metadata.ownerReferences![0]!.kind, 'Pod');
  assert.equal(one.spec.devices!.requests![0]!.name, 'gpu');
  const statuses = await statusesOf(cluster, 'p');
  assert.equal(statuses!.find(({ name }) => name === 'one')!.resourceClaimName, one.metadata.name);
  await cluster.client.delete(resourceClaims, namespace, one.metadata.name!);
  await cluster.until(
    'a new one',
    async () =>
      (await statusesOf(cluster, 'p'))?.every(
        ({ resourceClaimName }) => resourceClaimName !== one.metadata.name,
      ) ?? false,
  );
  assert.equal((await claimsOf(cluster)).length, 2);
});

test('long names are cut so that both parts are left', async t => {
  const cluster = await testCluster(t);
  await template(cluster);
  const name = 'p'.repeat(120);
  await pod(cluster, name, [{ name: 'c'.repeat(60), resourceClaimTemplateName: 'gpu' }]);
  await cluster.until('the claim', async () => (await claimsOf(cluster)).length === 1);
  const [claim] = await claimsOf(cluster);
  assert.match(claim!.metadata.name!, /^p{37}-c{18}[a-z0-9]{5}$/);
});

test('a claim of a pod that was placed by hand is reserved for it, and freed when the pod is done', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  const claim = await client.create(resourceClaims, {
    metadata: { namespace, name: 'shared' },
    spec: request,
  });
  await allocate(cluster, claim);
  const mine = [{ name: 'c', resourceClaimName: 'shared' }];
  await pod(cluster, 'a', mine, 'hollow-0');
  await pod(cluster, 'b', mine, 'hollow-0');
  const read = () => client.get(resourceClaims, namespace, 'shared');
  const reserved = async () =>
    ((await read()).status?.reservedFor ?? [])
      .map(({ name }) => name)
      .sort()
      .join();
  await cluster.until('both', async () => (await reserved()) === 'a,b');
  await client.delete(pods, namespace, 'a', { gracePeriodSeconds: 0 });
  await cluster.until('one', async () => (await reserved()) === 'b');
  assert.ok((await read()).status!.allocation);
  await client.delete(pods, namespace, 'b', { gracePeriodSeconds: 0 });
  await cluster.until('none', async () => !(await read()).metadata.finalizers?.length);
  assert.equal((await read()).status?.allocation, undefined);
  assert.deepEqual((await read()).status?.reservedFor ?? [], []);
});

test('a claim that was made for a pod goes when the pod has ended', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  await template(cluster);
  await pod(cluster, 'p', [{ name: 'one', resourceClaimTemplateName: 'gpu' }], 'hollow-0');
  await cluster.until('the claim', async () => (await claimsOf(cluster)).length === 1);
  await cluster.until(
    'the pod to run',
    async () => (await cluster.podsWhere(({ status }) => status?.phase === 'Running')).length === 1,
  );
  const live = await client.get(pods, namespace, 'p');
  assert.equal(live.status!.resourceClaimStatuses?.length, 1, 'what the node tells leaves it alone');
  const [claim] = await claimsOf(cluster);
  await allocate(cluster, claim!, ['p']);
  await client.updateStatus(pods, { ...live, status: { ...live.status, phase: 'Succeeded' } });
  await cluster.until('it to go', async () => (await claimsOf(cluster)).length === 0);
  await cluster.clock.advance(5_000);
  assert.deepEqual(await claimsOf(cluster), [], 'a pod that has ended needs none');
  assert.ok(await client.get(pods, namespace, 'p'));
});

test('a claim that was made twice is left once', async t => {
  const cluster = await testCluster(t);
  await template(cluster);
  const { metadata: owner } = await pod(cluster, 'p', [{ name: 'one', resourceClaimTemplateName: 'gpu' }]);
  await cluster.until('the status', async () => (await statusesOf(cluster, 'p'))?.length === 1);
  const [{ metadata, spec } = assert.fail()] = await claimsOf(cluster);
  const { annotations, ownerReferences } = metadata;
  assert.equal(ownerReferences![0]!.uid, owner.uid);
  const spare = { namespace, name: 'p-one-spare', annotations, ownerReferences };
  await cluster.client.create(resourceClaims, { metadata: spare as typeof metadata, spec });
  await cluster.until('one to be left', async () => (await claimsOf(cluster)).length === 1);
  await cluster.clock.advance(60_000);
  const [left] = await claimsOf(cluster);
  assert.equal(left!.metadata.name, metadata.name);
});

test('a reservation of a pod that is unknown, or has been replaced, does not last', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  const claim = await client.create(resourceClaims, { metadata: { namespace, name: 'c' }, spec: request });
  const allocated = await allocate(cluster, claim);
  const reservedFor = [{ resource: 'pods', name: 'gone', uid: '9b7c7f0e-0000-4000-8000-000000000000' }];
  await client.updateStatus(resourceClaims, { ...allocated, status: { ...allocated.status, reservedFor } });
  await client.delete(resourceClaims, namespace, 'c');
  await cluster.until(
    'it to go',
    async () => !(await orNotFound(client.get(resourceClaims, namespace, 'c'))),
  );
});

/** Stores the first claims and says that it failed; watches tell nothing of claims. */
function losing(answers: number) {
  let left = answers;
  return (transport: Transport): Transport => ({
    stream: request => transport.stream(request),
    async request(request) {
      const answer = await transport.request(request);
      if (request.method === 'POST' && request.path.endsWith('/resourceclaims') && left-- > 0) {
        throw statusError.internal('the answer was lost');
      }
      return answer;
    },
    watch: (request, handler) =>
      transport.watch(request, {
        event: event => {
          if (event.object.kind !== 'ResourceClaim') handler.event(event);
        },
        end: error => handler.end(error),
      }),
  });
}

test('a claim whose making was not told is not made again', async t => {
  const cluster = await testCluster(t, undefined, { wrapTransport: losing(1) });
  await template(cluster);
  await pod(cluster, 'p', [{ name: 'one', resourceClaimTemplateName: 'gpu' }]);
  await cluster.until('the status', async () => (await statusesOf(cluster, 'p')) !== undefined);
  const claims = await claimsOf(cluster);
  assert.deepEqual(
    claims.map(({ metadata }) => metadata.name),
    (await statusesOf(cluster, 'p'))!.map(({ resourceClaimName }) => resourceClaimName),
  );
});
