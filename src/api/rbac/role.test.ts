import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyRule } from '../generated/types/rbac.v1.ts';
import { createErrors } from '../testing.ts';
import { clusterRoleResource } from './cluster-role.ts';
import { roleResource } from './role.ts';

const withRules = (kind: string, ...rules: PolicyRule[]) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name: 'r', namespace: kind === 'Role' ? 'default' : undefined },
  rules,
});

test('a rule says what may be done to what', () => {
  assert.deepEqual(createErrors(roleResource, withRules('Role', { verbs: [] })), [
    'rules[0].verbs: Required value: verbs must contain at least one value',
    'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
    'rules[0].resources: Required value: resource rules must supply at least one resource',
  ]);
});

test('paths are for the whole cluster', () => {
  const rule = { verbs: ['get'], nonResourceURLs: ['/healthz'] };
  assert.deepEqual(createErrors(clusterRoleResource, withRules('ClusterRole', rule)), []);
  assert.deepEqual(createErrors(roleResource, withRules('Role', rule)), [
    'rules[0].nonResourceURLs: Invalid value: ["/healthz"]: namespaced rules cannot apply to non-resource URLs',
  ]);
});

test('a selector of roles that cannot be read is told of twice', () => {
  const clusterRoleSelectors = [{ matchExpressions: [{ key: 'a', operator: 'Is' }] }];
  const object = { ...withRules('ClusterRole'), aggregationRule: { clusterRoleSelectors } };
  const at = 'aggregationRule.clusterRoleSelectors[0]';
  assert.deepEqual(createErrors(clusterRoleResource, object), [
    `${at}.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator`,
    `${at}: Invalid value: null: invalid label selector.`,
  ]);
});
