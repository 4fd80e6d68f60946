import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  deployments,
  endpointSlices,
  endpoints,
  events,
  nodes,
  pods,
  resourceQuotas,
  services,
} from '#api/generated/refs.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { type TestCluster, template, testCluster } from '#test/controllers.ts';

const namespace = 'default';

async function slices({ client }: TestCluster): Promise<EndpointSlice[]> {
  const labelSelector = 'kubernetes.io/service-name=web';
  return (await client.list(endpointSlices, namespace, { labelSelector })).items;
}

async function start(t: Parameters<typeof testCluster>[0], replicas: number): Promise<TestCluster> {
  const cluster = await testCluster(t);
  const podTemplate = template('web');
  podTemplate.spec!.containers[0]!.ports = [{ name: 'http', containerPort: 8080, protocol: 'TCP' }];
  const spec = { replicas, selector: { matchLabels: { app: 'web' } }, template: podTemplate };
  await cluster.client.create(deployments, { metadata: { namespace, name: 'web' }, spec });
  await cluster.client.create(services, {
    metadata: { namespace, name: 'web', labels: { team: 'a' } },
    spec: {
      selector: { app: 'web' },
      ports: [{ name: 'web', port: 80, targetPort: 'http', protocol: 'TCP' }],
    },
  });
  return cluster;
}

async function readyCount(cluster: TestCluster): Promise<number> {
  const all = (await slices(cluster)).flatMap(slice => slice.endpoints ?? []);
  return all.filter(endpoint => endpoint.conditions?.ready).length;
}

test('slices and Endpoints follow the pods of a service', async t => {
  const cluster = await start(t, 3);
  await cluster.until('three are ready', async () => (await readyCount(cluster)) === 3);
  const [slice] = await slices(cluster);
  assert.match(slice!.metadata.name!, /^web-[a-z0-9]{5}$/);
  assert.deepEqual(slice!.metadata.labels, {
    team: 'a',
    'kubernetes.io/service-name': 'web',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  });
  assert.deepEqual(slice!.ports, [{ name: 'web', protocol: 'TCP', port: 8080 }]);
  const [endpoint] = slice!.endpoints!;
  assert.equal(endpoint!.nodeName, 'hollow-0');
  assert.equal(endpoint!.targetRef?.kind, 'Pod');
  const old = await cluster.client.get(endpoints, namespace, 'web');
  assert.deepEqual(
    old.subsets?.map(({ addresses, ports }) => [addresses?.length, ports]),
    [[3, [{ name: 'web', port: 8080, protocol: 'TCP' }]]],
  );

  const [pod] = await cluster.podsWhere();
  const patch = { status: { conditions: [{ type: 'Ready', status: 'False' }] } };
  await cluster.client.patch(pods, namespace, pod!.metadata.name!, 'strategic', patch, {
    subresource: 'status',
  });
  await cluster.until('one is not', async () => {
    const { subsets } = await cluster.client.get(endpoints, namespace, 'web');
    return (await readyCount(cluster)) === 2 && subsets?.[0]?.notReadyAddresses?.length === 1;
  });
  await cluster.client.patch(deployments, namespace, 'web', 'merge', { spec: { replicas: 0 } });
  await cluster.until('none is left, but the slice is', async () => {
    const left = await slices(cluster);
    return left.length === 1 && (left[0]!.endpoints ?? []).length === 0;
  });
  const [empty] = await slices(cluster);
  assert.deepEqual(empty!.metadata.annotations ?? {}, {}, 'nobody knows when the last pod went');
});

test('more than a hundred endpoints fill several slices, and no endpoint is in two', async t => {
  const cluster = await start(t, 105);
  await cluster.until('all are ready', async () => (await readyCount(cluster)) === 105);
  const all = await slices(cluster);
  assert.deepEqual(all.map(slice => slice.endpoints!.length).sort(), [100, 5]);
  const uids = new Set(all.flatMap(slice => slice.endpoints!.map(endpoint => endpoint.targetRef?.uid)));
  assert.equal(uids.size, 105);
  const told = (name: string) => cluster.metric(`endpoint_slice_controller_${name}`)[0]?.split(' ')[1];
  assert.equal(told('num_endpoint_slices'), '2');
  assert.equal(told('desired_endpoint_slices'), '2');
  assert.equal(told('endpoints_desired'), '105');
  assert.equal(told('endpoints_added_per_sync_sum'), '105');
  assert.equal(told('endpoints_removed_per_sync_sum'), '0');
});

