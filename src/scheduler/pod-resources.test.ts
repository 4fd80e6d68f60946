import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { atOnce } from '#base/steps.ts';
import { podResourcesText } from './pod-resources.ts';

const pod = (name: string, spec: Partial<Pod['spec']>, phase = 'Running') =>
  ({
    metadata: { namespace: 'default', name },
    spec: { schedulerName: 's', containers: [], ...spec },
    status: { phase },
  }) as Pod;

const container = {
  name: 'c',
  resources: {
    requests: { cpu: '250m', memory: '1Mi' },
    limits: { memory: '2Mi', 'hugepages-2Mi': '2Mi', cpu: '0' },
  },
};

test('pods are told with what they ask for and may take, until they have come to their end', () => {
  const text = atOnce(
    podResourcesText([
      pod('waits', {
        containers: [container],
        initContainers: [{ name: 'i', resources: { requests: { cpu: '1' } } }],
      }),
      pod('runs', { containers: [container], nodeName: 'n', priority: 5, overhead: { memory: '1Ki' } }),
      pod('is over', { containers: [container], nodeName: 'n' }, 'Failed'),
      pod('was never anywhere', { containers: [container] }, 'Failed'),
      pod('asks for nothing', {}),
    ]),
  );
  const labels = (name: string, node: string, priority: string) =>
    `namespace="default",node="${node}",pod="${name}",priority="${priority}"`;
  const samples = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  const amounts = (name: string) =>
    samples
      .filter(line => line.includes(`{${name},`))
      .map(line =>
        line
          .replace(name, '')
          .replace(/^kube_pod_resource_/, '')
          .replace('{,', ' ')
          .replace('scheduler="s",', '')
          .replace('}', ''),
      );
  assert.deepEqual(amounts(labels('waits', '', '')), [
    'request resource="cpu",unit="cores" 1',
    'request resource="memory",unit="bytes" 1.048576e+06',
    'limit resource="memory",unit="bytes" 2.097152e+06',
    'limit resource="hugepages-2Mi",unit="bytes" 2.097152e+06',
  ]);
  assert.deepEqual(amounts(labels('runs', 'n', '5')), [
    'request resource="cpu",unit="cores" 0.25',
    'request resource="memory",unit="bytes" 1.0496e+06',
    'limit resource="memory",unit="bytes" 2.098176e+06',
    'limit resource="hugepages-2Mi",unit="bytes" 2.097152e+06',
  ]);
  assert.equal(amounts(labels('was never anywhere', '', '')).length, 4);
  assert.equal(samples.length, 12);
  assert.match(
    text,
    /^# HELP kube_pod_resource_request \[STABLE\] .*\n# TYPE kube_pod_resource_request gauge\n/,
  );
  assert.equal(atOnce(podResourcesText([])), '');
});
