import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import {
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  leases,
  nodes,
  pods,
  roleBindings,
  secrets,
  serviceAccounts,
} from '#api/generated/refs.ts';
import type { Client } from '#client/client.ts';
import { StatusError } from '#machinery/status.ts';
import type { UserInfo } from '../identity.ts';
import { issueLeaf } from '../pki/pki.ts';
import { type SecureServer, refused, roleBindingOf as binding, startSecureServer } from './testing.ts';

const oneTurn = () => new Promise<void>(resolve => setImmediate(resolve));
let server: SecureServer;

before(async () => {
  server = await startSecureServer(oneTurn);
});

after(() => server[Symbol.asyncDispose]());

function pod(name: string, nodeName: string, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { nodeName, serviceAccountName: 'runner', containers: [{ name: 'c', image: 'i' }], ...spec },
  };
}

const object = (kind: string, name: string, more: object = {}, namespace = 'default') => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace },
  ...more,
});

describe('RBAC', () => {
  test("whoever has no role is refused in upstream's words", async () => {
    const eve = server.as('eve');
    await refused(
      eve.list(pods, 'default'),
      'pods is forbidden: User "eve" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    await refused(
      eve.get(nodes, '', 'a'),
      'nodes "a" is forbidden: User "eve" cannot get resource "nodes" in API group "" at the cluster scope',
    );
    await refused(
      eve.get(pods, 'default', 'p', 'log'),
      'pods "p" is forbidden: User "eve" cannot get resource "pods/log" in API group "" in the namespace "default"',
    );
    await refused(
      eve.transport.request({ method: 'GET', path: '/metrics' }),
      'forbidden: User "eve" cannot get path "/metrics"',
    );
  });

  test('who may look at a pod may not run commands in it by a GET, as WebSockets are opened', async () => {
    const wanda = server.as('wanda');
    const rule = { apiGroups: [''], resources: ['pods/exec'], verbs: ['get'] };
    const role = await server.admin.create(clusterRoles, { metadata: { name: 'execs' }, rules: [rule] });
    await server.create(binding('wanda-execs', 'execs', 'wanda'));
    const path = '/api/v1/namespaces/default/pods/none/exec';
    const ask = () => wanda.transport.request({ method: 'GET', path, query: { command: 'sh' } });
    await refused(ask(), /User "wanda" cannot create resource "pods\/exec"/);
    await server.admin.update(clusterRoles, { ...role, rules: [{ ...rule, verbs: ['get', 'create'] }] });
    await assert.rejects(ask(), /pods "none" not found/);
  });

  test('those who watch over the server may see how it fares', async () => {
    const ask = (...groups: string[]) =>
      server.as('mona', ...groups).transport.request({ method: 'GET', path: '/statusz' });
    await refused(ask(), 'forbidden: User "mona" cannot get path "/statusz"');
    assert.match(String((await ask('system:monitoring')).body), /^\napiserver statusz\n/);
  });

  test('a binding counts from the next request on, in its namespace alone, and until it goes', async () => {
    const vera = server.as('vera');
    await server.create(binding('vera-views', 'view', 'vera', 'default'));
    assert.deepEqual((await vera.list(configMaps, 'default')).items, []);
    await refused(vera.list(secrets, 'default'), /^secrets is forbidden/);
    await refused(vera.list(configMaps, 'kube-system'), /in the namespace "kube-system"$/);
    await refused(vera.create(configMaps, object('ConfigMap', 'c')), /cannot create resource "configmaps"/);
    await server.admin.delete(roleBindings, 'default', 'vera-views');
    await refused(vera.list(configMaps, 'default'), /^configmaps is forbidden/);
  });

  test('a change of a role counts at once; a role that is not there is named', async () => {
    const rolf = server.as('rolf');
    await server.create(binding('rolf-reads', 'reader', 'rolf'));
    await refused(
      rolf.list(secrets, 'default'),
      'secrets is forbidden: User "rolf" cannot list resource "secrets" in API group "" in the namespace "default": RBAC: clusterrole.rbac.authorization.k8s.io "reader" not found',
    );
    const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['list'] }];
    const role = await server.admin.create(clusterRoles, { metadata: { name: 'reader' }, rules });
    await rolf.list(secrets, 'default');
    await server.admin.update(clusterRoles, { ...role, rules: [] });
    await refused(rolf.list(secrets, 'default'), /^secrets is forbidden/);
    await server.admin.delete(clusterRoleBindings, '', 'rolf-reads');
  });

  test("system:masters and kubeadm's administrators may do everything", async () => {
    for (const group of ['system:masters', 'kubeadm:cluster-admins']) {
      await server.as('root', group).list(secrets, 'kube-system');
      await server.as('root', group).transport.request({ method: 'GET', path: '/version' });
    }
  });

  test('the rules of a user are told with all that is granted', async () => {
    const { resourceRules, nonResourceRules, incomplete } = server.security.rulesFor(
      { name: 'x', groups: ['system:masters', 'system:authenticated'] },
      'default',
    );
    assert.equal(incomplete, false);
    assert.ok(resourceRules.some(rule => JSON.stringify(rule).includes('"resources":["*"]')));
    assert.ok(nonResourceRules.some(rule => JSON.stringify(rule).includes('/version')));
  });
});

