import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Service } from '#api/generated/types/core.v1.ts';
import { computeSubsets } from './subsets.ts';

const service = {
  metadata: { name: 'web', namespace: 'default' },
  spec: { ports: [{ port: 80, targetPort: 'http', protocol: 'TCP' }], ipFamilies: ['IPv4'] },
} as unknown as Service;

/** Pods of one port each, which tells their subsets apart. */
function pods(count: number, containerPort: number, ready: boolean): Pod[] {
  return Array.from({ length: count }, (_, i) => {
    const name = `${containerPort}-${ready}-${i}`;
    const containers = [{ name: 'main', ports: [{ name: 'http', containerPort, protocol: 'TCP' }] }];
    return {
      metadata: { name, namespace: 'default', uid: name },
      spec: { containers },
      status: {
        podIPs: [{ ip: `10.${containerPort}.${ready ? 1 : 2}.${i}` }],
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      },
    } as unknown as Pod;
  });
}

function sizes(...all: Pod[][]) {
  const { subsets, truncated } = computeSubsets(service, all.flat());
  const counts = subsets.map(({ addresses, notReadyAddresses }) => [
    addresses?.length ?? 0,
    notReadyAddresses?.length ?? 0,
  ]);
  return [truncated, ...counts];
}

test('a thousand addresses stay, the ready ones first, each subset with its share of the others', () => {
  assert.deepEqual(sizes(pods(600, 1, true), pods(400, 2, false)), [false, [600, 0], [0, 400]]);
  assert.deepEqual(sizes(pods(900, 1, true), pods(400, 1, false)), [true, [900, 100]]);
  assert.deepEqual(sizes(pods(1200, 1, true), pods(5, 1, false)), [true, [1000, 0]]);
  const third = [pods(500, 1, true), pods(400, 1, false), pods(800, 2, false)];
  assert.deepEqual(sizes(...third), [true, [500, 167], [0, 333]]);
});
