import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Device, DeviceClass, ResourceClaim, ResourceSlice } from '#api/generated/types/resource.v1.ts';
import { podInfo } from '../../framework/pod-info.ts';
import type { ClaimBook } from './claim-book.ts';
import { ClaimCycle } from './cycle.ts';
import { PoolIndex } from './pools.ts';

const driver = 'd.example.com';

function sliceOf(nodeName: string, values: number): ResourceSlice {
  const device = (i: number): Device => ({
    name: `d${i}`,
    attributes: { [`${driver}/v`]: { int: i % values } },
  });
  const pool = { name: nodeName, generation: 1, resourceSliceCount: 1 };
  return {
    apiVersion: '',
    kind: '',
    metadata: { name: nodeName },
    spec: { driver, pool, nodeName, devices: Array.from({ length: 64 }, (_, i) => device(i)) },
  };
}

test('a search that finds no end is given up, and after a few nodes on all others', () => {
  const claim: ResourceClaim = {
    apiVersion: '',
    kind: '',
    metadata: { namespace: 'default', name: 'c', uid: 'c' },
    spec: {
      devices: {
        requests: [{ name: 'r', exactly: { deviceClassName: 'any', count: 8 } }],
        constraints: [{ distinctAttribute: `${driver}/v` }],
      },
    },
  };
  const deviceClass: DeviceClass = { apiVersion: '', kind: '', metadata: { name: 'any' }, spec: {} };
  const pod = podInfo({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'default', name: 'p', uid: 'p' },
    spec: { containers: [], resourceClaims: [{ name: 'c', resourceClaimName: 'c' }] },
  });
  // Seven values for eight devices that must differ: nothing tells but to try them all.
  const slices = [sliceOf('a', 7), sliceOf('b', 8), sliceOf('c', 7), sliceOf('d', 8)];
  const book = { get: () => claim, isPending: () => false, allocations: () => [] } as unknown as ClaimBook;
  const cycle = new ClaimCycle(pod, { book, classOf: () => deviceClass, pools: () => new PoolIndex(slices) });
  const problems = ['a', 'b', 'c', 'd', 'b'].map(name => cycle.problem({ name, labels: {} }));
  const endless = 'timed out trying to allocate devices';
  assert.deepEqual(problems, [endless, undefined, endless, endless, undefined]);
});
