import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validatingAdmissionPolicyBindingResource } from './admissionregistration/validating-admission-policy-binding.ts';
import { podResource } from './core/pod/definition.ts';
import { resourceQuotaResource } from './core/resource-quota.ts';
import type { ResourceDefinition } from './definition.ts';
import { runtimeClassResource } from './node/runtime-class.ts';
import { csiDriverResource } from './storage/csi-driver.ts';
import { csiNodeResource } from './storage/csi-node.ts';
import { storageClassResource } from './storage/storage-class.ts';
import { createErrors } from './testing.ts';
import { repeats } from './validation.ts';

const metadata = { name: 'a', namespace: 'default' };
const errorsOf = (definition: ResourceDefinition, object: object) =>
  createErrors(definition, { metadata, ...object } as never);

test('what comes again is told where it does', () => {
  assert.deepEqual(repeats(['a', undefined, 'a', undefined, 'b', 'a']), [
    false,
    false,
    true,
    true,
    false,
    true,
  ]);
  const toleration = { key: 'k', operator: 'Exists' };
  assert.deepEqual(
    errorsOf(runtimeClassResource, {
      handler: 'h',
      scheduling: { tolerations: [toleration, { ...toleration, effect: 'NoSchedule' }, toleration] },
    }).map(error => error.replace(/: \{.*/, '')),
    ['scheduling.tolerations[2]: Duplicate value'],
  );
  assert.deepEqual(
    errorsOf(csiDriverResource, { spec: { tokenRequests: [{ audience: '' }, { audience: '' }] } }),
    ['spec.tokenRequests[1].audience: Duplicate value: ""'],
  );
  const driver = { name: 'd', nodeID: 'n', topologyKeys: ['k', 'k'] };
  assert.deepEqual(
    errorsOf(csiNodeResource, { spec: { drivers: [driver, { ...driver, topologyKeys: [] }] } }),
    ['spec.drivers[0]: Duplicate value: "k"', 'spec.drivers[1].name: Duplicate value: "d"'],
  );
  assert.deepEqual(
    errorsOf(validatingAdmissionPolicyBindingResource, {
      spec: { policyName: 'p', validationActions: ['Deny', 'Audit', 'Deny'] },
    }),
    ['spec.validationActions[2]: Duplicate value: "Deny"'],
  );
  assert.equal(errorsOf(resourceQuotaResource, { spec: { scopes: ['A', 'B'] } }).length, 2);
});

test('terms of a topology are the same in whatever order they are written', () => {
  const term = (key: string, ...values: string[]) => ({ key, values });
  const allowedTopologies = [
    { matchLabelExpressions: [term('a', 'x', 'y'), term('b', 'z')] },
    { matchLabelExpressions: [term('b', 'z'), term('a', 'y', 'x')] },
    { matchLabelExpressions: [term('a', 'x'), term('b', 'z')] },
  ];
  assert.deepEqual(errorsOf(storageClassResource, { provisioner: 'p', allowedTopologies }), [
    'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
  ]);
});

test('containers name the volumes, devices and claims of their pod', () => {
  const container = {
    ...{ name: 'c', image: 'i' },
    volumeMounts: [
      { name: 'disk', mountPath: '/m' },
      { name: 'gone', mountPath: '/dev/d' },
    ],
    volumeDevices: [{ name: 'disk', devicePath: '/dev/d' }],
    resources: { claims: [{ name: 'gpu', request: 'r' }, { name: 'gpu' }, { name: 'tpu' }] },
  };
  const spec = {
    containers: [container],
    volumes: [{ name: 'disk', persistentVolumeClaim: { claimName: 'c' } }],
    resourceClaims: [{ name: 'gpu', resourceClaimName: 'g' }],
  };
  const at = 'spec.containers[0]';
  assert.deepEqual(errorsOf(podResource, { spec }), [
    `${at}.volumeMounts[0].name: Invalid value: "disk": must not already exist in volumeDevices`,
    `${at}.volumeMounts[1].name: Not found: "gone"`,
    `${at}.volumeMounts[1].mountPath: Invalid value: "/dev/d": must not already exist as a path in volumeDevices`,
    `${at}.volumeDevices[0].name: Invalid value: "disk": must not already exist in volumeMounts`,
    `${at}.volumeDevices[0].devicePath: Invalid value: "/dev/d": must not already exist as a path in volumeMounts`,
    `${at}.resources.claims[1]: Duplicate value: "gpu"`,
    `${at}.resources.claims[2]: Not found: "tpu": must be one of the names in pod.spec.resourceClaims: gpu`,
  ]);
});
