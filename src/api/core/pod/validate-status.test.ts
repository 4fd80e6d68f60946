import assert from 'node:assert/strict';
import test from 'node:test';
import { fieldErrorText } from '#machinery/field.ts';
import type { ContainerStatus, Pod, PodSpec, PodStatus } from '../../generated/types/core.v1.ts';
import { created, testContext } from '../../testing.ts';
import { podResource } from './definition.ts';

const spec: PodSpec = {
  containers: [{ name: 'c', image: 'i:1', resources: { requests: { 'example.com/gpu': '1' } } }],
  resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }],
};
const stored: Pod = created(podResource, {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default' },
  spec,
});

function errorsOf(status: Partial<PodStatus>, os?: string): string[] {
  const object = { ...stored, status: { ...stored.status, ...status } };
  if (os) object.spec = { ...stored.spec!, os: { name: os } };
  return podResource.strategy.validateStatusUpdate!(object, stored, testContext()).map(fieldErrorText);
}

const container = (more: Partial<ContainerStatus>): ContainerStatus => ({
  ...{ name: 'c', ready: true, restartCount: 0, image: 'i:1', imageID: '' },
  ...more,
});

test('a report that does not say of which generation it is keeps what was known', () => {
  const report = (now: PodStatus, old: PodStatus) => {
    const pod: Pod = { ...stored, status: structuredClone(now) };
    const reported: Pod = { ...stored, status: old };
    podResource.strategy.prepareForStatusUpdate!(pod, reported, testContext());
    return pod.status;
  };
  const ready = (observedGeneration?: number) => ({
    type: 'Ready',
    status: 'True',
    ...(observedGeneration ? { observedGeneration } : {}),
  });
  const old = { observedGeneration: 2, conditions: [ready(2)] };
  assert.deepEqual(report({ conditions: [ready(), ready()] }, old), {
    observedGeneration: 2,
    conditions: [ready(2), ready()],
  });
  const newer = { observedGeneration: 3, conditions: [ready(3)] };
  assert.deepEqual(report(newer, old), newer);
});

test('a node has one address of a family, the first the one that it had alone', () => {
  const [a, b] = [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }];
  assert.deepEqual(errorsOf({ hostIP: a!.ip, hostIPs: [a!, b!] }), []);
  assert.deepEqual(errorsOf({ hostIP: b!.ip, hostIPs: [a!, b!] }), [
    'status.hostIPs[0].ip: Invalid value: "10.0.0.1": must be equal to `hostIP`',
  ]);
  assert.deepEqual(errorsOf({ podIPs: [a!, a!] }), [
    'status.podIPs: Invalid value: [{"IP":"10.0.0.1"},{"IP":"10.0.0.1"}]: may specify no more than one IP for each IP family',
  ]);
});

test('claims are those of the spec, each once', () => {
  const at = 'status.resourceClaimStatuses';
  assert.deepEqual(errorsOf({ resourceClaimStatuses: [{ name: 'gpu', resourceClaimName: 'g' }] }), []);
  assert.deepEqual(errorsOf({ resourceClaimStatuses: [{ name: 'gpu' }, { name: 'gpu' }, { name: 'tpu' }] }), [
    `${at}[1].name: Duplicate value: "gpu"`,
    `${at}[2].name: Invalid value: "tpu": must match the name of an entry in \`spec.resourceClaims\``,
  ]);
});

test('users are those of the system', () => {
  const containerStatuses = [container({ user: { linux: { uid: -1, gid: 0 } } })];
  assert.deepEqual(errorsOf({ containerStatuses }), [
    'status.containerStatuses[0].user.linux.uid: Invalid value: -1: must be between 0 and 2147483647, inclusive',
  ]);
  assert.deepEqual(errorsOf({ containerStatuses }, 'windows'), [
    'status.containerStatuses[0].user.linux: Forbidden: cannot be set for a windows pod',
  ]);
});

