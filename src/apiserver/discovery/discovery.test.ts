import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResourceDefinition } from '#api/definition.ts';
import { builtInResources } from '#api/registry.ts';
import { buildDiscovery } from './discovery.ts';
import { compareVersions } from './order.ts';
import { storageVersionHash } from './resources.ts';

const deployments: ResourceDefinition = {
  group: 'apps',
  versions: [{ version: 'v1', schema: 'io.k8s.api.apps.v1.Deployment' }],
  kind: 'Deployment',
  resource: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  statusSubresource: true,
  scale: { specReplicasPath: '', statusReplicasPath: '', selectorPath: '' },
  strategy: {},
};
const pods: ResourceDefinition = {
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.Pod' }],
  kind: 'Pod',
  resource: 'pods',
  singular: 'pod',
  namespaced: true,
  statusSubresource: true,
  extraSubresources: [
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
  ],
  strategy: {},
};
const widgets: ResourceDefinition = {
  ...deployments,
  group: 'example.com',
  versions: [
    { version: 'v1beta1', schema: 'x' },
    { version: 'v2', schema: 'x' },
  ],
  kind: 'Widget',
  resource: 'widgets',
  singular: 'widget',
};
const reviews: ResourceDefinition = {
  group: 'authentication.k8s.io',
  versions: [{ version: 'v1', schema: 'x' }],
  kind: 'TokenReview',
  resource: 'tokenreviews',
  singular: 'tokenreview',
  namespaced: false,
  verbs: ['create'],
  strategy: {},
};
const discovery = buildDiscovery([widgets, pods, reviews, deployments], { serverAddress: '10.0.0.1:6443' });

function get(path: string, isAggregated = false) {
  const found = discovery.find(path, isAggregated);
  return found && { ...found, value: JSON.parse(found.json) };
}

describe('legacy discovery', () => {
  it('/api tells the core versions and the address', () => {
    assert.deepEqual(get('/api')!.value, {
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '10.0.0.1:6443' }],
    });
  });

  it('/apis ranks groups and prefers the most stable version', () => {
    const { groups } = get('/apis')!.value;
    assert.deepEqual(
      groups.map((g: { name: string }) => g.name),
      ['apps', 'authentication.k8s.io', 'example.com'],
    );
    assert.deepEqual(groups[2].preferredVersion, { groupVersion: 'example.com/v2', version: 'v2' });
    assert.equal(get('/apis/apps/')!.value.kind, 'APIGroup');
  });

  it('/apis/G/V lists resources and their subresources', () => {
    const { groupVersion, resources } = get('/apis/apps/v1')!.value;
    assert.equal(groupVersion, 'apps/v1');
    // The hash is the one that upstream's servers give for apps/v1 Deployment.
    assert.deepEqual(resources, [
      {
        name: 'deployments',
        singularName: 'deployment',
        namespaced: true,
        kind: 'Deployment',
        verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
        shortNames: ['deploy'],
        categories: ['all'],
        storageVersionHash: '8aSe+NMegvE=',
      },
      {
        name: 'deployments/scale',
        singularName: '',
        namespaced: true,
        group: 'autoscaling',
        version: 'v1',
        kind: 'Scale',
        verbs: ['get', 'patch', 'update'],
      },
      {
        name: 'deployments/status',
        singularName: '',
        namespaced: true,
        kind: 'Deployment',
        verbs: ['get', 'patch', 'update'],
      },
    ]);
    const names = get('/api/v1')!.value.resources.map((r: { name: string }) => r.name);
    assert.deepEqual(names, ['pods', 'pods/eviction', 'pods/log', 'pods/status']);
    const definitions = builtInResources.find(({ kind }) => kind === 'CustomResourceDefinition')!;
    // Upstream keeps them in an older version, and everybody's hash is of that.
    assert.equal(storageVersionHash(definitions), 'jfWCUB31mvA=');
    const [review] = get('/apis/authentication.k8s.io/v1')!.value.resources;
    assert.deepEqual(review.verbs, ['create']);
    assert.equal(review.storageVersionHash, undefined);
  });

  it('knows no other path', () => {
    for (const path of ['/api/v2', '/apis/apps/v2', '/apis/nope', '/apis/apps/v1/deployments', '/version']) {
      assert.equal(get(path), undefined, path);
    }
  });
});

describe('aggregated discovery', () => {
  it('tells of a kind what it told before, and looks only at those that are new', () => {
    let looks = 0;
    const { singular, ...rest } = pods;
    const counted = {
      ...rest,
      get singular() {
        looks++;
        return singular;
      },
    };
    const before = buildDiscovery([counted]).find('/api', true)!;
    const after = buildDiscovery([counted, widgets]);
    assert.deepEqual(after.find('/api', true), before);
    assert.ok(after.find('/apis', true)!.json.includes('example.com'));
    assert.equal(looks, 1);
  });

  it('has a tag, and is of the roots alone', () => {
    const answer = get('/apis', true)!;
    assert.match(answer.etag!, /^"[0-9A-F]{128}"$/);
    assert.equal(answer.value.apiVersion, 'apidiscovery.k8s.io/v2');
    assert.deepEqual(answer.value.items[0].versions[0].resources[0].subresources[0], {
      subresource: 'scale',
      responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      verbs: ['get', 'patch', 'update'],
    });
    const [core, ...rest] = get('/api', true)!.value.items;
    assert.deepEqual([core.metadata, rest], [{}, []]);
    assert.equal(get('/apis')!.etag, undefined);
    assert.equal(get('/apis/apps', true)!.value.kind, 'APIGroup');
  });

  it('has a tag that changes with the definitions alone', () => {
    const same = buildDiscovery([deployments, reviews, widgets, pods]);
    assert.equal(same.find('/apis', true)!.etag, discovery.find('/apis', true)!.etag);
    const other = buildDiscovery([deployments]);
    assert.notEqual(other.find('/apis', true)!.etag, discovery.find('/apis', true)!.etag);
  });
});

it('orders versions as Kubernetes does', () => {
  const versions = ['v1alpha1', 'foo', 'v1', 'v10', 'v2beta1', 'v1beta2', 'v2'];
  assert.deepEqual(versions.sort(compareVersions), [
    'v10',
    'v2',
    'v1',
    'v2beta1',
    'v1beta2',
    'v1alpha1',
    'foo',
  ]);
});
