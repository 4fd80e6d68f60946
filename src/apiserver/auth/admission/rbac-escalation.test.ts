import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '#api/generated/refs.ts';
import type { Client } from '#client/client.ts';
import { type SecureServer, refused, roleBindingOf as binding, startSecureServer } from '../testing.ts';

const apiGroup = 'rbac.authorization.k8s.io';

let server: SecureServer;
let bob: Client;

before(async () => {
  server = await startSecureServer(() => new Promise(resolve => setImmediate(resolve)));
  bob = server.as('bob', 'devs');
  await server.create(binding('bob-administers', 'admin', 'bob', 'default'));
});

after(() => server[Symbol.asyncDispose]());

test('a role may not hold more than its writer does', async () => {
  const grant = (rules: object[]) =>
    bob.create(roles, { metadata: { name: 'r', namespace: 'default' }, rules } as never);
  await grant([{ apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'] }]);
  await bob.delete(roles, 'default', 'r');
  await refused(
    grant([{ apiGroups: ['', 'apps'], resources: ['nodes', 'pods'], verbs: ['list', 'get'] }]),
    `roles.rbac.authorization.k8s.io "r" is forbidden: user "bob" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:
{APIGroups:[""], Resources:["nodes"], Verbs:["list" "get"]}
{APIGroups:["apps"], Resources:["nodes"], Verbs:["list" "get"]}
{APIGroups:["apps"], Resources:["pods"], Verbs:["list" "get"]}`,
  );
});

test('whoever may not give a role all it has may change nothing of it, but what its end needs', async () => {
  const metadata = { name: 'big', namespace: 'default' };
  const rules = [{ apiGroups: [''], resources: ['nodes'], verbs: ['list'] }];
  const head = { apiVersion: `${apiGroup}/v1`, kind: 'Role' };
  await server.create({ ...head, metadata, rules });
  const role = await bob.get(roles, 'default', 'big');
  await refused(
    bob.update(roles, { ...role, metadata: { ...role.metadata, labels: { a: 'b' } } }),
    /attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["nodes"\]/,
  );
  await refused(
    bob.update(roles, { ...role, rules: [...rules, { ...rules[0]!, verbs: ['get'] }] } as never),
    /Verbs:\["list" "get"\]/,
  );
  await bob.update(roles, { ...role, metadata: { ...role.metadata, finalizers: ['example.com/f'] } });
  const held = await bob.get(roles, 'default', 'big');
  await bob.update(roles, { ...held, metadata: { ...held.metadata, finalizers: [] } });
  await bob.delete(roles, 'default', 'big');
});

test('who takes in or gives up roles of others holds everything; paths are told verb by verb', async () => {
  await server.create(
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'carl-writes' },
      rules: [{ apiGroups: [apiGroup], resources: ['clusterroles'], verbs: ['create'] }],
    },
    binding('carl-writes', 'carl-writes', 'carl'),
  );
  const carl = server.as('carl');
  const grant = (more: object) => carl.create(clusterRoles, { metadata: { name: 'r' }, ...more } as never);
  await refused(
    grant({ aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } }),
    /: must have cluster-admin privileges to use the aggregationRule$/,
  );
  await refused(
    grant({ rules: [{ nonResourceURLs: ['/x'], verbs: ['get', 'put'] }] }),
    /\n\{NonResourceURLs:\["\/x"\], Verbs:\["get"\]\}\n\{NonResourceURLs:\["\/x"\], Verbs:\["put"\]\}$/,
  );
});

test('who may escalate a role of a name may not post it, for nothing says its name but itself', async () => {
  const rules = [
    { apiGroups: [apiGroup], resources: ['clusterroles'], verbs: ['create', 'update'] },
    { apiGroups: [apiGroup], resources: ['clusterroles'], verbs: ['escalate'], resourceNames: ['all'] },
  ];
  const metadata = { name: 'dave-escalates' };
  await server.create(
    { apiVersion: `${apiGroup}/v1`, kind: 'ClusterRole', metadata, rules },
    binding('dave-escalates', 'dave-escalates', 'dave'),
  );
  const dave = server.as('dave');
  const everything = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
  const role = { metadata: { name: 'all' }, rules: everything } as never;
  await refused(
    dave.create(clusterRoles, role),
    /^clusterroles.* "all" is forbidden: user "dave" .* not currently/,
  );
  await dave.update(clusterRoles, role);
});

test('a role is refused for what it gives before it is looked at for what is wrong with it', async () => {
  const rules = [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }];
  await refused(
    bob.create(roles, { metadata: { name: 'paths', namespace: 'default' }, rules } as never),
    /NonResourceURLs:\["\/metrics"\]/,
  );
});

test('a binding to what can be no role is refused before it is validated', async () => {
  const bind = (kind: string, name: string) =>
    bob.create(roleBindings, {
      metadata: { name: 'r', namespace: 'default' },
      roleRef: { apiGroup, kind, name },
    } as never);
  await assert.rejects(bind('Foo', 'x'), { code: 500, message: 'unsupported role reference kind: "Foo"' });
  await assert.rejects(bind('Role', ''), { code: 400, message: 'Name parameter required.' });
});

test('a binding may not give what its writer does not hold, unless they may bind the role', async () => {
  const bind = (role: string) => bob.create(roleBindings, binding(`b-${role}`, role, 'eve', 'default'));
  await bind('edit');
  await refused(
    bind('cluster-admin'),
    /is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\["\*"\]/,
  );
  await assert.rejects(bind('missing'), {
    message: 'rolebindings.rbac.authorization.k8s.io "missing" not found',
  });
  await server.create(
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'binder' },
      rules: [
        {
          apiGroups: [apiGroup],
          resources: ['clusterroles'],
          resourceNames: ['cluster-admin'],
          verbs: ['bind'],
        },
      ],
    },
    binding('bob-binds', 'binder', 'bob'),
  );
  await bind('cluster-admin');
  await server.admin.delete(roleBindings, 'default', 'b-cluster-admin');
  await server.admin.delete(clusterRoleBindings, '', 'bob-binds');
});
