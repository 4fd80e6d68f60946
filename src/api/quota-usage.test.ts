import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#machinery/object.ts';
import type { ResourceQuota } from './generated/types/core.v1.ts';
import { inScope } from './quota-scopes.ts';
import { countedBuckets, usageOf } from './quota-usage.ts';

const nowMs = Date.parse('2030-01-01T00:01:00Z');
const of = (more: object, metadata: object = {}) =>
  ({ apiVersion: 'v1', kind: 'Any', metadata: { name: 'a', ...metadata }, ...more }) as KubeObject;
const used = (bucket: string, object: KubeObject, ...names: string[]) =>
  Object.fromEntries([...usageOf(bucket, object, names, nowMs)].map(([name, amount]) => [name, `${amount}`]));

const container = { name: 'c', image: 'i', resources: { requests: { cpu: '1', 'example.com/gpu': '2' } } };

test('a pod is no burden any more when its grace is over', () => {
  const spec = { containers: [container] };
  const names = ['pods', 'count/pods', 'requests.cpu', 'requests.example.com/gpu'];
  const all = { pods: '1', 'count/pods': '1', 'requests.cpu': '1', 'requests.example.com/gpu': '2' };
  const ending = (deletionTimestamp: string) => ({ deletionTimestamp, deletionGracePeriodSeconds: 30 });
  assert.deepEqual(used('core/pods', of({ spec }), ...names), all);
  assert.deepEqual(used('core/pods', of({ spec }, ending('2030-01-01T00:00:40Z')), ...names), all);
  assert.deepEqual(used('core/pods', of({ spec }, ending('2030-01-01T00:00:10Z')), ...names), {
    'count/pods': '1',
  });
  assert.deepEqual(used('core/pods', of({ spec, status: { phase: 'Failed' } }), ...names), {
    'count/pods': '1',
  });
});

test('node ports of a balanced service count as far as it has any', () => {
  const ports = [{ port: 1 }, { port: 2, nodePort: 30_000 }];
  const nodePorts = (spec: object) =>
    used('core/services', of({ spec: { ports, ...spec } }), 'services.nodeports')['services.nodeports'];
  assert.equal(nodePorts({ type: 'ClusterIP' }), '0');
  assert.equal(nodePorts({ type: 'NodePort' }), '2');
  assert.equal(nodePorts({ type: 'LoadBalancer' }), '2');
  assert.equal(nodePorts({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }), '1');
});

test('a claim takes what it was allocated, of the class that it has', () => {
  const names = ['requests.storage', 'gold.storageclass.storage.k8s.io/requests.storage'];
  const spec = { storageClassName: 'silver', resources: { requests: { storage: '1Gi' } } };
  const claim = of(
    { spec, status: { allocatedResources: { storage: '2Gi' } } },
    { annotations: { 'volume.beta.kubernetes.io/storage-class': 'gold' } },
  );
  assert.deepEqual(used('core/persistentvolumeclaims', claim, ...names), {
    'requests.storage': '2Gi',
    'gold.storageclass.storage.k8s.io/requests.storage': '2Gi',
  });
});

test('devices count by their class; of alternatives, the most', () => {
  const gpus = 'gpu.deviceclass.resource.k8s.io/devices';
  const nics = 'nic.deviceclass.resource.k8s.io/devices';
  const requests = [
    { name: 'a', exactly: { deviceClassName: 'gpu', count: 2 } },
    {
      name: 'b',
      firstAvailable: [
        { name: 'x', deviceClassName: 'gpu', count: 3 },
        { name: 'y', deviceClassName: 'gpu', count: 1 },
        { name: 'z', deviceClassName: 'nic', allocationMode: 'All' },
      ],
    },
  ];
  const bucket = 'resource.k8s.io/resourceclaims';
  const count = 'count/resourceclaims.resource.k8s.io';
  assert.deepEqual([...countedBuckets([gpus, nics, count])], [bucket]);
  assert.deepEqual(used(bucket, of({ spec: { devices: { requests } } }), gpus, nics, count), {
    [count]: '1',
    [gpus]: '5',
    [nics]: '32',
  });
});

test('best effort is what a pod as a whole is', () => {
  const quota = { spec: { scopes: ['BestEffort'] } } as unknown as ResourceQuota;
  const bare = { containers: [{ name: 'c', image: 'i' }] };
  const isIn = (spec: object) => inScope(quota, 'core/pods', of({ spec }));
  assert.deepEqual(
    [isIn(bare), isIn({ ...bare, resources: { requests: { cpu: '1' } } }), isIn({ containers: [container] })],
    [true, false, false],
  );
});