describe('nodes', () => {
  let kubelet: Client;
  before(async () => {
    kubelet = server.as('system:node:a', 'system:nodes');
    await server.create(
      object('ServiceAccount', 'runner'),
      object('Secret', 'mine', { stringData: { k: 'v' } }),
      object('Secret', 'other'),
      object('Secret', 'of-volume'),
      object('ConfigMap', 'settings'),
      {
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'pv' },
        spec: {
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteOnce'],
          claimRef: { namespace: 'default', name: 'claim' },
          csi: {
            driver: 'd',
            volumeHandle: 'h',
            nodePublishSecretRef: { name: 'of-volume', namespace: 'default' },
          },
        },
      },
      pod('on-a', 'a', {
        automountServiceAccountToken: false,
        containers: [{ name: 'c', image: 'i', envFrom: [{ configMapRef: { name: 'settings' } }] }],
        volumes: [
          { name: 's', secret: { secretName: 'mine' } },
          { name: 'v', persistentVolumeClaim: { claimName: 'claim' } },
        ],
      }),
      pod('on-b', 'b', { volumes: [{ name: 's', secret: { secretName: 'other' } }] }),
    );
  });

  test('a kubelet reads what its own pods need, and no more', async () => {
    await kubelet.get(secrets, 'default', 'mine');
    await kubelet.get(configMaps, 'default', 'settings');
    await kubelet.get(secrets, 'default', 'of-volume');
    await kubelet.get(pods, 'default', 'on-a');
    await refused(
      kubelet.get(secrets, 'default', 'other'),
      `secrets "other" is forbidden: User "system:node:a" cannot get resource "secrets" in API group "" in the namespace "default": no relationship found between node 'a' and this object`,
    );
    await refused(kubelet.list(secrets, 'default'), /No Object name found$/);
    await refused(kubelet.get(pods, 'default', 'on-b'), /no relationship found/);
    await refused(kubelet.list(pods, ''), /can only list\/watch pods with spec.nodeName field selector$/);
    const own = await kubelet.list(pods, '', { fieldSelector: 'spec.nodeName=a' });
    assert.deepEqual(
      own.items.map(item => item.metadata.name),
      ['on-a'],
    );
    await refused(kubelet.list(pods, '', { fieldSelector: 'spec.nodeName=b' }), /can only list/);
  });

  test('it loses that with the pod', async () => {
    await server.create(
      object('Secret', 'brief'),
      pod('brief', 'a', { volumes: [{ name: 's', secret: { secretName: 'brief' } }] }),
    );
    await kubelet.get(secrets, 'default', 'brief');
    await server.admin.delete(pods, 'default', 'brief', { gracePeriodSeconds: 0 });
    await refused(kubelet.get(secrets, 'default', 'brief'), /no relationship found/);
  });

  test("it writes its own node, lease and pods, nobody else's", async () => {
    const node = (name: string, labels = {}) => ({ metadata: { name, labels } });
    await refused(
      kubelet.create(nodes, node('b')),
      'nodes "b" is forbidden: node "a" is not allowed to modify node "b"',
    );
    await refused(
      kubelet.create(nodes, node('a', { 'node-restriction.kubernetes.io/x': '1', 'kubernetes.io/y': '1' })),
      'nodes "a" is forbidden: node "a" is not allowed to set the following labels: kubernetes.io/y, node-restriction.kubernetes.io/x',
    );
    const made = await kubelet.create(
      nodes,
      node('a', { 'kubernetes.io/hostname': 'a', 'example.com/rack': '1' }),
    );
    await refused(
      kubelet.update(nodes, { ...made, spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } } as never),
      'nodes "a" is forbidden: node "a" is not allowed to modify taints',
    );
    await refused(kubelet.get(nodes, '', 'b'), /node 'a' cannot read 'b', only its own Node object$/);
    await kubelet.create(leases, { metadata: { name: 'a', namespace: 'kube-node-lease' } });
    await refused(
      kubelet.create(leases, { metadata: { name: 'b', namespace: 'kube-node-lease' } }),
      /can only access node lease with the same name as the requesting node$/,
    );
    await refused(kubelet.create(pods, pod('free', 'a') as never), /node "a" can only create mirror pods$/);
    const other = await server.admin.get(pods, 'default', 'on-b');
    await refused(
      kubelet.updateStatus(pods, { ...other, status: { phase: 'Running' } }),
      'pods "on-b" is forbidden: node "a" can only update pod status for pods with spec.nodeName set to itself',
    );
    const own = await server.admin.get(pods, 'default', 'on-a');
    await kubelet.updateStatus(pods, { ...own, status: { ...own.status, phase: 'Running' } });
  });
});

