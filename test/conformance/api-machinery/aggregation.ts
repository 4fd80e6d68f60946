import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createClient } from '#client/client.ts';
import { createHttpsTransport } from '#client/https.ts';
import { accessOf, parseKubeConfig } from '#client/kubeconfig.ts';
import { networkAddress } from '#main/node-address.ts';
import { ExtensionServer } from '#test/api/extension-server.ts';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';

const group = 'wardle.example.com';
const path = `/apis/${group}/v1alpha1`;
const apiServices = '/apis/apiregistration.k8s.io/v1/apiservices';
const name = `v1alpha1.${group}`;

/** An extension API server in this process, where the cluster's API server can reach it, behind a Service without pods. */
async function extension(t: Trial): Promise<ExtensionServer> {
  const read = (file: string) => readFileSync(file, 'utf8');
  const transport = createHttpsTransport({ access: accessOf(parseKubeConfig(t.kubeconfig), read) });
  t.defer(() => transport[Symbol.dispose]());
  const host = networkAddress();
  const { namespace } = t;
  const server = await ExtensionServer.start(createClient(transport), { service: 'sample', namespace, host });
  t.defer(() => server[Symbol.asyncDispose]());
  const ports = [{ name: 'https', port: 443, targetPort: server.port }];
  await t.api.services.create({ metadata: { name: 'sample' }, spec: { ports } });
  await t.api.endpointSlices.create({
    metadata: { name: 'sample', labels: { 'kubernetes.io/service-name': 'sample' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [host] }],
    ports: [{ name: 'https', port: server.port, protocol: 'TCP' }],
  });
  return server;
}

async function json<T>(t: Trial, method: string, at: string, body?: unknown): Promise<T> {
  const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const response = await t.raw({
    method,
    path: at,
    ...(body ? { headers: { 'content-type': contentType }, body: JSON.stringify(body) } : {}),
  });
  assert.ok(response.status < 300, `${method} ${at}: ${response.status} ${response.text}`);
  return response.json<T>();
}

interface ApiService {
  readonly metadata: { readonly labels?: Record<string, string> };
  readonly status?: { readonly conditions?: { type: string; status: string }[] };
}

interface Named {
  readonly metadata: { readonly name: string };
}

const isAvailable = ({ status }: ApiService) =>
  status?.conditions?.some(condition => condition.type === 'Available' && condition.status === 'True') ===
  true;

async function register(t: Trial, server: ExtensionServer): Promise<void> {
  const { namespace } = t;
  await json(t, 'POST', apiServices, {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name },
    spec: {
      group,
      version: 'v1alpha1',
      service: { namespace, name: 'sample', port: 443 },
      caBundle: server.caBundle,
      groupPriorityMinimum: 2_000,
      versionPriority: 200,
    },
  });
  t.defer(() => t.raw({ method: 'DELETE', path: `${apiServices}/${name}` }));
  await t.until('the APIService to be available', async () =>
    isAvailable(await json<ApiService>(t, 'GET', `${apiServices}/${name}`)),
  );
}

export const aggregationRows = [
  row(
    'Aggregator Should be able to support the 1.17 Sample API Server using the current Aggregator',
    async t => {
      await register(t, await extension(t));
      const groups = await json<{ groups: { name: string }[] }>(t, 'GET', '/apis');
      assert.ok(groups.groups.some(found => found.name === group));
      const { resources } = await json<{ resources: { name: string }[] }>(t, 'GET', path);
      assert.ok(resources.some(resource => resource.name === 'flunders'));

      const flunders = `${path}/namespaces/${t.namespace}/flunders`;
      const flunder = { apiVersion: `${group}/v1alpha1`, kind: 'Flunder', metadata: { name: 'one' } };
      await json(t, 'POST', flunders, flunder);
      const names = async () =>
        (await json<{ items: Named[] }>(t, 'GET', flunders)).items.map(o => o.metadata.name);
      assert.deepEqual(await names(), ['one']);
      assert.equal((await json<Named>(t, 'GET', `${flunders}/one`)).metadata.name, 'one');
      await json(t, 'DELETE', `${flunders}/one`);
      assert.deepEqual(await names(), []);

      const patched = await json<ApiService>(t, 'PATCH', `${apiServices}/${name}`, {
        metadata: { labels: { conformance: t.id } },
      });
      assert.equal(patched.metadata.labels?.conformance, t.id);
      const status = await json<ApiService>(t, 'GET', `${apiServices}/${name}/status`);
      assert.ok(isAvailable(status));
      const listed = await json<{ items: Named[] }>(
        t,
        'GET',
        `${apiServices}?labelSelector=conformance%3D${t.id}`,
      );
      assert.deepEqual(
        listed.items.map(({ metadata }) => metadata.name),
        [name],
      );
      await json(t, 'DELETE', `${apiServices}?labelSelector=conformance%3D${t.id}`);
      await t.until('the group to go', async () => (await t.raw({ path })).status === 404);
    },
  ),
];
