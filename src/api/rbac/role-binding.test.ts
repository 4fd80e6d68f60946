import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoleBinding } from '../generated/types/rbac.v1.ts';
import { createErrors, created, updateErrors } from '../testing.ts';
import { roleBindingResource } from './role-binding.ts';

const binding = (more: Partial<RoleBinding> = {}): RoleBinding => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: 'b', namespace: 'default' },
  roleRef: { apiGroup: '', kind: 'Role', name: 'r' },
  ...more,
});

test('groups are defaulted by kind', () => {
  const subjects = [
    { kind: 'User', name: 'u' },
    { kind: 'ServiceAccount', name: 's', namespace: 'n' },
  ];
  const made = created(roleBindingResource, binding({ subjects }));
  assert.equal(made.roleRef.apiGroup, 'rbac.authorization.k8s.io');
  assert.deepEqual(
    made.subjects?.map(s => s.apiGroup),
    ['rbac.authorization.k8s.io', undefined],
  );
  assert.deepEqual(createErrors(roleBindingResource, binding({ subjects })), []);
});

test('refused: unknown kinds', () => {
  const object = binding({
    roleRef: { apiGroup: '', kind: 'Rule', name: '' },
    subjects: [{ kind: 'Robot', name: 'x' }],
  });
  assert.deepEqual(createErrors(roleBindingResource, object), [
    'roleRef.kind: Unsupported value: "Rule": supported values: "Role", "ClusterRole"',
    'roleRef.name: Required value',
    'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
  ]);
});

test('what is granted never changes', () => {
  const next = binding({ roleRef: { apiGroup: '', kind: 'Role', name: 'other' } });
  assert.match(
    updateErrors(roleBindingResource, binding(), next)[0]!,
    /^roleRef: Invalid value: .*: cannot change roleRef$/,
  );
});
