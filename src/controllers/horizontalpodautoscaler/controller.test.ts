import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { customResourceDefinitions, deployments, horizontalPodAutoscalers } from '#api/generated/refs.ts';
import type { HorizontalPodAutoscalerSpec, MetricSpec } from '#api/generated/types/autoscaling.v2.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { type TestCluster, template, testCluster } from '#test/controllers.ts';
import { type CpuOf, FakeMetrics } from './testing.ts';

const namespace = 'default';
const steady = { metadata: { namespace, name: 'web' } };

interface Scaled extends TestCluster {
  readonly metrics: FakeMetrics;
}

async function scaledCluster(t: TestContext, cpu?: CpuOf): Promise<Scaled> {
  const metrics = new FakeMetrics();
  metrics.cpu = cpu;
  const cluster = await testCluster(t, undefined, { wrapTransport: metrics.wrapTransport });
  metrics.follow(cluster.clock);
  return { ...cluster, metrics };
}

async function deployment({ client, podsWhere, until }: Scaled, replicas: number, name = 'web', app = name) {
  const { metadata, spec } = template(app);
  const [container] = spec!.containers;
  const resources = { requests: { cpu: '100m' } };
  await client.create(deployments, {
    metadata: { namespace, name },
    spec: {
      replicas,
      selector: { matchLabels: { app } },
      template: { metadata, spec: { ...spec, containers: [{ ...container!, resources }] } },
    },
  });
  const isReady = async () =>
    (await podsWhere(pod => pod.metadata.labels?.app === app && pod.status?.phase === 'Running')).length >=
    replicas;
  await until(`the pods of ${name}`, isReady);
}

const autoscaler = ({ client }: Scaled, spec: Partial<HorizontalPodAutoscalerSpec>, name = 'web') =>
  client.create(horizontalPodAutoscalers, {
    metadata: { namespace, name },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, maxReplicas: 10, ...spec },
  });

const cpuAt = (averageUtilization: number): MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

const read = ({ client }: Scaled, name = 'web') => client.get(horizontalPodAutoscalers, namespace, name);
const replicasOf = async ({ client }: Scaled, name = 'web') =>
  (await client.get(deployments, namespace, name)).spec!.replicas;

async function conditions(cluster: Scaled, name = 'web') {
  const { status } = await read(cluster, name);
  return Object.fromEntries(
    (status?.conditions ?? []).map(({ type, status: is, reason, message }) => [
      type,
      `${is} ${reason}: ${message}`,
    ]),
  );
}

function scaledTo(cluster: Scaled, replicas: number, name = 'web') {
  return cluster.until(
    `${name} to have ${replicas} replicas`,
    async () => (await replicasOf(cluster, name)) === replicas,
  );
}

/** So that the pods are past the time in which their use of CPU says little. */
const grownUp = (cluster: Scaled) => cluster.clock.advance(301_000);

test('a load over the target adds replicas, at most twice as many at a time; the highest of five minutes holds', async t => {
  let load = 400;
  const cluster = await scaledCluster(t);
  cluster.metrics.cpu = () => load;
  await deployment(cluster, 2);
  await grownUp(cluster);
  await autoscaler(cluster, { minReplicas: 2, metrics: [cpuAt(50)] });
  await scaledTo(cluster, 4);
  const { status } = await read(cluster);
  assert.equal(status!.currentReplicas, 2);
  assert.equal(status!.desiredReplicas, 4);
  assert.ok(status!.lastScaleTime);
  assert.deepEqual(status!.currentMetrics, [
    {
      type: 'Resource',
      resource: { name: 'cpu', current: { averageUtilization: 400, averageValue: '400m' } },
    },
  ]);
  assert.deepEqual(await conditions(cluster), {
    AbleToScale: 'True SucceededRescale: the HPA controller was able to update the target scale to 4',
    ScalingActive:
      'True ValidMetricFound: the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
    ScalingLimited:
      'True ScaleUpLimit: the desired replica count is increasing faster than the maximum scale rate',
  });
  await cluster.until('the event', async () =>
    (await cluster.eventsOf('web')).includes(
      'SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target',
    ),
  );
  const { metric } = cluster;
  const labels = 'action="scale_up",error="none"';
  const looks = 'horizontal_pod_autoscaler_controller_reconciliations_total';
  assert.deepEqual(metric(looks), [`${looks}{${labels}} 1`]);
  const computed = 'horizontal_pod_autoscaler_controller_metric_computation_total';
  assert.deepEqual(metric(computed), [`${computed}{${labels},metric_type="Resource"} 1`]);
  load = 50;
  await cluster.clock.advance(60_000);
  assert.equal(
    (await conditions(cluster)).AbleToScale,
    'True ScaleDownStabilized: recent recommendations were higher than current one, applying the highest recent recommendation',
  );
  const held = await replicasOf(cluster);
  load = 10;
  await cluster.clock.advance(200_000);
  assert.ok((await replicasOf(cluster))! >= held!, 'the window is not over');
  await scaledTo(cluster, 2);
  await cluster.clock.advance(330_000);
  assert.equal(
    (await conditions(cluster)).ScalingLimited,
    'True TooFewReplicas: the desired replica count is less than the minimum replica count',
  );
});

