import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyRule } from '#api/generated/types/rbac.v1.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { Attributes } from '../../identity.ts';
import { Rbac } from './rbac.ts';

const user = { name: 'jane', groups: [] };

/** Asks as the server does: what differs in the object's name alone has the same target. */
const asked = (name: string, target: object): Attributes => ({
  user,
  verb: 'get',
  isResource: true,
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'default',
  name,
  path: `/api/v1/namespaces/default/pods/${name}`,
  target,
});

function setUp(...rules: PolicyRule[]) {
  const rbac = new Rbac();
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'r' };
  rbac.upsert('ClusterRole', { metadata: { name: 'r' }, rules } as unknown as KubeObject);
  rbac.upsert('ClusterRoleBinding', {
    metadata: { name: 'b' },
    roleRef,
    subjects: [{ kind: 'User', name: 'jane' }],
  } as unknown as KubeObject);
  const target = {};
  return { rbac, ask: (name: string) => rbac.authorize(asked(name, target)).decision };
}

const pods = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };

test('what is allowed for one object is allowed for the others, until a role says otherwise', () => {
  const { rbac, ask } = setUp(pods);
  assert.deepEqual([ask('a'), ask('a'), ask('b')], ['allow', 'allow', 'allow']);
  rbac.remove('ClusterRole', '', 'r');
  assert.equal(ask('a'), 'none');
});

test('a rule of certain objects says nothing of the others', () => {
  const { ask } = setUp({ ...pods, resourceNames: ['a'] });
  assert.deepEqual([ask('a'), ask('b'), ask('a')], ['allow', 'none', 'allow']);
});
