import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment, DeploymentSpec } from '../generated/types/apps.v1.ts';
import { fieldErrorText } from '#machinery/field.ts';
import { createErrors, created, testContext, updateErrors } from '../testing.ts';
import { deploymentResource } from './deployment.ts';

const deployment = (spec: Partial<DeploymentSpec> = {}): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: 'd' } },
    template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
    ...spec,
  },
});

test('a bare deployment gets its defaults, and its pods theirs', () => {
  const { spec, status } = created(deploymentResource, deployment());
  assert.deepEqual(
    { ...spec, template: undefined },
    {
      selector: { matchLabels: { app: 'd' } },
      template: undefined,
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
    },
  );
  assert.equal(spec?.template.spec?.restartPolicy, 'Always');
  assert.equal(spec?.template.spec?.enableServiceLinks, undefined);
  assert.deepEqual(status, {});
});

const labelText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const bad: readonly (readonly [name: string, spec: Partial<DeploymentSpec>, errors: readonly string[]])[] = [
  [
    'a negative count',
    { replicas: -1 },
    ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'labels that the selector does not match',
    { selector: { matchLabels: { app: 'other' } } },
    [
      'spec.template.metadata.labels: Invalid value: {"app":"d"}: `selector` does not match template `labels`',
    ],
  ],
  [
    'an empty selector',
    { selector: {} },
    ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
  ],
  [
    'no progress possible',
    { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 0 } } },
    ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0'],
  ],
  [
    'more than all',
    { strategy: { rollingUpdate: { maxUnavailable: '101%' } } },
    ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
  ],
  [
    'a rolling update of Recreate',
    { strategy: { type: 'Recreate', rollingUpdate: {} } },
    ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
  ],
  [
    'a strategy that there is not',
    { strategy: { type: 'Some' }, minReadySeconds: -1 },
    [
      'spec.strategy: Unsupported value: {"Type":"Some","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
      'spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0',
    ],
  ],
  [
    'a selector that cannot be read, whatever the template is',
    { selector: { matchLabels: { app: 'a b' } } },
    [
      `spec.selector.matchLabels: Invalid value: "a b": ${labelText}`,
      'spec.selector: Invalid value: {"matchLabels":{"app":"a b"}}: invalid label selector',
    ],
  ],
  [
    'a deadline before pods can be available',
    { progressDeadlineSeconds: 10, minReadySeconds: 10 },
    ['spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds'],
  ],
  [
    'pods that end',
    {
      template: {
        metadata: { labels: { app: 'd' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] },
      },
    },
    ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
  ],
];

for (const [name, spec, errors] of bad) {
  test(`refused: ${name}`, () =>
    assert.deepEqual(createErrors(deploymentResource, deployment(spec)), errors));
}

test('the selector never changes', () => {
  const next = deployment({ selector: { matchLabels: { app: 'd' }, matchExpressions: [] } });
  next.spec!.selector = { matchLabels: { app: 'd', tier: 'x' } };
  next.spec!.template.metadata = { labels: { app: 'd', tier: 'x' } };
  assert.deepEqual(updateErrors(deploymentResource, deployment(), next), [
    'spec.selector: Invalid value: {"matchLabels":{"app":"d","tier":"x"}}: field is immutable',
  ]);
});

test('kubectl get deployments -o wide', () => {
  const object: Deployment = {
    ...deployment({ replicas: 3 }),
    status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
  };
  assert.deepEqual(deploymentResource.row!(object, 0), ['d', '2/3', 3, 1, '<unknown>', 'c', 'i:1', 'app=d']);
});

test('collisions are counted up', () => {
  const counted = (collisionCount?: number): Deployment => ({
    ...deployment(),
    status: collisionCount === undefined ? {} : { collisionCount },
  });
  const change = (old: Deployment, now: Deployment) =>
    deploymentResource.strategy.validateStatusUpdate!(now, old, testContext()).map(fieldErrorText);
  const at = 'status.collisionCount';
  assert.deepEqual(change(counted(), counted(1)), []);
  assert.deepEqual(change(counted(2), counted(1)), [`${at}: Invalid value: 1: cannot be decremented`]);
  assert.deepEqual(change(counted(2), counted()), [`${at}: Invalid value: 0: cannot be decremented`]);
  assert.deepEqual(
    change(counted(), { ...counted(), status: { unavailableReplicas: -1, terminatingReplicas: -1 } }),
    [
      'status.unavailableReplicas: Invalid value: -1: must be greater than or equal to 0',
      'status.terminatingReplicas: Invalid value: -1: must be greater than or equal to 0',
    ],
  );
});