describe('authentication', () => {
  const authenticate = async (
    headers: Record<string, string | string[]> = {},
    certificate?: X509Certificate,
  ) => {
    const lists = Object.entries(headers).map(([name, value]) => [name, [value].flat()]);
    const request = { method: 'GET', url: '/api/v1/namespaces/default/pods?watch=1' };
    return server.security.authenticate({ certificate, headers: Object.fromEntries(lists), request });
  };
  const certificate = (name: string) => new X509Certificate(server.pki[`${name}.crt`]!);
  const bearer = (token: string) => authenticate({ authorization: `Bearer ${token}` });

  async function unauthorized(promise: Promise<unknown>): Promise<void> {
    await assert.rejects(promise, (error: unknown) => error instanceof StatusError && error.code === 401);
  }

  async function accountToken(bound?: { kind: 'Pod'; name: string; uid: string }, audiences: string[] = []) {
    const account = await server.admin.get(serviceAccounts, 'default', 'runner');
    const issued = await server.security.issueToken({
      namespace: 'default',
      serviceAccount: { name: 'runner', uid: account.metadata.uid! },
      audiences,
      expirationSeconds: 3600,
      ...(bound ? { bound } : {}),
    });
    return issued.token;
  }

  test('who says nothing is nobody; who says nonsense is refused', async () => {
    assert.equal(await authenticate(), undefined);
    await unauthorized(bearer('nonsense'));
    await unauthorized(bearer('a.b.c'));
  });

  test('a client certificate of our CA names the user and the groups', async () => {
    const user = await authenticate({}, certificate('kubelet-client'));
    assert.equal(user?.name, 'system:node:a');
    assert.deepEqual(user?.groups, ['system:nodes', 'system:authenticated']);
    assert.match(
      user?.extra?.['authentication.kubernetes.io/credential-id']?.[0] ?? '',
      /^X509SHA256=[0-9a-f]{64}$/,
    );
  });

  test("other certificates are worth nothing: another CA's, a server's, one out of its time", async () => {
    await using stranger = await startSecureServer(oneTurn);
    await unauthorized(authenticate({}, new X509Certificate(stranger.pki['admin.crt']!)));
    await unauthorized(authenticate({}, certificate('apiserver')));
    const early = issueLeaf(
      server.pki,
      {
        ...server.clock,
        now: () => server.clock.now() + 3600_000,
        monotonicMs: () => 0,
        after: () => ({ [Symbol.dispose]() {} }),
        nextTurn: () => ({ [Symbol.dispose]() {} }),
      },
      { subject: { commonName: 'early', organizations: ['system:masters'] }, usage: 'client' },
    );
    await unauthorized(authenticate({}, new X509Certificate(early.cert)));
  });

  test('names in certificates are taken whole, line ends and all', async () => {
    const subject = { commonName: 'eve\nO=system:masters', organizations: ['a/CN=root', 'b+c,d'] };
    const { cert } = issueLeaf(server.pki, server.clock, { subject, usage: 'client' });
    const user = await authenticate({}, new X509Certificate(cert));
    assert.equal(user?.name, subject.commonName);
    assert.deepEqual(user?.groups, [...subject.organizations, 'system:authenticated']);
  });

  test("a service account's token proves it while the account and what it is bound to exist", async () => {
    await server.create(pod('bound', 'a'));
    const { uid } = (await server.admin.get(pods, 'default', 'bound')).metadata;
    const token = await accountToken({ kind: 'Pod', name: 'bound', uid: uid! });
    const user = await bearer(token);
    assert.equal(user?.name, 'system:serviceaccount:default:runner');
    assert.deepEqual(user?.groups, [
      'system:serviceaccounts',
      'system:serviceaccounts:default',
      'system:authenticated',
    ]);
    assert.deepEqual(user?.extra?.['authentication.kubernetes.io/pod-name'], ['bound']);
    assert.deepEqual(user?.extra?.['authentication.kubernetes.io/node-name'], ['a']);
    await server.admin.delete(pods, 'default', 'bound', { gracePeriodSeconds: 0 });
    await unauthorized(bearer(token));
  });

  test('a token changed in any way is refused', async () => {
    const token = await accountToken();
    await bearer(token);
    const [head, body, signature] = token.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'system:serviceaccount:kube-system:x' }));
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    for (const bad of [
      `${head}.${forged.toString('base64url')}.${signature}`,
      `${none}.${body}.`,
      `${none}.${body}.${signature}`,
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      `${head}.${body}`,
    ]) {
      await unauthorized(bearer(bad));
    }
  });

  test('a token for others, or out of its time, is not for us', async () => {
    const theirs = await accountToken(undefined, ['vault']);
    await unauthorized(bearer(theirs));
    assert.deepEqual(
      await server.security
        .reviewToken(theirs, ['vault', 'x'])
        .then(review => (review as { audiences: string[] }).audiences),
      ['vault'],
    );
    const token = await accountToken();
    await server.clock.advance(3659_000);
    assert.ok(await bearer(token));
    await server.clock.advance(2_000);
    await unauthorized(bearer(token));
  });

  test('the keys that are published are those that sign', async () => {
    const { configuration, keys } = server.security.openId('')!;
    const [head] = (await accountToken()).split('.');
    const { kid } = JSON.parse(Buffer.from(head!, 'base64url').toString());
    assert.equal((keys as { keys: { kid: string }[] }).keys[0]?.kid, kid);
    assert.match(JSON.stringify(configuration), /openid\/v1\/jwks/);
  });

  test('a bootstrap token lets a node in until it expires', async () => {
    const expiration = new Date(server.clock.now() + 60_000).toISOString();
    await server.create({
      ...object('Secret', 'bootstrap-token-abcdef', {}, 'kube-system'),
      type: 'bootstrap.kubernetes.io/token',
      stringData: {
        'token-id': 'abcdef',
        'token-secret': '0123456789abcdef',
        'usage-bootstrap-authentication': 'true',
        'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token',
        expiration,
      },
    });
    const user = await bearer('abcdef.0123456789abcdef');
    assert.equal(user?.name, 'system:bootstrap:abcdef');
    assert.ok(user?.groups.includes('system:bootstrappers:kubeadm:default-node-token'));
    await unauthorized(bearer('abcdef.0123456789abcdee'));
    await server.clock.advance(61_000);
    await unauthorized(bearer('abcdef.0123456789abcdef'));
  });

  test("only the front proxy's word is taken for who asks", async () => {
    const headers = {
      'x-remote-user': 'ann',
      'x-remote-group': ['g1', 'cn=g,dc=2'],
      'x-remote-extra-a%2fb': 'c',
    };
    const user = await authenticate(headers, certificate('front-proxy-client'));
    assert.deepEqual(user, {
      name: 'ann',
      groups: ['g1', 'cn=g,dc=2', 'system:authenticated'],
      extra: { 'a/b': ['c'] },
    });
    assert.equal((await authenticate(headers, certificate('admin')))?.name, 'kubernetes-admin');
    assert.equal(await authenticate(headers), undefined);
  });

  test('acting as somebody else needs the right to', async () => {
    const headers = { 'impersonate-user': 'carl', 'impersonate-group': ['g1', 'cn=g,dc=2'] };
    const carl = await authenticate(headers, certificate('admin'));
    assert.deepEqual(carl satisfies UserInfo | undefined, {
      name: 'carl',
      groups: ['g1', 'cn=g,dc=2', 'system:authenticated'],
    });
    const account = await authenticate(
      { 'impersonate-user': 'system:serviceaccount:ns:sa' },
      certificate('admin'),
    );
    assert.deepEqual(account?.groups, [
      'system:serviceaccounts',
      'system:serviceaccounts:ns',
      'system:authenticated',
    ]);
    await refused(
      authenticate(headers, certificate('scheduler')),
      'pods is forbidden: User "system:kube-scheduler" cannot impersonate-on:user-info:watch resource "pods" in API group "" in the namespace "default"',
    );
    await assert.rejects(
      authenticate({ 'impersonate-group': 'g' }, certificate('admin')),
      /without impersonating a user/,
    );
  });

  test('who may act as somebody in some requests alone needs both rights, and no more', async () => {
    const asScheduler = (user: string, more: Record<string, string | string[]> = {}) =>
      authenticate({ 'impersonate-user': user, ...more }, certificate('scheduler'));
    const grant = async (name: string, verbs: string[], apiGroup: string, resources: string[]) => {
      const rules = [{ apiGroups: [apiGroup], resources, verbs }];
      await server.admin.create(clusterRoles, { metadata: { name }, rules });
      await server.create(binding(name, name, 'system:kube-scheduler'));
    };
    const modes = ['user-info', 'serviceaccount', 'arbitrary-node'];
    const watching = modes.map(mode => `impersonate-on:${mode}:watch`);
    await grant('acts-on-watches', watching, '', ['pods']);
    await refused(
      asScheduler('carl'),
      'users.authentication.k8s.io "carl" is forbidden: User "system:kube-scheduler" cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope',
    );
    const wanted = ['users', 'groups', 'serviceaccounts', 'nodes'];
    const acting = modes.map(mode => `impersonate:${mode}`);
    await grant('acts-as-anybody', acting, 'authentication.k8s.io', wanted);
    assert.equal((await asScheduler('carl'))?.name, 'carl');
    assert.deepEqual((await asScheduler('system:node:a'))?.groups, ['system:nodes', 'system:authenticated']);
    assert.deepEqual((await asScheduler('system:serviceaccount:ns:sa'))?.groups[0], 'system:serviceaccounts');
    await refused(
      asScheduler('system:serviceaccount:ns:sa', { 'impersonate-group': 'g' }),
      /cannot impersonate /,
    );
    await refused(
      asScheduler('carl', { 'impersonate-group': 'system:masters' }),
      /: impersonating the system:masters group is not allowed$/,
    );
  });

  test('a pod may act as its own node where it may as no other', async () => {
    const proxied = (user: string) =>
      authenticate(
        {
          'x-remote-user': 'system:serviceaccount:default:agent',
          'x-remote-extra-authentication.kubernetes.io%2fnode-name': 'a',
          'impersonate-user': user,
        },
        certificate('front-proxy-client'),
      );
    const rules = [
      { apiGroups: [''], resources: ['pods'], verbs: ['impersonate-on:associated-node:watch'] },
      { apiGroups: ['authentication.k8s.io'], resources: ['nodes'], verbs: ['impersonate:associated-node'] },
    ];
    await server.admin.create(clusterRoles, { metadata: { name: 'acts-as-node' }, rules });
    await server.create(binding('acts-as-node', 'acts-as-node', 'system:serviceaccount:default:agent'));
    assert.equal((await proxied('system:node:a'))?.name, 'system:node:a');
    await refused(proxied('system:node:b'), /cannot impersonate-on:arbitrary-node:watch resource "pods"/);
  });
});
