import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WiredCluster } from './wire.ts';

const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const flakes = '/apis/empty.example/v1/namespaces/default/flakes';

const selected = 'fieldSelector=metadata.name=one';

interface Slice {
  readonly metadata: { readonly generation: number; readonly resourceVersion?: string };
  readonly endpoints: unknown;
  readonly ports: unknown;
}
const slice = {
  kind: 'EndpointSlice',
  apiVersion: 'discovery.k8s.io/v1',
  metadata: { name: 'one', labels: {} },
  addressType: 'IPv4',
  endpoints: [],
  ports: [],
};
const deployment = {
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  metadata: { name: 'one' },
  spec: {
    replicas: 0,
    selector: { matchLabels: { a: 'b' } },
    template: {
      metadata: { labels: { a: 'b' } },
      spec: {
        containers: [{ name: 'c', image: 'i', env: [], resources: {} }],
        volumes: [{ name: 'v', projected: { sources: [] } }],
        securityContext: {},
      },
    },
  },
};
const crd = {
  kind: 'CustomResourceDefinition',
  apiVersion: 'apiextensions.k8s.io/v1',
  metadata: { name: 'flakes.empty.example' },
  spec: {
    group: 'empty.example',
    names: { plural: 'flakes', singular: 'flake', kind: 'Flake', listKind: 'FlakeList' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

describe('an empty list of a built-in kind', () => {
  let wired: WiredCluster;
  const send = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const { status, text } = await wired.send({
      method,
      path,
      headers: { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' },
      ...(body === undefined ? {} : { body }),
    });
    assert.ok(status < 300, text);
    return JSON.parse(text) as T;
  };
  before(async () => {
    wired = await WiredCluster.start({ controllers: [] });
  });
  after(() => wired[Symbol.asyncDispose]());

  test('is none from the answer of its creation on, of a dry run too', async () => {
    const isNone = ({ endpoints, ports, metadata }: Slice) => {
      assert.deepEqual([endpoints, ports], [null, null]);
      assert.ok(!('labels' in metadata));
    };
    isNone(await send<Slice>('POST', `${slices}?dryRun=All`, slice));
    isNone(await send<Slice>('POST', slices, slice));
    isNone(await send<Slice>('GET', `${slices}/one`));
    isNone((await send<{ items: Slice[] }>('GET', `${slices}?${selected}`)).items[0]!);
    const watched = await send<{ object: Slice }>('GET', `${slices}?${selected}&watch=1&timeoutSeconds=1`);
    isNone(watched.object);
  });

  test('is what was there already, where there was none', async () => {
    const before = await send<Slice>('GET', `${slices}/one`);
    for (const after of [
      await send<Slice>('PUT', `${slices}/one`, slice),
      await send<Slice>('PATCH', `${slices}/one`, { endpoints: [], ports: [] }),
    ]) {
      assert.deepEqual(after, before);
    }
  });

  test('is none deep inside too, and is no change of a specification', async () => {
    type Made = typeof deployment & { metadata: { generation: number } };
    const made = await send<Made>('POST', deployments, deployment);
    const { spec } = made.spec.template;
    assert.equal(spec.volumes[0]!.projected.sources, null);
    assert.deepEqual(spec.securityContext, {});
    assert.deepEqual(spec.containers[0]!.resources, {});
    assert.ok(!('env' in spec.containers[0]!));
    const again = await send<Made>('PUT', `${deployments}/one`, deployment);
    assert.equal(again.metadata.generation, made.metadata.generation);
  });

  test('stays in what upstream stores as JSON: definitions and custom resources', async () => {
    await send('POST', crds, crd);
    for (let i = 0; i < 200 && (await wired.send({ path: flakes })).status !== 200; i++) {
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    const flake = {
      kind: 'Flake',
      apiVersion: 'empty.example/v1',
      metadata: { name: 'a' },
      list: [],
      map: {},
    };
    await send('POST', flakes, flake);
    const { list, map } = await send<typeof flake>('GET', `${flakes}/a`);
    assert.deepEqual({ list, map }, { list: [], map: {} });
    type Crd = { spec: object; status: { storedVersions: unknown; conditions: unknown } };
    const cleared = await send<Crd>('PATCH', `${crds}/flakes.empty.example/status`, {
      status: { conditions: [], storedVersions: [] },
    });
    assert.ok(Array.isArray(cleared.status.conditions));
    // By default, the storage version is.
    assert.deepEqual(cleared.status.storedVersions, ['v1']);
  });
});
