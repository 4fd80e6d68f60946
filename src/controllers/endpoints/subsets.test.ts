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

test('ports that the very same addresses offer share a subset', () => {
  const pod = (name: string, http: number | undefined, ready = true) =>
    ({
      metadata: { name, namespace: 'default', uid: name },
      spec: {
        containers: [
          {
            name: 'main',
            ports: [
              ...(http ? [{ name: 'http', containerPort: http, protocol: 'TCP' }] : []),
              { name: 'https', containerPort: 443, protocol: 'TCP' },
            ],
          },
        ],
      },
      status: {
        podIPs: [{ ip: `10.0.0.${name}` }],
        conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      },
    }) as unknown as Pod;
  const spec = {
    ports: [
      { name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' },
      { name: 'https', port: 443, targetPort: 'https', protocol: 'TCP' },
    ],
  };
  const shape = (of: Service['spec'], ...all: Pod[]) =>
    computeSubsets({ ...service, spec: of }, all).subsets.map(({ ports, addresses, notReadyAddresses }) => [
      ports?.map(({ port }) => port).join(),
      addresses?.map(({ ip }) => ip).join(),
      notReadyAddresses?.map(({ ip }) => ip).join(),
    ]);
  assert.deepEqual(shape(spec as Service['spec'], pod('1', 80), pod('2', 80, false)), [
    ['80,443', '10.0.0.1', '10.0.0.2'],
  ]);
  // Named ports that stand for other numbers part from those that all pods share.
  assert.deepEqual(shape(spec as Service['spec'], pod('1', 80), pod('2', 8080), pod('3', undefined, false)), [
    ['80', '10.0.0.1', undefined],
    ['8080', '10.0.0.2', undefined],
    ['443', '10.0.0.1,10.0.0.2', '10.0.0.3'],
  ]);
  // A headless service without ports has its addresses alone, any other one nothing.
  assert.deepEqual(shape({ clusterIP: 'None' } as Service['spec'], pod('1', 80), pod('2', 80)), [
    [undefined, '10.0.0.1,10.0.0.2', undefined],
  ]);
  assert.deepEqual(shape({ clusterIP: '10.96.0.9' } as Service['spec'], pod('1', 80)), []);
});
