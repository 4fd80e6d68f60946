import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#machinery/object.ts';
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  MetricSpec,
} from '../../generated/types/autoscaling.v2.ts';
import { createErrors, created, updateErrors } from '../../testing.ts';
import { horizontalPodAutoscalerResource } from './definition.ts';
import { fromV1, toV1 } from './v1.ts';

const autoscaler = (spec: Partial<HorizontalPodAutoscalerSpec> = {}): HorizontalPodAutoscaler => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'h', namespace: 'default' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, maxReplicas: 3, ...spec },
});
const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});

test('without a metric it watches the cpu', () => {
  const { spec } = created(horizontalPodAutoscalerResource, autoscaler());
  assert.equal(spec?.minReplicas, 1);
  assert.deepEqual(spec?.metrics, [cpu(80)]);
});

test('a behavior is filled in', () => {
  const { spec } = created(
    horizontalPodAutoscalerResource,
    autoscaler({ behavior: { scaleDown: { selectPolicy: 'Min' } } }),
  );
  assert.deepEqual(spec?.behavior, {
    scaleUp: {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [
        { type: 'Pods', value: 4, periodSeconds: 15 },
        { type: 'Percent', value: 100, periodSeconds: 15 },
      ],
    },
    scaleDown: { selectPolicy: 'Min', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
  });
});

test('limits must make sense', () => {
  assert.deepEqual(createErrors(horizontalPodAutoscalerResource, autoscaler({ minReplicas: 0 })).slice(-1), [
    'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
  ]);
  assert.deepEqual(createErrors(horizontalPodAutoscalerResource, autoscaler({ minReplicas: 5 })), [
    'spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`',
  ]);
  const most = (maxReplicas: number) =>
    createErrors(horizontalPodAutoscalerResource, autoscaler({ maxReplicas }))[0];
  assert.equal(most(0), 'spec.maxReplicas: Required value: must be set and greater than 0');
  assert.equal(most(-1), 'spec.maxReplicas: Invalid value: -1: must be greater than or equal to 1');
  assert.deepEqual(
    createErrors(horizontalPodAutoscalerResource, autoscaler({ metrics: [{ type: 'Pods' }] })),
    ['spec.metrics[0].pods: Required value: must populate information for the given metric source'],
  );
});

test('what is scaled is of a group, but for replication controllers and what was there before', () => {
  const target = (apiVersion: string, kind = 'Deployment') =>
    autoscaler({ scaleTargetRef: { apiVersion, kind, name: 'd' } });
  const errors = (object: HorizontalPodAutoscaler) => createErrors(horizontalPodAutoscalerResource, object);
  const at = 'spec.scaleTargetRef.apiVersion: Invalid value';
  assert.deepEqual(errors(target('v1')), [`${at}: "v1": apiVersion must specify API group`]);
  assert.deepEqual(errors(target('a/b/c')), [`${at}: "a/b/c": unexpected GroupVersion string: a/b/c`]);
  assert.deepEqual(errors(target('v1', 'ReplicationController')), []);
  assert.deepEqual(updateErrors(horizontalPodAutoscalerResource, target('v1'), target('v1')), []);
  const metrics = (apiVersion: string): MetricSpec[] => [
    {
      type: 'Object',
      object: {
        describedObject: { apiVersion, kind: 'Service', name: 's' },
        metric: { name: 'm' },
        target: { type: 'Value', value: '1' },
      },
    },
  ];
  assert.deepEqual(errors(autoscaler({ metrics: metrics('v1') })), []);
  assert.equal(errors(autoscaler({ metrics: metrics('a/b/c') })).length, 1);
  const odd = autoscaler({ metrics: metrics('a/b/c') });
  assert.deepEqual(updateErrors(horizontalPodAutoscalerResource, odd, odd), []);
});

test('what v1 does not know survives a round trip through it', () => {
  const memory = {
    type: 'Resource',
    resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
  };
  const full: HorizontalPodAutoscaler = {
    ...autoscaler({ metrics: [cpu(50), memory], behavior: { scaleUp: { selectPolicy: 'Max' } } }),
    status: {
      currentReplicas: 1,
      desiredReplicas: 2,
      currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 40 } } }],
      conditions: [{ type: 'AbleToScale', status: 'True' }],
    },
  };
  const object: KubeObject = structuredClone(full);
  toV1(object);
  const seen = object as unknown as { spec: Record<string, unknown>; status: Record<string, unknown> };
  assert.equal(seen.spec.targetCPUUtilizationPercentage, 50);
  assert.equal(seen.status.currentCPUUtilizationPercentage, 40);
  assert.equal('metrics' in seen.spec || 'currentMetrics' in seen.status, false);
  fromV1(object);
  // The cpu comes last, and what v1 shows of a value that there is not stays.
  const current = { averageUtilization: 40, averageValue: '0' };
  const currentMetrics = [{ type: 'Resource', resource: { name: 'cpu', current } }];
  assert.deepEqual(object, {
    ...full,
    spec: { ...full.spec, metrics: [memory, cpu(50)] },
    status: { ...full.status, currentMetrics },
  });
});

