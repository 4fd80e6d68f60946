import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldErrorText } from '#machinery/field.ts';
import type { Container, Pod, PodSpec } from '../../generated/types/core.v1.ts';
import { created, testContext } from '../../testing.ts';
import { podResource } from './definition.ts';

const container = (cpu: string, more: Partial<Container> = {}): Container => ({
  ...{ name: 'c', image: 'i:1', resources: { requests: { cpu } } },
  ...more,
});

function pod(spec: Partial<PodSpec>, more: Partial<Pod> = {}): Pod {
  const metadata = { name: 'p', namespace: 'default' };
  const object = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [container('1')], ...spec } };
  return { ...created(podResource, object), ...more };
}

const resize = (now: Pod, old: Pod) =>
  podResource.strategy.validateUpdate!(now, old, { ...testContext(), subresource: 'resize' }).map(
    fieldErrorText,
  );

test('steps and sidecars are resized as others are (KEP-1287)', () => {
  const step = (cpu: string, more: Partial<Container> = {}) =>
    pod({ initContainers: [container(cpu, { name: 's', ...more })] });
  const restarting = { resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] };
  assert.deepEqual(resize(step('2'), step('1')), []);
  assert.deepEqual(resize(step('2', { image: 'j' }), step('1')), [
    'spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable',
  ]);
  assert.deepEqual(resize(step('2', restarting), step('1', restarting)), [
    'spec.initContainers[0]: Forbidden: non-sidecar init containers with a resize policy of RestartContainer cannot be resized',
  ]);
  const sidecar = { ...restarting, restartPolicy: 'Always' };
  assert.deepEqual(resize(step('2', sidecar), step('1', sidecar)), []);
});

test('what a pod asks for as a whole is resized too (KEP-5419)', () => {
  const sized = (requests: Record<string, string>) => pod({ resources: { requests } });
  assert.deepEqual(resize(sized({ cpu: '3' }), sized({ cpu: '2' })), []);
  assert.deepEqual(resize(pod({}), sized({ cpu: '2' })), [
    'spec.resources: Forbidden: pod-level resources cannot be removed',
  ]);
  const pages = { cpu: '2', 'hugepages-2Mi': '2Mi' };
  assert.deepEqual(resize(sized(pages), sized({ cpu: '2' })), [
    'spec: Forbidden: only cpu and memory resources are mutable at pod-level',
  ]);
  assert.deepEqual(resize(sized({ cpu: '2' }), sized(pages)), [
    'spec.resources.requests: Forbidden: pod-level resource requests cannot be removed',
    'spec: Forbidden: only cpu and memory resources are mutable at pod-level',
  ]);
});

test('containers stay what and where they are', () => {
  const named = (...names: string[]) => pod({ containers: names.map(name => container('1', { name })) });
  assert.deepEqual(resize(named('a'), named('a', 'b')), [
    'spec.containers: Forbidden: containers may not be added or removed on resize',
  ]);
  assert.deepEqual(
    resize(named('b', 'a'), named('a', 'b')),
    [0, 1].map(
      i => `spec.containers[${i}].name: Forbidden: containers may not be renamed or reordered on resize`,
    ),
  );
  const policy = (restartPolicy: string) =>
    pod({ containers: [container('1', { resizePolicy: [{ resourceName: 'cpu', restartPolicy }] })] });
  assert.deepEqual(resize(policy('NotRequired'), policy('RestartContainer')), [
    'spec: Forbidden: only cpu and memory resources are mutable',
  ]);
});

test('a node that does not report resources cannot resize', () => {
  const on = (resources?: object) =>
    pod(
      {},
      {
        status: {
          qosClass: 'Burstable',
          containerStatuses: [
            {
              ...{ name: 'c', ready: true, restartCount: 0, image: 'i', imageID: '' },
              ...{ state: { running: {} }, ...(resources ? { resources } : {}) },
            },
          ],
        },
      },
    );
  assert.deepEqual(resize(on({}), on({})), []);
  assert.deepEqual(resize(on(), on()), ['spec: Forbidden: Pod running on node without support for resize']);
});
