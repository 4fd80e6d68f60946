import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { auditEventJson, auditEventText } from '#apiserver/audit/event.ts';
import type { AuditPolicy } from '#apiserver/audit/policy.ts';
import { HookedCluster, add, maps, ok } from './hooked-cluster.ts';

/** What is told, as it leaves. */
type Told = Record<string, unknown> & {
  readonly stage: string;
  readonly verb: string;
  readonly annotations?: Record<string, string>;
  readonly responseStatus?: Record<string, unknown>;
};

const policy: AuditPolicy = {
  omitManagedFields: true,
  rules: [
    // What the cluster does for itself, on its way up or down, belongs to no test.
    { level: 'None', users: ['system:apiserver'] },
    { level: 'None', nonResourceURLs: ['/version*'] },
    { level: 'Metadata', resources: [{ resources: ['secrets', 'pods/log'] }] },
    { level: 'Request', verbs: ['patch'], omitStages: ['RequestReceived'] },
    {
      level: 'RequestResponse',
      resources: [{ resources: ['configmaps', 'services'] }],
      omitStages: ['RequestReceived'],
    },
    { level: 'Metadata' },
  ],
};

describe('the audit log', () => {
  const told: Told[] = [];
  const texts: string[] = [];
  let held: Promise<void> | undefined;
  let hooked: HookedCluster;
  before(async () => {
    hooked = await HookedCluster.start({
      audit: {
        policy,
        backends: () => [
          {
            name: 'log',
            take(event) {
              told.push(JSON.parse(auditEventJson(event)) as Told);
              texts.push(auditEventText(event));
              return held;
            },
          },
        ],
      },
    });
    told.length = 0;
  });
  after(() => hooked[Symbol.asyncDispose]());
  afterEach(async () => {
    held = undefined;
    await hooked.clear();
    told.length = 0;
    texts.length = 0;
  });
  const send: HookedCluster['send'] = (...args) => hooked.send(...args);
  const create: HookedCluster['create'] = (...args) => hooked.create(...args);
  const only = (): Told => {
    assert.equal(told.length, 1, JSON.stringify(told));
    return told[0]!;
  };

  test('tells who asked for what, with both objects and without managed fields', async () => {
    const made = await ok(create('a', { own: 'x' }, '?fieldManager=me'));
    const { user, requestReceivedTimestamp, stageTimestamp, responseObject, ...event } = only();
    assert.match(String(requestReceivedTimestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    assert.ok(String(stageTimestamp) >= String(requestReceivedTimestamp));
    assert.equal((user as { username: string }).username, 'kubernetes-admin');
    const { managedFields, ...metadata } = made.json.metadata as Record<string, unknown>;
    assert.ok(managedFields);
    assert.deepEqual(responseObject, { ...made.json, metadata });
    assert.deepEqual(event, {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'RequestResponse',
      auditID: made.headers['audit-id'],
      stage: 'ResponseComplete',
      requestURI: `${maps}?fieldManager=me`,
      verb: 'create',
      sourceIPs: ['127.0.0.1'],
      objectRef: { resource: 'configmaps', namespace: 'default', name: 'a', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 201 },
      requestObject: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { own: 'x' } },
      annotations: {
        'authorization.k8s.io/decision': 'allow',
        'authorization.k8s.io/reason':
          'RBAC: allowed by ClusterRoleBinding "kubeadm:cluster-admins" of ClusterRole "cluster-admin" to Group "kubeadm:cluster-admins"',
      },
    });
  });

  test('tells no contents below the level for them', async () => {
    const secret = { metadata: { name: 's' }, stringData: { password: 'hidden' } };
    await ok(send('POST', '/api/v1/namespaces/default/secrets', secret));
    assert.deepEqual(
      told.map(({ stage, verb, level }) => [stage, verb, level]),
      [
        ['RequestReceived', 'create', 'Metadata'],
        ['ResponseComplete', 'create', 'Metadata'],
      ],
    );
    assert.equal(JSON.stringify(told).includes('hidden'), false);
    assert.equal(JSON.stringify(told).includes('aGlkZGVu'), false);
    await ok(send('GET', '/version'));
    assert.equal(told.length, 2);
  });

  test('tells patches as they were sent, lists whole, and why something failed', async () => {
    await ok(create('a'));
    told.length = 0;
    const patch = { data: { k: 'v' } };
    const type = { 'content-type': 'application/merge-patch+json' };
    await ok(send('PATCH', `${maps}/a`, patch, type));
    assert.deepEqual([only().requestObject, only().responseObject], [patch, undefined]);
    told.length = 0;
    await ok(send('GET', maps));
    const list = only().responseObject as { kind: string; items: { data?: object }[] };
    assert.deepEqual([list.kind, list.items.map(({ data }) => data)], ['ConfigMapList', [{ k: 'v' }]]);
    told.length = 0;
    assert.equal((await send('GET', `${maps}/none`)).status, 404);
    assert.deepEqual(only().responseStatus, {
      metadata: {},
      status: 'Failure',
      message: 'configmaps "none" not found',
      reason: 'NotFound',
      details: { name: 'none', kind: 'configmaps' },
      code: 404,
    });
    told.length = 0;
    await ok(
      send('DELETE', `${maps}/a`, {
        propagationPolicy: 'Background',
        kind: 'DeleteOptions',
        apiVersion: 'v1',
      }),
    );
    assert.deepEqual(only().requestObject, {
      kind: 'DeleteOptions',
      apiVersion: 'meta.k8s.io/__internal',
      propagationPolicy: 'Background',
    });
  });

  test('tells patches of what is not there, objects with all their defaults, and which token was issued', async () => {
    const patch = { data: { k: 1 } };
    const type = { 'content-type': 'application/merge-patch+json' };
    assert.equal((await send('PATCH', `${maps}/none`, patch, type)).status, 404);
    assert.deepEqual(only().requestObject, patch);
    const account = '/api/v1/namespaces/default/serviceaccounts/default/token';
    const { json } = await ok(send('POST', account, { spec: { expirationSeconds: 600 } }));
    const claims = String((json.status as unknown as { token: string }).token).split('.')[1]!;
    const { jti } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { jti: string };
    const { annotations = {} } = told.at(-1)!;
    assert.equal(annotations['authentication.kubernetes.io/issued-credential-id'], `JTI=${jti}`);
    const services = '/api/v1/namespaces/default/services?dryRun=All';
    await ok(send('POST', services, { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }));
    const { spec } = told.at(-1)!.requestObject as { spec: Record<string, unknown> };
    assert.deepEqual([spec.type, spec.clusterIP], ['ClusterIP', undefined]);
  });

  test('tells what was answered in the form that its client asked for', async () => {
    await ok(create('a', { own: 'x' }));
    const answered = async (accept: string, path = maps) => {
      told.length = 0;
      await send('GET', path, undefined, { accept: `application/json;as=${accept};v=v1;g=meta.k8s.io` });
      return only().responseObject as Record<string, unknown> | undefined;
    };
    const table = await answered('Table');
    assert.equal(table?.kind, 'Table');
    const [row] = table.rows as [{ cells: unknown[]; object: { metadata: object } }];
    assert.deepEqual(row.cells.slice(0, 2), ['a', 1]);
    assert.equal('managedFields' in row.object.metadata, false);
    const list = await answered('PartialObjectMetadataList');
    assert.equal(list?.kind, 'PartialObjectMetadataList');
    assert.equal('data' in (list.items as [object])[0], false);
    const partial = await answered('PartialObjectMetadata', `${maps}/a`);
    assert.deepEqual([partial?.kind, partial?.data], ['PartialObjectMetadata', undefined]);
    // A failure has no such form: its code is told alone.
    assert.equal(await answered('PartialObjectMetadata', `${maps}/none`), undefined);
    assert.deepEqual(only().responseStatus, { metadata: {}, code: 404 });
  });

  test('tells whom somebody acts as, who may not, and whom nobody knows', async () => {
    const headers = { 'impersonate-user': 'jane', 'impersonate-group': 'devs' };
    assert.equal((await send('GET', '/api/v1/nodes', undefined, headers)).status, 403);
    const [received, complete] = told as [Told, Told];
    assert.deepEqual([received.stage, complete.stage], ['RequestReceived', 'ResponseComplete']);
    assert.equal(received.impersonatedUser, undefined);
    assert.equal((complete.user as { username: string }).username, 'kubernetes-admin');
    assert.deepEqual(complete.impersonatedUser, {
      username: 'jane',
      groups: ['devs', 'system:authenticated'],
    });
    assert.deepEqual(complete.authenticationMetadata, { impersonationConstraint: 'impersonate:user-info' });
    assert.equal(complete.annotations!['authorization.k8s.io/decision'], 'forbid');
    assert.equal(complete.responseStatus!.code, 403);
    told.length = 0;

    const bearer = { authorization: 'Bearer nonsense' };
    const unknown = await hooked.wired.send({ path: '/api/v1/nodes', headers: bearer, anonymous: true });
    assert.equal(unknown.status, 401);
    assert.deepEqual([only().stage, only().user, only().responseStatus!.code], ['ResponseStarted', {}, 401]);
    told.length = 0;

    const account = '/api/v1/namespaces/default/serviceaccounts/default';
    const answer = await ok(send('POST', `${account}/token`, { spec: {} }));
    const { token } = answer.json.status as unknown as { token: string };
    assert.equal(JSON.stringify(told).includes(token), false);
    told.length = 0;
    const acting = { authorization: `Bearer ${token}`, 'impersonate-user': 'x' };
    const refused = await hooked.wired.send({ path: maps, headers: acting, anonymous: true });
    assert.equal(refused.status, 403);
    assert.equal((only().user as { username: string }).username, 'system:serviceaccount:default:default');
    assert.deepEqual(
      [only().stage, only().impersonatedUser, only().responseStatus!.code],
      ['ResponseComplete', undefined, 403],
    );
  });

  test('tells a watch twice: when it begins and when it is over', async () => {
    await ok(send('GET', `${maps}?watch=1&timeoutSeconds=1`));
    assert.deepEqual(
      told.map(({ stage, verb, responseStatus }) => [stage, verb, responseStatus!.code]),
      [
        ['ResponseStarted', 'watch', 200],
        ['ResponseComplete', 'watch', 200],
      ],
    );
  });

  test('tells what webhooks noted, changed and failed to do', async () => {
    await hooked.configure(
      'mutating',
      'm',
      hooked.hook('down', () => ({ raw: { status: 500, body: 'broken' } }), { failurePolicy: 'Ignore' }),
      hooked.hook('mutate', request => ({
        ...add('added', 'yes')(request),
        auditAnnotations: { why: 'so' },
      })),
    );
    told.length = 0;
    await ok(create('a', { own: 'x' }));
    const { annotations = {} } = only();
    const of = (key: string) => annotations[`${key}.webhook.admission.k8s.io/round_0_index_0`];
    const ofSecond = (key: string) => annotations[`${key}.webhook.admission.k8s.io/round_0_index_1`];
    assert.equal(of('failed-open.mutation'), 'down.example.com');
    assert.equal(of('mutation'), '{"configuration":"m","webhook":"down.example.com","mutated":false}');
    assert.equal(ofSecond('mutation'), '{"configuration":"m","webhook":"mutate.example.com","mutated":true}');
    assert.equal(
      ofSecond('patch'),
      '{"configuration":"m","webhook":"mutate.example.com","patch":[{"op":"add","path":"/data/added","value":"yes"}],"patchType":"JSONPatch"}',
    );
    assert.equal(annotations['mutate.example.com/why'], 'so');
  });

  test('has it before the client is answered', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    let answered = false;
    const creation = create('a').then(() => {
      answered = true;
    });
    while (told.length === 0) await new Promise(again => setTimeout(again, 5));
    await ok(send('GET', '/version'));
    assert.equal(answered, false);
    resolve();
    await creation;
  });

  test('may be lost, which is counted and keeps nobody from an answer', async () => {
    held = Promise.reject(new Error('disk full'));
    held.catch(() => undefined);
    await ok(create('a'));
    const { text } = await ok(send('GET', '/metrics'));
    assert.match(text, /\napiserver_audit_error_total\{plugin="log"\} [1-9]/);
    assert.match(text, /\napiserver_audit_level_total\{level="RequestResponse"\} [1-9]/);
    assert.match(text, /\napiserver_audit_event_total [1-9]/);
  });

  test('has a form for people', async () => {
    await ok(send('GET', `${maps}?limit=1`));
    assert.match(
      texts[0]!,
      /^\S+Z AUDIT: id="[^"]+" stage="ResponseComplete" ip="127\.0\.0\.1" method="list" user="kubernetes-admin" groups="\\"kubeadm:cluster-admins\\",\\"system:authenticated\\"" as="<self>" asgroups="<lookup>" user-agent="[^"]*" namespace="default" uri="\/api\/v1\/namespaces\/default\/configmaps\?limit=1" response="200"$/,
    );
  });
});