test('without metrics nothing is scaled, and the reason is told as upstream tells it', async t => {
  const cluster = await scaledCluster(t);
  await deployment(cluster, 2);
  await autoscaler(cluster, { metrics: [cpuAt(50)] });
  await autoscaler(
    cluster,
    { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'absent' } },
    'lost',
  );
  await autoscaler(
    cluster,
    { scaleTargetRef: { apiVersion: 'example.com/v1', kind: 'Engine', name: 'e' } },
    'unknown',
  );
  const events = async () => (await cluster.eventsOf('web')).filter(text => text.startsWith('Failed'));
  await cluster.until('the events', async () => (await events()).length === 2);
  const detail =
    'failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)';
  assert.deepEqual(await events(), [
    `FailedGetResourceMetric: ${detail}`,
    `FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${detail}`,
  ]);
  const known = await conditions(cluster);
  assert.equal(
    known.ScalingActive,
    `False FailedGetResourceMetric: the HPA was unable to compute the replica count: ${detail}`,
  );
  assert.equal(
    known.AbleToScale,
    "True SucceededGetScale: the HPA controller was able to get the target's current scale",
  );
  assert.equal((await read(cluster)).status!.currentReplicas, 2);
  await cluster.until('the other events', async () => (await cluster.eventsOf('unknown')).length > 0);
  assert.deepEqual(await conditions(cluster, 'lost'), {
    AbleToScale:
      'False FailedGetScale: the HPA controller was unable to get the target\'s current scale: deployments.apps "absent" not found',
  });
  assert.deepEqual(await cluster.eventsOf('unknown'), [
    'FailedGetScale: no matches for kind "Engine" in group "example.com"',
  ]);
});

test('bounds come before metrics, and a target of zero replicas is left alone', async t => {
  const cluster = await scaledCluster(t, () => 50);
  await deployment(cluster, 1);
  await deployment(cluster, 6, 'large');
  await deployment(cluster, 0, 'off');
  await autoscaler(cluster, { minReplicas: 3 });
  await autoscaler(cluster, { maxReplicas: 4 }, 'large');
  await autoscaler(cluster, {}, 'off');
  await scaledTo(cluster, 3);
  await scaledTo(cluster, 4, 'large');
  assert.ok(
    (await cluster.eventsOf('web')).includes(
      'SuccessfulRescale: New size: 3; reason: Current number of replicas below Spec.MinReplicas',
    ),
  );
  assert.ok(
    (await cluster.eventsOf('large')).includes(
      'SuccessfulRescale: New size: 4; reason: Current number of replicas above Spec.MaxReplicas',
    ),
  );
  await cluster.until('a look at it', async () => 'ScalingActive' in (await conditions(cluster, 'off')));
  assert.equal(
    (await conditions(cluster, 'off')).ScalingActive,
    'False ScalingDisabled: scaling is disabled since the replica count of the target is zero',
  );
  assert.equal(await replicasOf(cluster, 'off'), 0);
});