test('health is told of what a container asked for', () => {
  const at = 'status.containerStatuses[0].allocatedResourcesStatus[0]';
  const told = (name: string, ...healths: string[]) =>
    errorsOf({
      containerStatuses: [
        container({
          allocatedResourcesStatus: [
            { name, resources: healths.map(health => ({ resourceID: 'gpu-0', health })) },
          ],
        }),
      ],
    });
  assert.deepEqual(told('example.com/gpu', 'Healthy'), []);
  assert.deepEqual(told('cpu'), [
    `${at}.name: Invalid value: "cpu": must match one of the container's resource requests`,
  ]);
  assert.match(told('claim:gpu')[0]!, /must match one of the container's resource claims/);
  assert.deepEqual(told('example.com/gpu', 'Unknown', 'Fine'), [
    `${at}.resources[1].health: Unsupported value: "Fine": supported values: "Healthy", "Unhealthy", "Unknown"`,
    `${at}.resources[1].resourceID: Duplicate value: "gpu-0"`,
  ]);
});

test('where a pod is to run is told of those that run nowhere', () => {
  const bound = { ...stored, spec: { ...stored.spec!, nodeName: 'n' } };
  const nominated = { ...bound, status: { ...stored.status, nominatedNodeName: 'm' } };
  const errors = podResource.strategy.validateStatusUpdate!(nominated, bound, testContext());
  assert.deepEqual(errors.map(fieldErrorText), [
    'status.nominatedNodeName: Forbidden: may not be set on pods that are already bound to a node',
  ]);
  assert.deepEqual(errorsOf({ nominatedNodeName: 'm' }), []);
});

test('generations count up from zero', () => {
  const conditions = [{ type: 'Ready', status: 'True', observedGeneration: -1 }];
  assert.deepEqual(
    errorsOf({ observedGeneration: -1, conditions }),
    ['status.conditions[0]', 'status'].map(
      at => `${at}.observedGeneration: Invalid value: -1: must be a non-negative integer`,
    ),
  );
  assert.match(
    errorsOf({ conditions: [{ type: '!', status: 'True' }] })[0]!,
    /^status\.conditions\[0\]\.Type: /,
  );
});

test('a container starts again where its rules, its own policy or the pod say so', () => {
  const restarted = (exitCode: number, more: Partial<PodSpec['containers'][0]>, name = 'c') => {
    const now = { ...container({}), state: { running: {} } };
    const was = { ...now, state: { terminated: { exitCode } } };
    const spec = { ...stored.spec!, containers: [{ ...stored.spec!.containers[0]!, ...more }] };
    const pod = (status: ContainerStatus): Pod => ({
      ...stored,
      spec: { ...spec, restartPolicy: 'Never' },
      status: { ...stored.status, containerStatuses: [{ ...status, name }] },
    });
    return podResource.strategy.validateStatusUpdate!(pod(now), pod(was), testContext()).map(fieldErrorText);
  };
  const refused = [
    'status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state',
  ];
  assert.deepEqual(restarted(1, {}), refused);
  assert.deepEqual(restarted(1, { restartPolicy: 'OnFailure' }), []);
  assert.deepEqual(restarted(0, { restartPolicy: 'OnFailure' }), refused);
  assert.deepEqual(restarted(0, { restartPolicy: 'Always' }, 'unknown'), refused);
  const rule = (action: string, operator = 'In') => ({
    restartPolicy: 'Never',
    restartPolicyRules: [{ action, exitCodes: { operator, values: [42] } }],
  });
  assert.deepEqual(restarted(42, rule('Restart')), []);
  assert.deepEqual(restarted(1, rule('Restart')), refused);
  assert.deepEqual(restarted(1, rule('Restart', 'NotIn')), []);
  assert.deepEqual(restarted(1, rule('RestartAllContainers')), []);
});

test('a claim made for devices asked for by name says for which', () => {
  const at = 'status.extendedResourceClaimStatus';
  const mapping = { containerName: 'c', resourceName: 'example.com/gpu', requestName: 'r' };
  const told = (...requestMappings: (typeof mapping)[]) =>
    errorsOf({ extendedResourceClaimStatus: { requestMappings, resourceClaimName: 'claim' } });
  assert.deepEqual(told(mapping), []);
  assert.deepEqual(told(), [
    `${at}.requestMappings: Required value: at least one request mapping is required`,
  ]);
  assert.deepEqual(told(mapping, mapping), [
    `${at}.requestMappings[1].containerName: Duplicate value: "c"`,
    `${at}.requestMappings[1].resourceName: Duplicate value: "example.com/gpu"`,
    `${at}.requestMappings[1].requestName: Duplicate value: "r"`,
  ]);
  assert.match(
    told({ ...mapping, resourceName: 'cpu' })[0]!,
    /requestMappings\[0\]\.resourceName: Invalid value: "cpu": must match the extended/,
  );
  assert.match(
    told({ ...mapping, containerName: 'd' })[0]!,
    /requestMappings\[0\]\.containerName: Invalid value: "d": must match the name/,
  );
});
