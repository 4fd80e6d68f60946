import assert from 'node:assert/strict';
import test from 'node:test';
import type { Pod, PodAffinityTerm, TopologySpreadConstraint } from '../../generated/types/core.v1.ts';
import { createErrors, created } from '../../testing.ts';
import { podResource } from './definition.ts';

const pod = (podAffinityTerm: Partial<PodAffinityTerm>, spread?: Partial<TopologySpreadConstraint>): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'default', labels: { app: 'web', version: '2' } },
  spec: {
    containers: [{ name: 'c', image: 'i:1' }],
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, podAffinityTerm: { topologyKey: 'zone', ...podAffinityTerm } },
        ],
      },
    },
    ...(spread
      ? {
          topologySpreadConstraints: [
            { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', ...spread },
          ],
        }
      : {}),
  },
});
const selector = { matchLabels: { app: 'web' } };

test("a pod's labels go into the selectors whose keys name them", () => {
  const { affinity, topologySpreadConstraints } = created(
    podResource,
    pod(
      { labelSelector: selector, matchLabelKeys: ['version', 'missing'], mismatchLabelKeys: ['app'] },
      { labelSelector: {}, matchLabelKeys: ['version'] },
    ),
  ).spec!;
  const [weighted] = affinity!.podAntiAffinity!.preferredDuringSchedulingIgnoredDuringExecution!;
  const version = { key: 'version', operator: 'In', values: ['2'] };
  assert.deepEqual(weighted!.podAffinityTerm.labelSelector, {
    matchLabels: { app: 'web' },
    matchExpressions: [version, { key: 'app', operator: 'NotIn', values: ['web'] }],
  });
  assert.deepEqual(topologySpreadConstraints![0]!.labelSelector, { matchExpressions: [version] });
});

test('keys need a selector, and are not in it already', () => {
  const list = 'spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]';
  const at = `${list}.podAffinityTerm`;
  assert.deepEqual(createErrors(podResource, pod({ matchLabelKeys: ['/'] })), [
    `${at}.matchLabelKeys: Forbidden: must not be specified when labelSelector is not set`,
  ]);
  assert.deepEqual(createErrors(podResource, pod({ labelSelector: selector, matchLabelKeys: ['app'] })), [
    `${at}[0]: Invalid value: "app": exists in both matchLabelKeys and labelSelector`,
  ]);
  const both = { labelSelector: {}, matchLabelKeys: ['app'], mismatchLabelKeys: ['app'] };
  assert.ok(
    createErrors(podResource, pod(both)).includes(
      `${at}.matchLabelKeys[0]: Invalid value: "app": exists in both matchLabelKeys and mismatchLabelKeys`,
    ),
  );
});