test('metrics of pods, objects and the world outside; the one that calls for the most counts', async t => {
  const cluster = await scaledCluster(t, () => 40);
  await deployment(cluster, 2);
  await grownUp(cluster);
  const [one, two] = (await cluster.podsWhere()).map(pod => pod.metadata.name!);
  const place = `/namespaces/${namespace}`;
  const { values } = cluster.metrics;
  values.set(`${place}/pods/*/requests?app=web`, [
    { pod: one!, value: '30' },
    { pod: two!, value: '10' },
  ]);
  values.set(`${place}/deployments.apps/web/depth?of=work`, [{ value: '300' }]);
  values.set(`${place}/metrics/load`, [{ value: '100m' }]);
  values.set(`${place}/queue?name=q`, [{ value: '3' }, { value: '5' }]);
  const selector = { matchLabels: { name: 'q' } };
  const deploymentRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  await autoscaler(cluster, {
    metrics: [
      {
        type: 'Pods',
        pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '20' } },
      },
      {
        type: 'Object',
        object: {
          describedObject: deploymentRef,
          metric: { name: 'depth', selector: { matchLabels: { of: 'work' } } },
          target: { type: 'Value', value: '100' },
        },
      },
      {
        type: 'Object',
        object: {
          describedObject: { apiVersion: 'v1', kind: 'Namespace', name: namespace },
          metric: { name: 'load' },
          target: { type: 'AverageValue', averageValue: '50m' },
        },
      },
      {
        type: 'External',
        external: {
          metric: { name: 'queue', selector },
          target: { type: 'AverageValue', averageValue: '1' },
        },
      },
      {
        type: 'ContainerResource',
        containerResource: {
          name: 'cpu',
          container: 'main',
          target: { type: 'Utilization', averageUtilization: 40 },
        },
      },
    ],
  });
  await scaledTo(cluster, 4);
  const { status } = await read(cluster);
  assert.deepEqual(status!.currentMetrics, [
    { type: 'Pods', pods: { metric: { name: 'requests' }, current: { averageValue: '20' } } },
    {
      type: 'Object',
      object: {
        describedObject: deploymentRef,
        metric: { name: 'depth', selector: { matchLabels: { of: 'work' } } },
        current: { value: '300' },
      },
    },
    {
      type: 'Object',
      object: {
        describedObject: { apiVersion: 'v1', kind: 'Namespace', name: namespace },
        metric: { name: 'load' },
        current: { averageValue: '50m' },
      },
    },
    { type: 'External', external: { metric: { name: 'queue', selector }, current: { averageValue: '4' } } },
    {
      type: 'ContainerResource',
      containerResource: {
        name: 'cpu',
        container: 'main',
        current: { averageUtilization: 40, averageValue: '40m' },
      },
    },
  ]);
  const name =
    'queue(&LabelSelector{MatchLabels:map[string]string{name: q,},MatchExpressions:[]LabelSelectorRequirement{},})';
  assert.equal(
    (await conditions(cluster)).ScalingActive,
    `True ValidMetricFound: the HPA was able to successfully calculate a replica count from external metric ${name}`,
  );
});

test('a metric that fails keeps replicas from going, but not from coming', async t => {
  let depth = '5';
  const cluster = await scaledCluster(t);
  await deployment(cluster, 3);
  const external = `/namespaces/${namespace}/queue`;
  const metrics: MetricSpec[] = [
    cpuAt(50),
    {
      type: 'External',
      external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '5' } },
    },
  ];
  cluster.metrics.values.set(external, [{ value: depth }]);
  await autoscaler(cluster, { metrics });
  await cluster.clock.advance(400_000);
  assert.equal(await replicasOf(cluster), 3);
  assert.match((await conditions(cluster)).ScalingActive!, /^False FailedGetResourceMetric/);
  assert.deepEqual((await read(cluster)).status!.currentMetrics![0], { type: '' });
  depth = '25';
  cluster.metrics.values.set(external, [{ value: depth }]);
  await scaledTo(cluster, 5);
  assert.match((await conditions(cluster)).ScalingActive!, /^True ValidMetricFound/);
});

