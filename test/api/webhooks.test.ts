import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Reviewer, WebhookServer } from '#test/webhook-server.ts';
import { HookedCluster, add, maps, ok, registration } from './hooked-cluster.ts';

describe('admission webhooks', () => {
  let hooked: HookedCluster;
  let server: WebhookServer;
  before(async () => {
    hooked = await HookedCluster.start();
    server = hooked.server;
  });
  after(() => hooked[Symbol.asyncDispose]());
  afterEach(() => hooked.clear());

  const send: HookedCluster['send'] = (...args) => hooked.send(...args);
  const hook: HookedCluster['hook'] = (...args) => hooked.hook(...args);
  const configure: HookedCluster['configure'] = (...args) => hooked.configure(...args);
  const create: HookedCluster['create'] = (...args) => hooked.create(...args);

  test('a mutating webhook is told what is written, and its patch is taken', async () => {
    await configure('mutating', 'm', hook('mutate', add('added', 'yes')));
    const made = await ok(create('a', { own: 'x' }, '?fieldManager=me&dryRun=All'));
    assert.deepEqual(made.json.data, { own: 'x', added: 'yes' });
    const [{ request }] = server.calls as [(typeof server.calls)[0]];
    assert.match(request.uid, /^[0-9a-f-]{36}$/);
    assert.deepEqual(request.kind, { group: '', version: 'v1', kind: 'ConfigMap' });
    assert.deepEqual(request.resource, { group: '', version: 'v1', resource: 'configmaps' });
    assert.deepEqual([request.name, request.namespace, request.operation], ['a', 'default', 'CREATE']);
    assert.deepEqual(request.object?.data, { own: 'x' });
    assert.equal(request.oldObject, null);
    assert.equal(request.dryRun, true);
    assert.deepEqual(request.options, {
      kind: 'CreateOptions',
      apiVersion: 'meta.k8s.io/v1',
      dryRun: ['All'],
      fieldManager: 'me',
    });
    assert.ok(request.userInfo.groups.includes('system:authenticated'));
  });

  test('configurations run by name, and who asks for it sees what came after it', async () => {
    const seen: string[] = [];
    const watcher = (name: string, patch?: object[]): Reviewer => {
      return ({ object }) => {
        seen.push(`${name}: ${Object.keys(object?.data ?? {})}`);
        return patch && !object?.data?.[name] ? { patch } : {};
      };
    };
    const patch = (key: string) => [{ op: 'add', path: `/data/${key}`, value: 'v' }];
    await configure('mutating', 'b', hook('second', watcher('second', patch('second'))));
    await configure(
      'mutating',
      'a',
      hook('first', watcher('first', patch('first')), { reinvocationPolicy: 'IfNeeded' }),
      hook('never', watcher('never')),
    );
    await ok(create('a', { own: 'x' }));
    assert.deepEqual(seen, [
      'first: own',
      'never: own,first',
      'second: own,first',
      'first: own,first,second',
    ]);
  });

  test('a patch moves nothing to another namespace, and makes nothing else of it', async () => {
    const patch: { op: string; path: string; value: string }[] = [];
    const seen: string[] = [];
    await configure(
      'mutating',
      'm',
      hook('patch', () => ({ patch })),
    );
    await configure(
      'validating',
      'v',
      hook('look', ({ name, object }) => {
        seen.push(`${name} is ${object!.metadata.name} in ${object!.metadata.namespace}`);
        return {};
      }),
    );
    const become = (path: string, value: string) => {
      patch.splice(0, 1, { op: 'replace', path, value });
      return create('a', {}, '?dryRun=All');
    };
    const moved = await become('/metadata/namespace', 'kube-system');
    assert.deepEqual(
      [moved.status, moved.json.message],
      [400, 'the namespace of the provided object does not match the namespace sent on the request'],
    );
    await ok(become('/metadata/namespace', ''));
    await ok(become('/metadata/name', 'b'));
    assert.deepEqual(seen, ['a is a in default', 'a is b in default']);
    const texts = [];
    for (const [path, value] of [
      ['/kind', 'Secret'],
      ['/apiVersion', 'v2'],
    ] as const) {
      const { status, json } = await become(path, value);
      texts.push([status, json.message]);
    }
    assert.deepEqual(texts, [
      [500, 'Internal error occurred: converting (v1.Secret) to (core.ConfigMap): unknown conversion'],
      [
        500,
        'Internal error occurred: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/api/legacyscheme/scheme.go:30"',
      ],
    ]);
  });

  test('defaults follow a mutation, and unknown fields go', async () => {
    const init = { name: 'init', image: 'i' };
    const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }];
    const reviewer: Reviewer = () => ({
      patch: [
        { op: 'add', path: '/spec/initContainers', value: [init] },
        { op: 'add', path: '/spec/unknown', value: 1 },
      ],
    });
    await configure('mutating', 'm', hook('pods', reviewer, { rules }));
    const made = await ok(
      send('POST', '/api/v1/namespaces/default/pods?dryRun=All', {
        metadata: { name: 'p' },
        spec: { containers: [{ name: 'c', image: 'i' }] },
      }),
    );
    const spec = made.json.spec as { initContainers: Record<string, unknown>[]; unknown?: unknown };
    assert.equal(spec.initContainers[0]!.terminationMessagePolicy, 'File');
    assert.equal(spec.unknown, undefined);
  });

  test("a refusal carries the webhook's words and code; warnings come along", async () => {
    const reviewer: Reviewer = ({ name }) => ({
      allowed: name === 'good',
      warnings: [`looked at ${name}`],
      ...(name === 'bad' ? { status: { code: 418, reason: 'Forbidden', message: 'no tea' } } : {}),
    });
    await configure('validating', 'v', hook('tea', reviewer));
    const bad = await create('bad');
    assert.deepEqual(
      [bad.status, bad.json.reason, bad.json.message],
      [418, 'Forbidden', 'admission webhook "tea.example.com" denied the request: no tea'],
    );
    const silent = await create('silent');
    assert.deepEqual(
      [silent.status, silent.json.message],
      [400, 'admission webhook "tea.example.com" denied the request without explanation'],
    );
    const good = await ok(create('good'));
    assert.equal(good.headers.warning, '299 - "looked at good"');
  });

  test('updates and deletions are asked about with the old object', async () => {
    const rules = [
      { operations: ['UPDATE', 'DELETE'], apiGroups: ['*'], apiVersions: ['*'], resources: ['configmaps'] },
    ];
    await configure(
      'validating',
      'v',
      hook('old', () => ({}), { rules }),
    );
    await ok(create('a', { n: '1' }));
    const patch = { data: { n: '2' } };
    await ok(send('PATCH', `${maps}/a`, patch, { 'content-type': 'application/merge-patch+json' }));
    await ok(send('DELETE', `${maps}/a`, { propagationPolicy: 'Background' }));
    const [update, removal] = server.calls.map(({ request }) => request);
    assert.deepEqual([update!.object?.data, update!.oldObject?.data], [{ n: '2' }, { n: '1' }]);
    assert.equal(update!.options?.kind, 'UpdateOptions');
    assert.deepEqual([removal!.object, removal!.oldObject?.data], [null, { n: '2' }]);
    assert.deepEqual(removal!.options, {
      kind: 'DeleteOptions',
      apiVersion: 'meta.k8s.io/v1',
      propagationPolicy: 'Background',
    });
    assert.deepEqual(server.calls.length, 2);
  });

  test('a mutating webhook may refuse a deletion and not patch it', async () => {
    const rules = [
      { operations: ['DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] },
    ];
    const reviewer: Reviewer = ({ name }) =>
      name === 'kept' ? { allowed: false } : add('x', 'y')({} as never);
    await configure('mutating', 'm', hook('deletion', reviewer, { rules }));
    for (const name of ['kept', 'patched']) await ok(create(name));
    assert.equal((await send('DELETE', `${maps}/kept`)).status, 400);
    const patched = await send('DELETE', `${maps}/patched`);
    assert.deepEqual(
      [patched.status, patched.json.message],
      [
        500,
        'Internal error occurred: admission webhook "deletion.example.com" attempted to modify the object, which is not supported for this operation',
      ],
    );
    await send('DELETE', `${registration}/mutatingwebhookconfigurations`);
  });

  test('selectors leave out namespaces and objects', async () => {
    await ok(send('POST', '/api/v1/namespaces', { metadata: { name: 'free', labels: { exempt: 'yes' } } }));
    const selectors = {
      namespaceSelector: { matchExpressions: [{ key: 'exempt', operator: 'DoesNotExist' }] },
      objectSelector: { matchLabels: { checked: 'yes' } },
    };
    await configure(
      'validating',
      'v',
      hook('selective', () => ({ allowed: false }), selectors),
    );
    const labelled = (namespace: string, labels: object) =>
      send('POST', `/api/v1/namespaces/${namespace}/configmaps`, {
        metadata: { generateName: 'm-', labels },
      });
    assert.equal((await labelled('default', { checked: 'yes' })).status, 400);
    await ok(labelled('default', {}));
    await ok(labelled('free', { checked: 'yes' }));
  });

  test('what webhooks are configured by is out of their reach', async () => {
    const rules = [{ operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'] }];
    await configure(
      'validating',
      'v',
      hook('all', () => ({ allowed: false }), { rules }),
    );
    await configure(
      'mutating',
      'm',
      hook('all', () => ({}), { rules: rules.map(r => ({ ...r, operations: ['CREATE'] })) }),
    );
    await ok(send('DELETE', `${registration}/validatingwebhookconfigurations/v`));
    assert.equal(server.calls.length, 0);
  });

  test('a dry run goes to those alone that have no side effects in it', async () => {
    const [effects, none] = ['Some', 'NoneOnDryRun'];
    await configure(
      'validating',
      'v',
      hook('careful', () => ({}), { sideEffects: none }),
    );
    await ok(create('a', {}, '?dryRun=All'));
    await send('DELETE', `${registration}/validatingwebhookconfigurations`);
    const refused = await send('POST', `${registration}/validatingwebhookconfigurations`, {
      metadata: { name: 'v' },
      webhooks: [hook('careless', () => ({}), { sideEffects: effects })],
    });
    assert.equal(refused.status, 422);
  });

  test('failures are told as upstream tells them, or passed over', async () => {
    const failing = async (more: object, reviewer: Reviewer = () => ({})) => {
      await configure('validating', 'v', hook('fails', reviewer, more));
      const answer = await create('a');
      await send('DELETE', `${registration}/validatingwebhookconfigurations/v`);
      assert.equal(answer.status, 500, answer.text);
      const start = 'Internal error occurred: failed calling webhook "fails.example.com": ';
      assert.ok(answer.json.message!.startsWith(start), answer.text);
      return answer.json.message!.slice(start.length);
    };
    assert.match(
      await failing({ clientConfig: { url: 'https://127.0.0.1:1/x' } }),
      /^failed to call webhook: Post "https:\/\/127\.0\.0\.1:1\/x\?timeout=10s": dial tcp 127\.0\.0\.1:1: connect: connection refused$/,
    );
    assert.match(
      await failing({ clientConfig: { url: 'https://localhost:1/x' } }),
      /localhost:1\/x\?timeout=10s": dial tcp (127\.0\.0\.1|\[::1\]):1: connect: connection refused$/,
    );
    assert.match(
      await failing({ clientConfig: { url: `https://127.0.0.1:${server.port}/x` } }),
      /tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
    );
    assert.match(
      await failing({ clientConfig: { service: { name: 'none', namespace: 'default' } } }),
      /^failed to call webhook: Post "https:\/\/none\.default\.svc:443\/?\?timeout=10s": service "none" not found$/,
    );
    for (const [contentType, told] of [
      ['text/plain; charset=utf-8', 'broken'],
      ['application/json', 'unknown'],
    ] as const) {
      assert.equal(
        await failing({}, () => ({ raw: { status: 500, body: 'broken\n', contentType } })),
        `failed to call webhook: an error on the server ("${told}") has prevented the request from succeeding`,
      );
    }
    assert.equal(
      await failing({}, () => ({ raw: { status: 200, body: '' } })),
      'failed to call webhook: 0-length response with status code: 200 and content type: application/json',
    );
    assert.match(
      await failing({}, () => ({ raw: { status: 200, body: '<html>' } })),
      /^failed to call webhook: couldn't get version\/kind; json parse error: json: cannot unmarshal string into Go value of type struct /,
    );
    assert.match(
      await failing({}, () => ({ uid: 'other' })),
      /^received invalid webhook response: expected response\.uid="[0-9a-f-]+", got "other"$/,
    );
    assert.match(
      await failing({}, () => ({ patch: [{ op: 'add', path: '/data', value: {} }] })),
      /^received invalid webhook response: validating webhook may not return response\.patch$/,
    );
    await configure(
      'validating',
      'v',
      hook('open', () => ({}), { failurePolicy: 'Ignore', clientConfig: { url: 'https://127.0.0.1:1/x' } }),
    );
    await ok(create('a'));
  });

  test('a webhook has its time and no more', async () => {
    const hanging = Promise.withResolvers<void>();
    const reviewer: Reviewer = async () => {
      await hanging.promise;
      return {};
    };
    await configure('validating', 'v', hook('slow', reviewer, { timeoutSeconds: 1 }));
    const { status, json } = await create('a');
    hanging.resolve();
    assert.equal(status, 500);
    assert.match(json.message!, /Post "https:\S+timeout=1s": context deadline exceeded$/);
  });

  test('a service is reached where it leads, and must prove its own name', async () => {
    await ok(
      send('POST', '/api/v1/namespaces/default/services', {
        metadata: { name: 'local' },
        spec: { type: 'ExternalName', externalName: 'localhost' },
      }),
    );
    const { caBundle } = server.clientConfig('/by-service', () => ({ allowed: false }));
    const service = { name: 'local', namespace: 'default', path: '/by-service', port: server.port };
    await configure(
      'validating',
      'v',
      hook('service', () => ({}), { clientConfig: { service, caBundle } }),
    );
    const denied = await create('a');
    assert.equal(
      denied.json.message,
      'admission webhook "service.example.com" denied the request without explanation',
    );
    await ok(
      send('POST', '/api/v1/namespaces/default/services', {
        metadata: { name: 'other' },
        spec: { type: 'ExternalName', externalName: 'localhost' },
      }),
    );
    const other = { ...service, name: 'other' };
    await send('DELETE', `${registration}/validatingwebhookconfigurations`);
    await configure(
      'validating',
      'v',
      hook('service', () => ({}), { clientConfig: { service: other, caBundle } }),
    );
    const wrongName = await create('a');
    assert.match(
      wrongName.json.message!,
      /x509: certificate is valid for localhost, local\.default\.svc, not other\.default\.svc$/,
    );
  });

  test("a server's own certificate is trusted as a CA's, and paths are joined as Go joins them", async () => {
    const { url } = server.clientConfig('/own', () => ({ allowed: false }));
    const clientConfig = { url: url.replace('/own', '//own/'), caBundle: server.certificate };
    await configure(
      'validating',
      'v',
      hook('own', () => ({}), { clientConfig }),
    );
    const { message } = (await create('a')).json;
    assert.equal(message, 'admission webhook "own.example.com" denied the request without explanation');
  });

  test("a refusal carries its warnings, and a patch takes nothing that is the server's own", async () => {
    const refusing: Reviewer = () => ({ allowed: false, warnings: ['careful'] });
    await configure('validating', 'v', hook('warns', refusing));
    assert.equal((await create('a')).headers.warning, '299 - "careful"');
    await send('DELETE', `${registration}/validatingwebhookconfigurations`);
    const robbing: Reviewer = () => ({
      patch: [
        { op: 'add', path: '/metadata/uid', value: 'mine' },
        { op: 'add', path: '/metadata/creationTimestamp', value: '2001-01-01T00:00:00Z' },
      ],
    });
    await configure('mutating', 'm', hook('robs', robbing));
    const { uid, creationTimestamp } = (await ok(create('a'))).json.metadata as Record<string, string>;
    assert.match(uid!, /^[0-9a-f-]{36}$/);
    assert.ok(!creationTimestamp!.startsWith('2001'));
  });

  test('match conditions leave out requests, and must compile', async () => {
    const matchConditions = [
      { name: 'not-me', expression: 'object.metadata.name != "skip-me"' },
      { name: 'admins', expression: 'authorizer.requestResource.check("create").allowed()' },
      { name: 'created', expression: 'request.operation == "CREATE" && request.userInfo.username != ""' },
    ];
    await configure('mutating', 'm', hook('conditional', add('seen', 'yes'), { matchConditions }));
    assert.equal((await ok(create('skip-me', { a: 'b' }))).text.includes('seen'), false);
    assert.equal((await ok(create('me', { a: 'b' }))).text.includes('seen'), true);
    const failing = [{ name: 'fails', expression: 'object.data.missing == "x"' }];
    await configure(
      'validating',
      'v',
      hook('failing', () => ({}), { matchConditions: failing }),
    );
    const refused = await create('other', { a: 'b' });
    assert.deepEqual(
      [refused.status, refused.json.message],
      [
        403,
        `configmaps "other" is forbidden: expression 'object.data.missing == "x"' resulted in error: no such key: missing`,
      ],
    );
    const unnamed = { metadata: { generateName: 'gen-' }, data: { a: 'b' } };
    const generated = await send('POST', maps, unnamed);
    assert.match(generated.json.message!, /^configmaps is forbidden: expression /);
    const { text: counted } = await send('GET', '/metrics');
    const labels = 'kind="webhook",name="failing.example.com",operation="CREATE",type="validating"';
    assert.ok(counted.includes(`apiserver_admission_match_condition_evaluation_errors_total{${labels}} 1`));
    const wrong = hook('wrong', () => ({}), { matchConditions: [{ name: 'x', expression: 'object.' }] });
    const invalid = await send('POST', `${registration}/mutatingwebhookconfigurations`, {
      metadata: { name: 'wrong' },
      webhooks: [wrong],
    });
    assert.equal(invalid.status, 422);
    assert.match(
      invalid.json.message!,
      /webhooks\[0\]\.matchConditions\[0\]\.expression: Invalid value: "object\.": compilation failed: ERROR/,
    );
    const text = hook('text', () => ({}), { matchConditions: [{ name: 'x', expression: '"a"' }] });
    const typed = await send('POST', `${registration}/mutatingwebhookconfigurations`, {
      metadata: { name: 'text' },
      webhooks: [text],
    });
    assert.match(typed.json.message!, /must evaluate to bool but got string/);
  });

  test('what webhooks do is counted', async () => {
    await configure(
      'validating',
      'v',
      hook('counted', ({ name }) => ({ allowed: name !== 'bad' })),
    );
    await ok(create('good'));
    await create('bad');
    const { text } = await send('GET', '/metrics');
    assert.match(
      text,
      /apiserver_admission_step_admission_duration_seconds_count\{operation="CREATE",rejected="true",type="validate"\} [1-9]/,
    );
    assert.match(
      text,
      /apiserver_admission_controller_admission_duration_seconds_count\{name="LimitRanger",operation="CREATE",rejected="false",type="admit"\} [1-9]/,
    );
    const line = (name: string, before: string, after: string) =>
      text.includes(`${name}{${before},name="counted.example.com",operation="CREATE",${after}} 1`);
    const total = 'apiserver_admission_webhook_request_total';
    assert.ok(line(total, 'code="200"', 'rejected="false",type="validating"'));
    assert.ok(line(total, 'code="400"', 'rejected="true",type="validating"'));
    assert.ok(
      line(
        'apiserver_admission_webhook_rejection_count',
        'error_type="no_error"',
        'rejection_code="400",type="validating"',
      ),
    );
  });
});