test('kubectl get hpa', () => {
  const row = horizontalPodAutoscalerResource.row!(autoscaler({ metrics: [cpu(80)] }), 0);
  assert.deepEqual(row, ['h', 'Deployment/d', 'cpu: <unknown>/80%', '<unset>', 3, 0, '<unknown>']);
  const metric = { name: 'm' };
  const object = {
    ...autoscaler({
      metrics: [{ type: 'External', external: { metric, target: { type: 'Value', value: '5' } } }],
    }),
    status: {
      desiredReplicas: 0,
      currentMetrics: [{ type: 'External', external: { metric, current: { averageValue: '1' } } }],
    },
  };
  assert.equal(horizontalPodAutoscalerResource.row!(object, 0)[2], '<nil>/5');
});

test('each kind of metric says what it is, and how much of it is wanted', () => {
  const errorsOf = (...metrics: object[]) =>
    createErrors(horizontalPodAutoscalerResource, autoscaler({ metrics: metrics as MetricSpec[] }));
  const value = { type: 'Value', value: '1' };
  const at = 'spec.metrics[0]';
  assert.deepEqual(errorsOf({ type: 'External', external: { metric: { name: 'm' }, target: value } }), []);
  assert.deepEqual(
    errorsOf({ type: 'External', external: { metric: { name: '' }, target: { type: 'Value' } } }),
    [
      `${at}.external.metric.name: Required value: must specify a metric name`,
      `${at}.external.target.averageValue: Required value: must set either a target value for metric or a per-pod target`,
    ],
  );
  const describedObject = { kind: '', name: 'o' };
  assert.deepEqual(
    errorsOf({ type: 'Object', object: { describedObject, metric: { name: 'm' }, target: value } }),
    [`${at}.object.describedObject.kind: Required value`],
  );
  assert.deepEqual(errorsOf({ type: 'Pods', pods: { metric: { name: 'm' }, target: value } }), [
    `${at}.pods.target.averageValue: Required value: must specify a positive target averageValue`,
  ]);
  const both = { type: 'Utilization', averageUtilization: 5, averageValue: '1' };
  assert.deepEqual(
    errorsOf({ type: 'ContainerResource', containerResource: { name: 'cpu', target: both } }),
    [
      `${at}.containerResource.container: Required value: must specify a container`,
      `${at}.containerResource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization`,
    ],
  );
  const target = { type: 'Utilization', averageUtilization: 5 };
  assert.deepEqual(
    errorsOf({
      type: 'ContainerResource',
      containerResource: { name: 'gold', container: 'a b', target },
    }).map(text => text.split(':').slice(0, 2).join()),
    [
      `${at}.containerResource.name, Invalid value`,
      `${at}.containerResource.name, Invalid value`,
      `${at}.containerResource.container, Invalid value`,
    ],
  );
  const types = '"ContainerResource", "External", "Object", "Pods", "Resource"';
  const pods = { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '0' } };
  assert.deepEqual(errorsOf({ type: '', pods }), [
    `${at}.type: Required value: must specify a metric source type`,
    `${at}.type: Unsupported value: "": supported values: ${types}`,
    `${at}.pods.target.averageValue: Invalid value: "0": must be positive`,
    `${at}.type: Unsupported value: "": supported values: ${types}`,
  ]);
  assert.deepEqual(errorsOf({ type: 'Resource', pods: { metric: { name: 'm' }, target } }), [
    `${at}.pods.target.averageValue: Required value: must specify a positive target averageValue`,
    `${at}.resource: Required value: must populate information for the given metric source`,
  ]);
});