test('policies bound the change of a period, and a disabled direction stands still', async t => {
  let load = 1000;
  const cluster = await scaledCluster(t);
  cluster.metrics.cpu = () => load;
  await deployment(cluster, 2);
  await grownUp(cluster);
  await autoscaler(cluster, {
    maxReplicas: 9,
    metrics: [cpuAt(50)],
    behavior: {
      scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] },
      scaleDown: { stabilizationWindowSeconds: 0, selectPolicy: 'Disabled' },
    },
  });
  await scaledTo(cluster, 3);
  await cluster.clock.advance(30_000);
  assert.equal(await replicasOf(cluster), 3, 'one a minute');
  await scaledTo(cluster, 4);
  load = 1;
  await cluster.clock.advance(60_000);
  assert.equal(await replicasOf(cluster), 4);
  assert.equal(
    (await conditions(cluster)).ScalingLimited,
    'True ScaleDownLimit: the desired replica count is decreasing faster than the maximum scale rate',
  );
  await cluster.client.patch(horizontalPodAutoscalers, namespace, 'web', 'merge', {
    spec: {
      behavior: {
        scaleDown: {
          selectPolicy: 'Min',
          policies: [
            { type: 'Pods', value: 1, periodSeconds: 15 },
            { type: 'Percent', value: 50, periodSeconds: 15 },
          ],
        },
      },
    },
  });
  await scaledTo(cluster, 3);
  await scaledTo(cluster, 1);
});

test('two autoscalers with the same pods stop each other', async t => {
  const cluster = await scaledCluster(t, () => 400);
  await deployment(cluster, 2, 'a', 'shared');
  await deployment(cluster, 2, 'b', 'shared');
  await autoscaler(cluster, {}, 'a');
  await autoscaler(cluster, {}, 'b');
  await cluster.until('both to be stopped', async () => {
    const both = await Promise.all(['a', 'b'].map(name => conditions(cluster, name)));
    return both.every(({ ScalingActive = '' }) => ScalingActive.startsWith('False AmbiguousSelector'));
  });
  assert.equal(
    (await conditions(cluster, 'a')).ScalingActive,
    'False AmbiguousSelector: pods by selector app=shared are controlled by multiple HPAs: [{a default} {b default}]',
  );
});

interface Engine extends KubeObject {
  readonly spec: { readonly size: number };
}

test('a custom resource with a scale subresource is scaled like any other', async t => {
  const cluster = await scaledCluster(t);
  const { client } = cluster;
  await client.create(customResourceDefinitions, {
    metadata: { name: 'engines.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'engines', singular: 'engine', kind: 'Engine' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              'x-kubernetes-preserve-unknown-fields': true,
              properties: {
                spec: { type: 'object', properties: { size: { type: 'integer' } } },
                status: {
                  type: 'object',
                  properties: { size: { type: 'integer' }, selector: { type: 'string' } },
                },
              },
            },
          },
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.size',
              statusReplicasPath: '.status.size',
              labelSelectorPath: '.status.selector',
            },
          },
        },
      ],
    },
  });
  const engines: ResourceRef<Engine> = {
    group: 'example.com',
    version: 'v1',
    resource: 'engines',
    kind: 'Engine',
    namespaced: true,
  };
  const create = () =>
    client.create(engines, { ...steady, spec: { size: 2 } }).then(
      () => true,
      () => false,
    );
  await cluster.until('the kind to be served', create);
  await client.patch(
    engines,
    namespace,
    'web',
    'merge',
    { status: { size: 2, selector: 'engine=web' } },
    { subresource: 'status' },
  );
  cluster.metrics.values.set(`/namespaces/${namespace}/queue`, [{ value: '30' }]);
  await autoscaler(cluster, {
    scaleTargetRef: { apiVersion: 'example.com/v1', kind: 'Engine', name: 'web' },
    metrics: [
      {
        type: 'External',
        external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '10' } },
      },
    ],
  });
  await cluster.until('three', async () => (await client.get(engines, namespace, 'web')).spec.size === 3);
});
