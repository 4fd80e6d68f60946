import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldPath } from '#machinery/field.ts';
import type { Container, Pod, PodSpec } from '../../generated/types/core.v1.ts';
import { createErrors, created, testContext } from '../../testing.ts';
import { podResource } from './definition.ts';
import { validatePodSpec } from './validate-spec.ts';

const container = (more: Partial<Container> = {}): Container => ({ name: 'c', image: 'nginx:1.27', ...more });
const pod = (
  spec: Partial<PodSpec>,
  metadata: Pod['metadata'] = { name: 'p', namespace: 'default' },
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec: { containers: [container()], ...spec },
});
const withToken = (volume: string, mounted = volume): Pod =>
  pod({
    volumes: [
      { name: volume, projected: { sources: [{ downwardAPI: { items: [] } }] } },
      { name: 'kube-api-access-zzzzz', emptyDir: {} },
    ],
    containers: [container({ volumeMounts: [{ name: mounted, mountPath: '/var/run/token' }] })],
  });

test('a spec that was found in order once is, and no other', () => {
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(createErrors(podResource, pod({ nodeName: 'n1' })), []);
    assert.equal(createErrors(podResource, pod({ nodeName: 'n_1' })).length, 1);
  }
});

test('only the name of its token volume may differ, and everywhere', () => {
  assert.deepEqual(createErrors(podResource, withToken('kube-api-access-aaaaa')), []);
  assert.deepEqual(createErrors(podResource, withToken('kube-api-access-bbbbb')), []);
  const wrong = withToken('kube-api-access-ccccc', 'kube-api-access-aaaaa');
  assert.deepEqual(createErrors(podResource, wrong), [
    'spec.containers[0].volumeMounts[0].name: Not found: "kube-api-access-aaaaa"',
  ]);
  assert.equal(createErrors(podResource, withToken('kube-api-access-zzzzz')).length, 1);
});

test('what is in order in a template is looked at anew in a pod', () => {
  const spec: PodSpec = {
    ...{ restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', hostNetwork: true },
    containers: [
      container({
        imagePullPolicy: 'Always',
        terminationMessagePolicy: 'File',
        ports: [{ containerPort: 80, protocol: 'TCP' }],
      }),
    ],
  };
  const path = FieldPath.of('spec');
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(validatePodSpec(path, spec, false), []);
    assert.equal(validatePodSpec(path, spec, true).length, 1);
  }
});

test('a claim is judged with the name of its pod', () => {
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  const volumes = [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec: claim } } }];
  const named = (name: string) => createErrors(podResource, pod({ volumes }, { name, namespace: 'default' }));
  assert.deepEqual(named('p'), []);
  assert.equal(named('p'.repeat(252)).length, 1);
});

test('warnings come each time, and with the annotations that they are about', () => {
  const warningsOf = (object: Pod) => {
    const context = testContext();
    podResource.strategy.validate?.(created(podResource, object), context);
    return context.warnings;
  };
  const loud = pod({ nodeSelector: { 'beta.kubernetes.io/os': 'linux' } });
  const annotated = pod(
    {},
    {
      name: 'p',
      annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' },
    },
  );
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(warningsOf(pod({})), []);
    assert.equal(warningsOf(loud).length, 1);
    assert.equal(warningsOf(annotated).length, 1);
  }
});