test('what keeps endpoints from being told is told', async t => {
  const cluster = await testCluster(t);
  const { client } = cluster;
  const hard = { 'count/endpointslices.discovery.k8s.io': '0', 'count/endpoints': '0' };
  await client.create(resourceQuotas, { metadata: { namespace, name: 'none' }, spec: { hard } });
  await cluster.until('the quota is in force', async () => {
    return (await client.get(resourceQuotas, namespace, 'none')).status?.used !== undefined;
  });
  await client.create(services, {
    metadata: { namespace, name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  });
  const refused = (what: string) => `${what}: .* is forbidden: exceeded quota: none`;
  const slices = `FailedToUpdateEndpointSlices: Error updating Endpoint Slices for Service default/web: `;
  for (const text of [
    refused(`${slices}failed to create EndpointSlice for Service default/web`),
    refused('FailedToCreateEndpoint: Failed to create endpoint for service default/web'),
  ]) {
    const pattern = new RegExp(`^${text}`);
    await cluster.until(text, async () => (await cluster.eventsOf('web')).some(line => pattern.test(line)));
  }
  const { items } = await client.list(events, namespace);
  const kinds = items
    .filter(({ involvedObject }) => involvedObject.name === 'web')
    .map(({ involvedObject }) => involvedObject.kind);
  assert.deepEqual([...new Set(kinds)].sort(), ['Endpoints', 'Service']);
});

test('both go with the service', async t => {
  const cluster = await start(t, 1);
  await cluster.until('one is ready', async () => (await readyCount(cluster)) === 1);
  await cluster.client.delete(services, namespace, 'web');
  await cluster.until('they are gone', async () => {
    const old = await orNotFound(cluster.client.get(endpoints, namespace, 'web'));
    return !old && (await slices(cluster)).length === 0;
  });
});

test('endpoints say their zone, and whose traffic they would rather have', async t => {
  const cluster = await start(t, 1);
  const { client } = cluster;
  await cluster.until('one is ready', async () => (await readyCount(cluster)) === 1);
  const endpoint = async () => {
    const [{ zone, hints } = {} as { zone?: string; hints?: object }] = (await slices(cluster)).flatMap(
      slice => slice.endpoints ?? [],
    );
    return JSON.stringify({ zone, hints });
  };
  assert.equal(await endpoint(), '{}');
  const labels = { 'topology.kubernetes.io/zone': 'here' };
  await client.patch(nodes, '', 'hollow-0', 'merge', { metadata: { labels } });
  await cluster.until('the zone is told', async () => (await endpoint()) === '{"zone":"here"}');
  const prefer = (trafficDistribution: string | null) =>
    client.patch(services, namespace, 'web', 'merge', { spec: { trafficDistribution } });
  await prefer('PreferClose');
  const forZones = [{ name: 'here' }];
  const told = (hints: object | undefined) => async () =>
    (await endpoint()) === JSON.stringify({ zone: 'here', hints });
  await cluster.until('the same zone', told({ forZones }));
  await prefer('PreferSameNode');
  await cluster.until('the same node', told({ forZones, forNodes: [{ name: 'hollow-0' }] }));
  await prefer(null);
  await cluster.until('anybody', told(undefined));
});

test('hints by topology are told of when they begin and end', async t => {
  const cluster = await start(t, 4);
  const { client } = cluster;
  await cluster.until('four are ready', async () => (await readyCount(cluster)) === 4);
  const zone = (node: string, name: string) =>
    client.patch(nodes, '', node, 'merge', {
      metadata: { labels: { 'topology.kubernetes.io/zone': name } },
    });
  const annotate = (mode: string | null) =>
    client.patch(services, namespace, 'web', 'merge', {
      metadata: { annotations: { 'service.kubernetes.io/topology-mode': mode } },
    });
  const hinted = async () => {
    const all = (await slices(cluster)).flatMap(slice => slice.endpoints ?? []);
    return all.flatMap(({ hints }) => hints?.forZones?.map(({ name }) => name) ?? []).sort();
  };
  await annotate('Auto');
  await zone('hollow-0', 'here');
  await zone('hollow-1', 'there');
  await cluster.until('each zone has half', async () => (await hinted()).join() === 'here,here,there,there');
  await annotate(null);
  await cluster.until('there are none', async () => (await hinted()).length === 0);
  const said = (await cluster.eventsOf('web')).filter(text => text.startsWith('Topology'));
  assert.deepEqual(said.slice(-2), [
    'TopologyAwareHintsEnabled: Topology Aware Hints has been enabled, addressType: IPv4',
    'TopologyAwareHintsDisabled: Topology Aware Hints has been disabled, addressType: IPv4',
  ]);
});
