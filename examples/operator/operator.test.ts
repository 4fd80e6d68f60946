import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type apiextensionsV1,
  type Cluster,
  configMaps,
  createVirtualClock,
  deployments,
  events,
  generateTypes,
  hasReason,
  nodes,
  pods,
  readManifests,
  services,
  startCluster,
  type VirtualClock,
} from 'coxswain';
import createController from './controller.ts';
import { type Website, type WebsiteSpec, websites } from './generated/website.ts';
import domainRule from './rule.ts';
import tierPlugin from './scheduler-plugin.ts';

/** The whole operator in a cluster of this process, on virtual time: as `cluster.yaml` has it, less the waiting. */
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const namespace = 'default';
const hour = 3_600_000;

let clock: VirtualClock;
let cluster: Cluster;

before(async () => {
  clock = createVirtualClock();
  cluster = await startCluster({
    clock,
    seed: 1,
    nodes: 3,
    manifests: await readManifests(path('crd.yaml'), path('zone.yaml')),
    extensions: [createController({}), domainRule, tierPlugin],
  });
  const fast = { metadata: { labels: { 'example.com/tier': 'fast' } } };
  await cluster.client.patch(nodes, '', 'hollow-1', 'merge', fast);
});

after(() => cluster.stop());

function createSite(name: string, spec: Partial<WebsiteSpec> = {}): Promise<Website> {
  const domain = `${name}.example.com`;
  return cluster.client.create(websites, { metadata: { namespace, name }, spec: { domain, ...spec } });
}

const site = (name: string) => cluster.client.get(websites, namespace, name);

async function until(condition: () => Promise<boolean>): Promise<void> {
  assert.ok(await clock.advanceUntil(condition, hour), 'not within an hour of virtual time');
}

async function isReady(name: string): Promise<boolean> {
  const { metadata, status } = await site(name);
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && ready.observedGeneration === metadata.generation;
}

async function zone(): Promise<Record<string, string>> {
  return { ...(await cluster.client.get(configMaps, 'dns', 'zone')).data };
}

test('a website is served by as many pods as it asks for, behind a Service, and says when it is ready', async () => {
  await createSite('docs', { replicas: 3, port: 'http' });
  await until(() => isReady('docs'));
  const { status } = await site('docs');
  assert.equal(status?.readyReplicas, 3);
  assert.equal(status?.conditions?.[0]?.message, '3 of 3 pods are ready');
  assert.equal((await cluster.client.get(services, namespace, 'docs')).spec?.ports?.[0]?.targetPort, 'http');
  assert.equal((await zone())['docs.example.com'], 'default/docs');
  const told = async () => (await cluster.client.list(events, namespace)).items;
  await until(async () => (await told()).some(event => event.reason === 'Published'));

  await cluster.client.patch(websites, namespace, 'docs', 'merge', {
    spec: { replicas: 1, domain: 'new.example.com' },
  });
  await until(async () => (await site('docs')).status?.readyReplicas === 1 && (await isReady('docs')));
  assert.deepEqual(await zone(), { 'new.example.com': 'default/docs' });
});

test('what somebody deletes comes back', async () => {
  await createSite('blog');
  await until(() => isReady('blog'));
  const { metadata } = await cluster.client.get(deployments, namespace, 'blog');
  await cluster.client.delete(deployments, namespace, 'blog');
  const current = async () =>
    (await cluster.client.list(deployments, namespace)).items.find(item => item.metadata.name === 'blog');
  await until(async () => {
    const uid = (await current())?.metadata.uid;
    return uid !== undefined && uid !== metadata.uid;
  });
});

test('a website that goes takes its pods with it, and gives its domain back first', async () => {
  await createSite('gone', { replicas: 2 });
  await until(() => isReady('gone'));
  await cluster.client.delete(websites, namespace, 'gone');
  const labelSelector = 'example.com/website=gone';
  await until(async () => (await cluster.client.list(pods, namespace, { labelSelector })).items.length === 0);
  await assert.rejects(site('gone'), error => hasReason(error, 'NotFound'));
  assert.ok(!('gone.example.com' in (await zone())));
});

test('a domain leads to one website', async () => {
  assert.equal((await createSite('first', { domain: 'Shop.Example.com' })).spec.domain, 'shop.example.com');
  await assert.rejects(createSite('second', { domain: 'shop.example.com' }), {
    message:
      'admission rule "website-domain" denied the request: Website.example.com "second" is invalid: ' +
      'spec.domain: Duplicate value: "shop.example.com"',
  });
});

test('pods rather run on nodes of the tier that their website names', async () => {
  await createSite('quick', { tier: 'fast', replicas: 4 });
  await until(() => isReady('quick'));
  const { items } = await cluster.client.list(pods, namespace, {
    labelSelector: 'example.com/website=quick',
  });
  assert.deepEqual([...new Set(items.map(({ spec }) => spec?.nodeName))], ['hollow-1']);
});

test('the types are those of the definition', async () => {
  const definitions = (await readManifests(path('crd.yaml'))) as apiextensionsV1.CustomResourceDefinition[];
  assert.equal(
    await readFile(path('generated/website.ts'), 'utf8'),
    generateTypes(definitions),
    'run: npx coxswain generate types examples/operator/crd.yaml -o examples/operator/generated/website.ts',
  );
});
