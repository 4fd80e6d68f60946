import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiServices, configMaps, endpointSlices, namespaces, services } from '#api/generated/refs.ts';
import type { APIService, APIServiceSpec } from '#api/generated/types/apiregistration.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import type { ConfigMap, Service } from '#api/generated/types/core.v1.ts';
import type { Client } from '#client/client.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { networkAddress } from '#main/node-address.ts';
import { hasUpstreamTools, upstreamTools } from '../kubectl.ts';
import { ExtensionServer } from './extension-server.ts';
import { WiredCluster } from './wire.ts';

const group = 'wardle.example.com';
const name = `v1alpha1.${group}`;
const path = `/apis/${group}/v1alpha1`;
const flunders: ResourceRef = {
  group,
  version: 'v1alpha1',
  resource: 'flunders',
  kind: 'Flunder',
  namespaced: true,
};
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 1_500; tries++) {
    const found = await ask();
    if (found) return found;
    await sleep(20);
  }
  throw new Error(`timed out waiting for ${what}`);
}

function apiService(spec: Partial<APIServiceSpec>): APIService {
  const own = { group, version: 'v1alpha1', groupPriorityMinimum: 2000, versionPriority: 15 };
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name },
    spec: { ...own, ...spec },
  };
}

async function reason(client: Client): Promise<string | undefined> {
  const { status } = await client.get(apiServices, '', name);
  return status?.conditions?.find(({ type }) => type === 'Available')?.reason;
}

