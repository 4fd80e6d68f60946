import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { podRequests, sameRequests, scoringRequests } from './resources.ts';

const cpu = (amount: string) => ({ requests: { cpu: amount } });

/** One container with a CPU, and what its node says of it. */
function resized(status: object | undefined, pending?: string): Pod {
  const conditions = pending ? [{ type: 'PodResizePending', status: 'True', reason: pending }] : [];
  return {
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'main', resources: cpu('1') }] },
    status: { conditions, containerStatuses: status ? [{ name: 'main', ...status }] : [] },
  } as unknown as Pod;
}

test('while a container is resized, the most counts of what it asks for, may have and has', () => {
  const cpuOf = (status: object | undefined, pending?: string) =>
    podRequests(resized(status, pending)).milliCpu;
  assert.equal(cpuOf(undefined), 1000);
  assert.equal(cpuOf({ resources: cpu('500m'), allocatedResources: { cpu: '250m' } }), 1000);
  assert.equal(cpuOf({ resources: cpu('1500m'), allocatedResources: { cpu: '1' } }), 1500);
  assert.equal(cpuOf({ resources: cpu('500m'), allocatedResources: { cpu: '2' } }), 2000);
  assert.equal(cpuOf({ resources: cpu('500m'), allocatedResources: { cpu: '600m' } }, 'Deferred'), 1000);
  assert.equal(cpuOf({ resources: cpu('500m'), allocatedResources: { cpu: '600m' } }, 'Infeasible'), 600);
  assert.equal(cpuOf({ allocatedResources: { cpu: '2' } }), 1000);
});

test('a report that the container has what it asks for changes nothing', () => {
  const given = (amount: string) => ({ resources: cpu(amount), allocatedResources: { cpu: amount } });
  assert.ok(sameRequests(resized(undefined), resized(given('1'))));
  assert.ok(!sameRequests(resized(given('1')), resized(given('2'))));
});

test('while a pod is resized as a whole, the most counts of what it asks for, is allowed and has', () => {
  const cpuOf = (status: object, reason = '') => {
    const pod = resized(undefined, reason);
    Object.assign(pod.spec!, { resources: cpu('3') });
    Object.assign(pod.status!, status);
    return podRequests(pod).milliCpu;
  };
  assert.equal(cpuOf({}), 3000);
  assert.equal(cpuOf({ allocatedResources: { cpu: '4' } }), 3000);
  assert.equal(cpuOf({ resources: cpu('4'), allocatedResources: { cpu: '2' } }), 4000);
  assert.equal(cpuOf({ resources: cpu('1'), allocatedResources: { cpu: '2' } }), 3000);
  assert.equal(cpuOf({ resources: cpu('1'), allocatedResources: { cpu: '2' } }, 'Infeasible'), 2000);
});

test('what a pod asks for as a whole counts in scores too', () => {
  const pod = {
    metadata: { name: 'p' },
    spec: { resources: { requests: { cpu: '3' } }, containers: [{ name: 'a' }, { name: 'b' }] },
  } as unknown as Pod;
  const { milliCpu, memory } = scoringRequests(pod);
  assert.deepEqual([milliCpu, memory], [3000, 2 * 200 * 1024 * 1024]);
});
