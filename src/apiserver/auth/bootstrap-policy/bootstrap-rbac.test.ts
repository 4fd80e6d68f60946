import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterRole, PolicyRule, RoleBinding } from '#api/generated/types/rbac.v1.ts';
import { parseSelectorObject } from '#machinery/selectors.ts';
import type { Attributes } from '../../identity.ts';
import { Rbac, type RbacKind } from '../authz/rbac.ts';
import { uncoveredRules } from '#api/rbac-rules.ts';
import { bootstrapRbac } from './bootstrap-rbac.ts';

const objects = bootstrapRbac();
const roleNamed = (name: string) =>
  objects.find(one => one.kind === 'ClusterRole' && one.metadata.name === name) as ClusterRole;

function rbac(): Rbac {
  const all = new Rbac();
  for (const object of objects) all.upsert(object.kind as RbacKind, object);
  return all;
}

function ask(name: string, groups: string[], what: Partial<Attributes>): string {
  return rbac().authorize({
    user: { name, groups: [...groups, 'system:authenticated'] },
    verb: 'get',
    isResource: true,
    group: '',
    version: 'v1',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
    path: '',
    ...what,
  }).decision;
}

test('names are unique, and every binding leads to a role', () => {
  const seen = new Set<string>();
  for (const { kind, metadata } of objects) {
    const id = `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
    assert.ok(!seen.has(id), id);
    seen.add(id);
  }
  const roles = rbac();
  for (const one of objects) {
    if (!one.kind.endsWith('Binding')) continue;
    const { roleRef, metadata } = one as RoleBinding;
    assert.ok(roles.roleRules(roleRef, metadata.namespace ?? ''), `${one.kind} ${metadata.name}`);
  }
});

test('the aggregated roles hold exactly what aggregation would give them', () => {
  const clusterRoles = objects.filter(one => one.kind === 'ClusterRole') as ClusterRole[];
  const aggregate = (role: ClusterRole): PolicyRule[] =>
    (role.aggregationRule?.clusterRoleSelectors ?? []).flatMap(selector =>
      clusterRoles
        .filter(one => parseSelectorObject(selector).matches(one.metadata.labels ?? {}))
        .flatMap(one => (one.aggregationRule ? aggregate(one) : (one.rules ?? []))),
    );
  for (const name of ['admin', 'edit', 'view']) {
    const role = roleNamed(name);
    const expected = aggregate(role);
    assert.ok(expected.length > 0);
    assert.deepEqual(uncoveredRules(role.rules ?? [], expected), [], name);
    assert.deepEqual(uncoveredRules(expected, role.rules ?? []), [], name);
  }
  assert.deepEqual(uncoveredRules(roleNamed('admin').rules ?? [], roleNamed('edit').rules ?? []), []);
  assert.deepEqual(uncoveredRules(roleNamed('edit').rules ?? [], roleNamed('view').rules ?? []), []);
});

test('view shows no secrets; edit hands out no roles', () => {
  const allows = (role: string, resource: string, group: string, verb: string) =>
    uncoveredRules(roleNamed(role).rules ?? [], [
      { apiGroups: [group], resources: [resource], verbs: [verb] },
    ]).length === 0;
  assert.equal(allows('view', 'secrets', '', 'get'), false);
  assert.equal(allows('view', 'pods/exec', '', 'get'), false);
  assert.equal(allows('view', 'pods/log', '', 'get'), true);
  assert.equal(allows('edit', 'secrets', '', 'get'), true);
  assert.equal(allows('edit', 'roles', 'rbac.authorization.k8s.io', 'create'), false);
  assert.equal(allows('edit', 'endpoints', '', 'update'), false);
  assert.equal(allows('admin', 'rolebindings', 'rbac.authorization.k8s.io', 'create'), true);
  assert.equal(allows('admin', 'resourcequotas', '', 'create'), false);
});

test('the components may do their work, and strangers may look at the version', () => {
  const scheduler = 'system:kube-scheduler';
  assert.equal(ask(scheduler, [], { verb: 'create', resource: 'pods', subresource: 'binding' }), 'allow');
  assert.equal(ask(scheduler, [], { verb: 'delete', resource: 'nodes' }), 'none');
  const proxy = 'system:kube-proxy';
  const slices = { group: 'discovery.k8s.io', resource: 'endpointslices' };
  assert.equal(ask(proxy, [], { verb: 'watch', ...slices }), 'allow');
  const account = 'system:serviceaccount:kube-system:job-controller';
  assert.equal(ask(account, [], { verb: 'create', resource: 'pods', namespace: 'x' }), 'allow');
  assert.equal(ask(account, [], { verb: 'create', resource: 'secrets', namespace: 'x' }), 'none');
  assert.equal(ask('anybody', [], { isResource: false, path: '/version' }), 'allow');
  assert.equal(ask('anybody', [], { isResource: false, path: '/metrics' }), 'none');
  assert.equal(ask('anybody', ['kubeadm:cluster-admins'], { verb: 'delete', resource: 'nodes' }), 'allow');
});

test('each has the bootstrapping label and is updated on start, except what kubeadm makes', () => {
  const without = objects.filter(
    one => one.metadata.labels?.['kubernetes.io/bootstrapping'] !== 'rbac-defaults',
  );
  assert.deepEqual(
    without.map(one => one.metadata.name),
    ['kubeadm:cluster-admins'],
  );
});