describe('aggregation', () => {
  let wired: WiredCluster;
  let client: Client;
  let extension: ExtensionServer;
  const address = networkAddress();

  before(async () => {
    wired = await WiredCluster.start();
    client = wired.cluster.client;
    extension = await ExtensionServer.start(client, { service: 'sample', host: address });
  });

  after(async () => {
    await extension[Symbol.asyncDispose]();
    await wired[Symbol.asyncDispose]();
  });

  test('every group version of this server has an APIService', async () => {
    const { items } = await client.list(apiServices, '');
    assert.ok(items.length > 20);
    for (const { metadata, status } of items) {
      assert.equal(metadata.labels?.['kube-aggregator.kubernetes.io/automanaged'], 'onstart');
      assert.deepEqual([status?.conditions?.[0]?.status, status?.conditions?.[0]?.reason], ['True', 'Local']);
    }
    const { spec } = items.find(({ metadata }) => metadata.name === 'v2.autoscaling')!;
    assert.deepEqual([spec?.groupPriorityMinimum, spec?.versionPriority], [17_500, 30]);
  });

  test('its condition follows the service, its ports, its endpoints and the answers', async () => {
    await client.create(apiServices, apiService({ service: { namespace: 'default', name: 'sample' } }));
    const becomes = (wanted: string) => until(wanted, async () => (await reason(client)) === wanted);
    await becomes('ServiceNotFound');
    assert.equal((await wired.send({ path })).status, 503);
    assert.equal((await wired.send({ path })).text, 'service unavailable\n');
    const ports = [{ name: 'web', port: 442 }];
    const service = await client.create(services, {
      metadata: { name: 'sample', namespace: 'default' },
      spec: { ports },
    } as Service);
    await becomes('ServicePortError');
    const next = structuredClone(service);
    next.spec!.ports![0]!.port = 443;
    await client.update(services, next);
    await becomes('EndpointsNotFound');
    const labels = { 'kubernetes.io/service-name': 'sample' };
    const slice = {
      metadata: { name: 'sample', namespace: 'default', labels },
      addressType: 'IPv4',
      endpoints: [] as EndpointSlice['endpoints'],
      ports: [{ name: 'web', port: extension.port }],
    };
    await client.create(endpointSlices, slice as Partial<EndpointSlice>);
    await becomes('MissingEndpoints');
    await client.update(endpointSlices, {
      ...slice,
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      endpoints: [{ addresses: [address] }],
    });
    await becomes('FailedDiscoveryCheck');
    const { status } = await client.get(apiServices, '', name);
    assert.match(status!.conditions![0]!.message!, /x509: certificate signed by unknown authority/);
    const found = await client.get(apiServices, '', name);
    await client.update(apiServices, { ...found, spec: { ...found.spec!, caBundle: extension.caBundle } });
    await becomes('Passed');
    const whole = { ...slice, apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' };
    await client.update(endpointSlices, whole);
    await becomes('MissingEndpoints');
    const lost = `aggregator_unavailable_apiservice_total{name="${name}",reason="MissingEndpoints"} 1`;
    assert.ok((await wired.send({ path: '/metrics' })).text.split('\n').includes(lost));
    await client.update(endpointSlices, { ...whole, endpoints: [{ addresses: [address] }] });
    await becomes('Passed');
  });

  test('requests reach the extension as who sent them', async () => {
    const body = { apiVersion: `${group}/v1alpha1`, kind: 'Flunder', metadata: { name: 'one' } };
    const made = await wired.send({ method: 'POST', path: `${path}/namespaces/default/flunders`, body });
    assert.equal(made.status, 201, made.text);
    const asker = extension.askers.at(-1)!;
    assert.equal(asker.user, 'kubernetes-admin');
    assert.ok(
      asker.groups.includes('kubeadm:cluster-admins') && asker.groups.includes('system:authenticated'),
    );
    assert.match(asker.extra['authentication.kubernetes.io/credential-id']![0]!, /^X509SHA256=/);
    const headers = { 'x-remote-user': 'evil', 'x-remote-group': 'system:masters' };
    const read = await wired.send({ path: `${path}/namespaces/default/flunders/one`, headers });
    assert.equal(read.status, 200);
    assert.equal(extension.askers.at(-1)!.user, 'kubernetes-admin');
  });

  test('requests reach the extension as a proxy of Go passes them on', async () => {
    const sent = {
      connection: 'x-mine, keep-alive',
      te: 'trailers, deflate',
      'x-mine': 'yes',
      'x-forwarded-for': '192.0.2.9',
      'x-forwarded-host': 'evil',
    };
    const answer = await wired.send({
      path: `${path}/namespaces/default/%66lunders/one?b=%20&a=*`,
      headers: sent,
    });
    const { headers = {}, url } = extension.heard!;
    assert.equal(url, `${path}/namespaces/default/flunders/one?a=%2A&b=+`);
    const host = `${address}:${extension.port}`;
    const told = ['connection', 'te', 'x-mine', 'audit-id', 'host'].map(one => headers[one]);
    assert.deepEqual(told, [undefined, 'trailers', undefined, answer.headers['audit-id'], host]);
    const forwarded = ['for', 'host', 'proto', 'uri'].map(one => headers[`x-forwarded-${one}`]);
    const uri = `${path}/namespaces/default/flunders/one`;
    assert.deepEqual(forwarded, ['192.0.2.9, 127.0.0.1', host, 'https', uri]);
    await wired.send({ method: 'DELETE', path: `${path}/namespaces/default/flunders/none` });
    assert.equal(extension.heard!.headers['content-length'], undefined);
  });

  test('it may not send clients elsewhere', async () => {
    const answer = await wired.send({ path: `${path}/namespaces/default/flunders/moved` });
    const text = 'the backend attempted to redirect this request, which is not permitted';
    assert.deepEqual([answer.status, answer.text, answer.headers.location], [502, text, undefined]);
  });

  test('what the cluster forbids never leaves it', async () => {
    const headers = { 'impersonate-user': 'jane' };
    const before = extension.askers.length;
    const answer = await wired.send({ path: `${path}/namespaces/default/flunders`, headers });
    assert.equal(answer.status, 403);
    assert.equal(extension.askers.length, before);
  });

  test('discovery has its group where its priority says, in both forms, and the first page its paths', async () => {
    await until('fresh discovery', async () =>
      (await wired.send({ path: '/apis', headers: { accept: aggregated } })).text.includes('flunders'),
    );
    const legacy = await wired.send({ path: '/apis' });
    const groups = (legacy.json.groups as { name: string }[]).map(one => one.name);
    assert.equal(groups[0], 'apiregistration.k8s.io');
    assert.equal(groups.at(-1), group);
    const paths = (await wired.send({ path: '/' })).json.paths as string[];
    const own = paths.filter(path => path.includes(group));
    assert.deepEqual(own, [`/apis/${group}`, `/apis/${group}/v1alpha1`]);
    assert.deepEqual(paths, [...new Set(paths)].sort());
    const answer = await wired.send({ path: '/apis', headers: { accept: aggregated } });
    const items = answer.json.items as { metadata: { name: string }; versions: object[] }[];
    assert.deepEqual(
      items.map(item => item.metadata.name),
      groups,
    );
    assert.deepEqual(items.at(-1)!.versions, [
      {
        version: 'v1alpha1',
        resources: [
          {
            resource: 'flunders',
            responseKind: { group, version: 'v1alpha1', kind: 'Flunder' },
            scope: 'Namespaced',
            singularResource: 'flunder',
            verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'watch'],
          },
        ],
        freshness: 'Current',
      },
    ]);
    const headers = { accept: aggregated, 'if-none-match': String(answer.headers.etag) };
    assert.equal((await wired.send({ path: '/apis', headers })).status, 304);
    const yaml = await wired.send({ path: '/apis', headers: { accept: 'application/yaml' } });
    assert.match(yaml.text, new RegExp(`^- name: ${group}$`, 'm'));
    const one = await wired.send({ path: `/apis/${group}` });
    assert.deepEqual(one.json.preferredVersion, { groupVersion: `${group}/v1alpha1`, version: 'v1alpha1' });
    assert.equal((await wired.send({ path })).json.kind, 'APIResourceList');
    assert.equal((await wired.send({ path: '/apis/apps' })).json.kind, 'APIGroup');
  });

  test('OpenAPI holds what the extension says of itself', async () => {
    const index = await until('version 3', async () => {
      const { json } = await wired.send({ path: '/openapi/v3' });
      const paths = json.paths as Record<string, { serverRelativeURL: string }>;
      return paths[`apis/${group}/v1alpha1`] && paths;
    });
    assert.ok(index['apis/apps/v1']);
    const own = await wired.send({ path: index[`apis/${group}/v1alpha1`]!.serverRelativeURL });
    assert.deepEqual(own.json.info, { title: 'sample', version: 'x' });
    const swagger = (await wired.send({ path: '/openapi/v2' })).json as unknown as {
      paths: Record<string, object>;
      definitions: Record<string, object>;
    };
    assert.ok(swagger.paths[`${path}/flunders`] && swagger.paths['/apis/apps/v1/deployments']);
    assert.ok(swagger.definitions['com.example.wardle.Flunder']);
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
    const packed = await wired.send({ path: '/openapi/v2', headers: { accept } });
    assert.ok(packed.bytes.includes('com.example.wardle.Flunder'));
    const headers = { accept, 'if-none-match': String(packed.headers.etag) };
    const same = await wired.send({ path: '/openapi/v2', headers });
    assert.deepEqual([same.status, same.headers['content-type']], [304, undefined]);
  });

  test('what an old extension says in OpenAPI 2 is said in version 3 too', async () => {
    extension.legacyOnly = true;
    const found = await client.get(apiServices, '', name);
    await client.update(apiServices, { ...found, metadata: { ...found.metadata, labels: { old: 'yes' } } });
    const line = `apis/${group}/v1alpha1`;
    const url = await until('the new page', async () => {
      const { json } = await wired.send({ path: '/openapi/v3' });
      const { serverRelativeURL } = (json.paths as Record<string, { serverRelativeURL: string }>)[line]!;
      return !serverRelativeURL.endsWith('hash=1') && serverRelativeURL;
    });
    const page = await wired.send({ path: url });
    const { openapi, components } = page.json as { openapi: string; components: { schemas: object } };
    assert.equal(openapi, '3.0.0');
    assert.deepEqual(Object.keys(components.schemas), ['com.example.wardle.Flunder']);
    const { etag } = page.headers;
    assert.ok(url.endsWith(`?hash=${JSON.parse(etag!)}`));
    assert.equal((await wired.send({ path: url, headers: { 'if-none-match': etag! } })).status, 304);
    extension.legacyOnly = false;
  });

  test('watches and upgrades go through', async () => {
    const events: string[] = [];
    const watch = client.watch(
      flunders,
      'default',
      {},
      {
        event: ({ type, object }) => events.push(`${type} ${object.metadata.name}`),
        end: () => events.push('end'),
      },
    );
    await until('the watch', async () => {
      await client.create(flunders, { metadata: { name: 'seen', namespace: 'default' } } as KubeObject);
      return events.length > 0;
    });
    assert.equal(events[0], 'ADDED seen');
    watch[Symbol.dispose]();
    const socket = await wired.dial();
    socket.write(`GET ${path}/echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`);
    let said = '';
    for await (const chunk of socket) said += chunk;
    assert.match(said, /^HTTP\/1.1 101 .*kubernetes-admin$/s);
  });

  test('kubectl knows it as any other resource', { skip: !hasUpstreamTools() }, async () => {
    const home = await mkdtemp(join(tmpdir(), 'aggregation-'));
    await writeFile(join(home, 'config'), wired.kubeconfig);
    const { kubectl } = await upstreamTools();
    const env = { HOME: home, KUBECONFIG: join(home, 'config'), PATH: process.env.PATH };
    const run = (...args: string[]) => promisify(execFile)(kubectl, args, { env });
    assert.match((await run('get', 'flunders', '-o', 'name')).stdout, /flunder.wardle.example.com\/one/);
    assert.match(
      (await run('api-resources', '--api-group', group)).stdout,
      /flunders\s+wardle.example.com\/v1alpha1\s+true\s+Flunder/,
    );
    assert.match((await run('get', 'apiservice', name)).stdout, /default\/sample\s+True/);
    await rm(home, { recursive: true });
  });

  test('a dependent among its objects is collected, and a namespace takes them along', async () => {
    await client.create(namespaces, { metadata: { name: 'doomed' } });
    const owner = await client.create(configMaps, {
      metadata: { name: 'owner', namespace: 'default' },
    } as ConfigMap);
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid! };
    await client.create(flunders, {
      metadata: { name: 'owned', namespace: 'default', ownerReferences: [reference] },
    } as KubeObject);
    await client.create(flunders, { metadata: { name: 'inside', namespace: 'doomed' } } as KubeObject);
    await client.delete(configMaps, 'default', 'owner');
    const gone = (namespace: string, object: string) => async () =>
      !(await client.list(flunders, namespace)).items.some(({ metadata }) => metadata.name === object);
    await until('collection', gone('default', 'owned'));
    await client.delete(namespaces, '', 'doomed');
    await until(
      'the namespace to go',
      async () =>
        !(await client.list(namespaces, '')).items.some(({ metadata }) => metadata.name === 'doomed'),
    );
    assert.equal((await client.list(flunders, 'doomed')).items.length, 0);
  });

  test('a group that does not answer is stale, and one that is removed is gone', async () => {
    await client.delete(endpointSlices, 'default', 'sample');
    await until('unavailability', async () => (await reason(client)) === 'EndpointsNotFound');
    const stale = await until('staleness', async () => {
      const { text } = await wired.send({ path: '/apis', headers: { accept: aggregated } });
      return text.includes('"Stale"') && text;
    });
    assert.ok(stale.includes(group));
    assert.equal((await wired.send({ path: `${path}/flunders` })).status, 503);
    await client.create(namespaces, { metadata: { name: 'held' } });
    await client.delete(namespaces, '', 'held');
    await until('the namespace to tell', async () => {
      const { status } = await client.get(namespaces, '', 'held');
      return status?.conditions?.some(
        ({ reason, message }) =>
          reason === 'DiscoveryFailed' && message?.includes('stale GroupVersion discovery'),
      );
    });
    await client.delete(apiServices, '', name);
    await until('its end', async () => !(await wired.send({ path: '/apis' })).text.includes(group));
    assert.equal((await wired.send({ path })).status, 404);
  });
});
