import assert from 'node:assert/strict';
import { ApisApi, type V1APIGroup, type V1APIResourceList, VersionApi } from '@kubernetes/client-node';
import { row } from '../row.ts';
import type { Trial } from '../trial.ts';

interface AggregatedGroup {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly {
    readonly version: string;
    readonly freshness: string;
    readonly resources: readonly { readonly resource: string; readonly verbs: readonly string[] }[];
  }[];
}

interface AggregatedDiscovery {
  readonly kind: string;
  readonly apiVersion: string;
  readonly items: readonly AggregatedGroup[];
}

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Resources that every cluster has, by the version that serves them. */
const builtIn: Readonly<Record<string, readonly string[]>> = {
  '/v1': ['configmaps', 'namespaces', 'nodes', 'pods', 'secrets', 'serviceaccounts', 'services'],
  'admissionregistration.k8s.io/v1': ['mutatingwebhookconfigurations', 'validatingadmissionpolicies'],
  'apiextensions.k8s.io/v1': ['customresourcedefinitions'],
  'apiregistration.k8s.io/v1': ['apiservices'],
  'apps/v1': ['controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  'authentication.k8s.io/v1': ['tokenreviews'],
  'authorization.k8s.io/v1': ['selfsubjectaccessreviews', 'subjectaccessreviews'],
  'autoscaling/v2': ['horizontalpodautoscalers'],
  'batch/v1': ['cronjobs', 'jobs'],
  'certificates.k8s.io/v1': ['certificatesigningrequests'],
  'coordination.k8s.io/v1': ['leases'],
  'discovery.k8s.io/v1': ['endpointslices'],
  'events.k8s.io/v1': ['events'],
  'flowcontrol.apiserver.k8s.io/v1': ['flowschemas', 'prioritylevelconfigurations'],
  'networking.k8s.io/v1': ['ingressclasses', 'ingresses', 'networkpolicies'],
  'node.k8s.io/v1': ['runtimeclasses'],
  'policy/v1': ['poddisruptionbudgets'],
  'rbac.authorization.k8s.io/v1': ['clusterroles', 'rolebindings', 'roles'],
  'scheduling.k8s.io/v1': ['priorityclasses'],
  'storage.k8s.io/v1': ['csidrivers', 'csinodes', 'storageclasses', 'volumeattachments'],
};

async function aggregated(t: Trial, path: string): Promise<AggregatedDiscovery> {
  const response = await t.raw({ path, headers: { accept: `${aggregatedType},application/json` } });
  assert.equal(response.status, 200);
  assert.match(String(response.headers['content-type']), /as=APIGroupDiscoveryList/);
  return response.json<AggregatedDiscovery>();
}

function checkBuiltIns(documents: readonly AggregatedDiscovery[]): void {
  const groups = documents.flatMap(document => document.items);
  for (const [groupVersion, resources] of Object.entries(builtIn)) {
    const [group, version] = groupVersion.split('/');
    const found = groups.find(candidate => (candidate.metadata.name ?? '') === group);
    const served = found?.versions.find(candidate => candidate.version === version);
    assert.ok(served, `no ${groupVersion}`);
    assert.equal(served.freshness, 'Current');
    const names = served.resources.map(resource => resource.resource);
    assert.deepEqual(
      resources.filter(name => !names.includes(name)),
      [],
      groupVersion,
    );
    assert.ok(served.resources.every(resource => resource.verbs.length > 0));
  }
}

export const discoveryRows = [
  row('AggregatedDiscovery should support raw aggregated discovery endpoint Accept headers', async t => {
    const documents = [await aggregated(t, '/api'), await aggregated(t, '/apis')];
    for (const document of documents) {
      assert.equal(document.kind, 'APIGroupDiscoveryList');
      assert.equal(document.apiVersion, 'apidiscovery.k8s.io/v2');
    }
    checkBuiltIns(documents);
  }),

  row(
    'AggregatedDiscovery should support aggregated discovery interface',
    async t => {
      checkBuiltIns([await aggregated(t, '/api'), await aggregated(t, '/apis')]);
      // kubectl asks for the aggregated form.
      const listed = await t.kubectl(['api-resources', '--no-headers', '-o', 'name']);
      for (const [groupVersion, resources] of Object.entries(builtIn)) {
        const group = groupVersion.split('/')[0];
        for (const name of resources) {
          const full = group ? `${name}.${group}` : name;
          assert.ok(listed.split('\n').includes(full), `api-resources has no ${full}`);
        }
      }
    },
    { needs: 'kubectl' },
  ),

  row('Discovery should validate PreferredVersion for each APIGroup', async t => {
    const { groups } = await t.config.makeApiClient(ApisApi).getAPIVersions();
    assert.ok(groups.length > 10);
    for (const { name } of groups.filter(candidate => !candidate.name.endsWith('.example.com'))) {
      const group = (await t.raw({ path: `/apis/${name}` })).json<V1APIGroup>();
      const preferred = group.preferredVersion?.groupVersion;
      assert.equal(group.name, name);
      assert.ok(preferred, `${name} has no preferred version`);
      assert.ok(group.versions.some(version => version.groupVersion === preferred));
    }
  }),

  row(
    'Discovery should locate the groupVersion and a resource within each APIGroup',
    async t => {
      const { groups } = await t.config.makeApiClient(ApisApi).getAPIVersions();
      for (const { versions } of groups) {
        for (const { groupVersion } of versions) {
          const list = (await t.raw({ path: `/apis/${groupVersion}` })).json<V1APIResourceList>();
          assert.equal(list.groupVersion, groupVersion);
          assert.ok(
            list.resources.some(resource => resource.name && resource.kind && resource.verbs.length > 0),
          );
        }
      }
    },
    // Other rows make groups of their own, and take them away again.
    { alone: true },
  ),

  row(
    'CustomResourceDefinition resources should include custom resource definition resources in discovery documents',
    async t => {
      const group = 'apiextensions.k8s.io';
      const { groups } = (await t.raw({ path: '/apis' })).json<{ groups: V1APIGroup[] }>();
      const has = (candidate: V1APIGroup | undefined) =>
        candidate?.versions.some(version => version.groupVersion === `${group}/v1`);
      assert.ok(has(groups.find(candidate => candidate.name === group)));
      assert.ok(has((await t.raw({ path: `/apis/${group}` })).json<V1APIGroup>()));
      const { resources } = (await t.raw({ path: `/apis/${group}/v1` })).json<V1APIResourceList>();
      assert.ok(resources.some(resource => resource.name === 'customresourcedefinitions'));
    },
  ),

  row('AdmissionWebhook should include webhook resources in discovery documents', async t => {
    const group = 'admissionregistration.k8s.io';
    const { groups } = await t.config.makeApiClient(ApisApi).getAPIVersions();
    const versions = groups.find(candidate => candidate.name === group)?.versions ?? [];
    assert.ok(versions.some(version => version.version === 'v1'));
    const { resources } = (await t.raw({ path: `/apis/${group}/v1` })).json<V1APIResourceList>();
    const names = resources.map(resource => resource.name);
    assert.ok(names.includes('mutatingwebhookconfigurations'));
    assert.ok(names.includes('validatingwebhookconfigurations'));
  }),

  row('server version should find the server version', async t => {
    const version = await t.config.makeApiClient(VersionApi).getCode();
    assert.match(version.major, /^[0-9]+$/);
    assert.match(version.minor, /^[0-9]+$/);
  }),
];
