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

  test('is what validation sees: what may not be set is set, and what is empty is no default', async () => {
    const refused = async (path: string, body: object, field: string, method = 'POST') => {
      const headers = {
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      };
      const { status, json } = await wired.send({ method, path, headers, body });
      assert.equal(status, 422, JSON.stringify(json));
      assert.ok(
        json.details?.causes?.some(cause => cause.field === field),
        JSON.stringify(json.details),
      );
    };
    const templates = '/api/v1/namespaces/default/podtemplates';
    const template = {
      kind: 'PodTemplate',
      apiVersion: 'v1',
      metadata: { name: 'p' },
      template: {
        metadata: { labels: { a: 'b' } },
        spec: { containers: [{ name: 'c', image: 'i' }], resources: { claims: [] } },
      },
    };
    await refused(templates, template, 'template.spec.resources.claims');
    const scalers = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
    const scaler = {
      kind: 'HorizontalPodAutoscaler',
      apiVersion: 'autoscaling/v2',
      metadata: { name: 'a' },
      spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'one' } },
    };
    await send('POST', scalers, scaler);
    const behavior = { scaleUp: { policies: [] } };
    const field = 'spec.behavior.scaleUp.policies';
    await refused(`${scalers}/a`, { spec: { behavior } }, field, 'PATCH');
    await refused(`${scalers}/a`, { ...scaler, spec: { ...scaler.spec, behavior } }, field, 'PUT');
  });

  test('is no change of what may not change, and is shown where something else did', async () => {
    const sets = '/apis/apps/v1/namespaces/default/daemonsets';
    const set = (labels: object) => ({
      kind: 'DaemonSet',
      apiVersion: 'apps/v1',
      metadata: { name: 'd' },
      spec: {
        selector: { matchLabels: labels, matchExpressions: [] },
        template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    });
    await send('POST', sets, set({ a: 'b' }));
    await send('PUT', `${sets}/d`, set({ a: 'b' }));
    const other = await wired.send({ method: 'PUT', path: `${sets}/d`, body: set({ a: 'c' }) });
    assert.match(
      other.json.message!,
      /spec.selector: Invalid value: \{"matchLabels":\{"a":"c"\}\}: field is/,
    );
    const unlabelled = {
      ...set({ a: 'b' }),
      spec: { ...set({ a: 'b' }).spec, template: { ...set({}).spec.template, metadata: { labels: {} } } },
    };
    const mislabelled = await wired.send({ method: 'PUT', path: `${sets}/d`, body: unlabelled });
    assert.match(mislabelled.json.message!, /spec.template.metadata.labels: Invalid value: \{\}: /);
  });

  test('makes another version of the kinds that take it literally', async () => {
    const policies = '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies';
    const policy = {
      kind: 'NetworkPolicy',
      apiVersion: 'networking.k8s.io/v1',
      metadata: { name: 'n' },
      spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [] },
    };
    type Made = { metadata: { generation: number }; spec: object };
    await send('POST', policies, policy);
    const updated = await send<Made>('PUT', `${policies}/n`, policy);
    assert.equal(updated.metadata.generation, 2);
    assert.ok(!('ingress' in updated.spec));
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
