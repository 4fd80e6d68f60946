import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { SubjectAccessReview } from '#api/generated/types/authorization.v1.ts';
import { silentLog } from '#base/log.ts';
import type { ApiServerSettings } from '#main/api-server-settings.ts';
import { readApiServer } from '#main/config/api-server-config.ts';
import type { ReloadedFile } from '#main/config/reloaded-file.ts';
import { HttpsServer, type Told } from '#test/https-server.ts';
import { WiredCluster } from './wire.ts';

const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\n';

/** An authorizer that asks the server of a kubeconfig; `more` goes over what it says. */
function webhook(name: string, kubeConfigFile: string, more: object = {}): string {
  const settings = {
    timeout: '3s',
    subjectAccessReviewVersion: 'v1',
    matchConditionSubjectAccessReviewVersion: 'v1',
    failurePolicy: 'NoOpinion',
    connectionInfo: { type: 'KubeConfigFile', kubeConfigFile },
    ...more,
  };
  return `- ${JSON.stringify({ type: 'Webhook', name, webhook: settings })}\n`;
}

/** The files of one test, and a kubeconfig for a server. */
async function folderOf(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-authorization-'));
  t.after(() => rm(folder, { recursive: true }));
  const put = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const kubeconfig = (name: string, server: string, ca: string) => {
    const data = Buffer.from(ca).toString('base64');
    return put(
      name,
      JSON.stringify({
        clusters: [{ name: 'a', cluster: { server, 'certificate-authority-data': data } }],
        users: [{ name: 'a', user: { token: 'sesame' } }],
        contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
        'current-context': 'a',
      }),
    );
  };
  const read = (authorizers: string) =>
    put('authorization.yaml', `${head}authorizers:\n${authorizers}`).then(() =>
      readApiServer({ authorizationConfig: 'authorization.yaml' }, folder),
    );
  return { put, kubeconfig, read };
}

async function clusterWith(apiServer: ApiServerSettings) {
  const wired = await WiredCluster.start({ controllers: [], apiServer });
  const get = async (user: string, path: string) => {
    const answer = await wired.send({ path, headers: { 'impersonate-user': user } });
    const isStatus = answer.headers['content-type'] === 'application/json';
    return [answer.status, isStatus ? answer.json.message : answer.text];
  };
  return { wired, get, [Symbol.asyncDispose]: () => wired[Symbol.asyncDispose]() };
}

test('expressions that ask what somebody may do have the server asked', async t => {
  const asked: string[] = [];
  await using server = await HttpsServer.start(({ body }): Told => {
    const { spec } = JSON.parse(body) as SubjectAccessReview;
    const { verb = '', resource, name } = spec.resourceAttributes ?? {};
    if (resource === 'tickets') asked.push(`${spec.user} ${verb} ${name}`);
    const allowed = resource !== 'tickets' || name === 'one';
    return { body: { status: { allowed, reason: allowed ? 'so it is' : '' } } };
  });
  const { kubeconfig, read } = await folderOf(t);
  const apiServer = await read(webhook('there', await kubeconfig('there', `${server.url}/`, server.ca)));
  await using cluster = await clusterWith(apiServer);
  const post = async (path: string, body: object, headers = {}) => {
    const { status, json } = await cluster.wired.send({ method: 'POST', path, body, headers });
    return [status, json.message];
  };
  const admission = '/apis/admissionregistration.k8s.io/v1';
  const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] };
  const may = (name: string) =>
    `authorizer.group('example.com').resource('tickets').name(${name}).check('use').allowed()`;
  await post(`${admission}/validatingadmissionpolicies`, {
    metadata: { name: 'tickets' },
    spec: {
      matchConstraints: { resourceRules: [rule] },
      variables: [{ name: 'first', expression: may("'one'") }],
      validations: [
        { expression: `variables.first && ${may('object.data.ticket')}`, message: 'no such ticket' },
      ],
    },
  });
  await post(`${admission}/validatingadmissionpolicybindings`, {
    metadata: { name: 'tickets' },
    spec: { policyName: 'tickets', validationActions: ['Deny'] },
  });
  const create = (name: string, ticket: string) =>
    post(
      '/api/v1/namespaces/default/configmaps',
      { metadata: { name }, data: { ticket } },
      { 'impersonate-user': 'alice' },
    );
  assert.deepEqual(await create('a', 'one'), [201, undefined]);
  const [status, message] = await create('b', 'two');
  assert.equal(status, 422);
  assert.match(String(message), /denied request: no such ticket$/);
  assert.deepEqual(asked, ['alice use one', 'alice use two']);
});

test('a server of the operator decides, its answers are kept, and conditions say whether it is asked', async t => {
  const asked: SubjectAccessReview[] = [];
  let authorization: string | undefined;
  await using server = await HttpsServer.start(({ headers, url, body }): Told => {
    const review = JSON.parse(body) as SubjectAccessReview;
    assert.equal(url, '/authorize?timeout=3s');
    authorization = headers.authorization;
    if (!review.spec.user?.startsWith('u-')) return { body: { status: { allowed: false } } };
    asked.push(review);
    const { user } = review.spec;
    if (user === 'u-broken') return { status: 403, body: 'stop' };
    return {
      body: {
        status: { allowed: user === 'u-allowed', denied: user === 'u-denied', reason: `${user} it is` },
      },
    };
  });
  const { kubeconfig, read } = await folderOf(t);
  const file = await kubeconfig('hook.json', `${server.url}/authorize`, server.ca);
  const matchConditions = [{ expression: "request.user != 'u-skipped'" }];
  await using cluster = await clusterWith(
    await read(`${webhook('hook', file, { matchConditions })}- { type: RBAC, name: rbac }\n`),
  );
  const path = '/api/v1/namespaces/default/configmaps?labelSelector=a%3Db';
  const forbidden = (user: string, why = '') =>
    `configmaps is forbidden: User "${user}" cannot list resource "configmaps" in API group "" in the namespace "default"${why}`;
  assert.equal((await cluster.get('u-allowed', path))[0], 200);
  assert.equal((await cluster.get('u-allowed', path))[0], 200);
  assert.equal(asked.length, 1);
  assert.equal(authorization, 'Bearer sesame');
  assert.deepEqual(asked[0]!.spec, {
    resourceAttributes: {
      namespace: 'default',
      verb: 'list',
      version: 'v1',
      resource: 'configmaps',
      labelSelector: { requirements: [{ key: 'a', operator: 'In', values: ['b'] }] },
    },
    user: 'u-allowed',
    groups: ['system:authenticated'],
  });
  assert.deepEqual(await cluster.get('u-denied', path), [403, forbidden('u-denied', ': u-denied it is')]);
  assert.deepEqual(await cluster.get('u-none', path), [403, forbidden('u-none', ': u-none it is')]);
  const before = asked.length;
  assert.deepEqual(await cluster.get('u-skipped', path), [403, forbidden('u-skipped')]);
  assert.equal(asked.length, before);
  assert.deepEqual(await cluster.get('u-broken', path), [
    500,
    `Internal Server Error: "/api/v1/namespaces/default/configmaps": stop\n`,
  ]);
  const { text } = await cluster.wired.send({ path: '/metrics' });
  const round = (result: string) =>
    new RegExp(
      `^apiserver_authorization_webhook_evaluations_total\\{name="hook",result="${result}"\\} \\d+$`,
      'm',
    );
  assert.match(text, round('success'));
  assert.match(text, round('error'));
  assert.match(
    text,
    /^apiserver_authorization_webhook_duration_seconds_count\{name="hook",result="error"\} \d+$/m,
  );
  assert.match(
    text,
    /^apiserver_authorization_webhook_evaluations_fail_open_total\{name="hook",result="error"\} \d+$/m,
  );
});

test('a server that cannot be asked denies where it is to, and a changed file is taken over if it is good', async t => {
  const { put, kubeconfig, read } = await folderOf(t);
  await using server = await HttpsServer.start(() => ({ body: {} }));
  const gone = await kubeconfig('gone.json', 'https://127.0.0.1:1', server.ca);
  const apiServer = await read(`- { type: AlwaysAllow, name: all }\n`);
  await using cluster = await clusterWith(apiServer);
  const [file] = apiServer.files as ReloadedFile<unknown>[];
  const path = '/api/v1/namespaces';
  assert.equal((await cluster.get('alice', path))[0], 200);
  await put('authorization.yaml', 'nonsense');
  await file!.reload(silentLog);
  assert.equal((await cluster.get('alice', path))[0], 200);
  await put(
    'authorization.yaml',
    `${head}authorizers:\n${webhook('gone', gone, { failurePolicy: 'Deny', matchConditions: [{ expression: "request.user == 'alice'" }] })}- { type: AlwaysAllow, name: all }\n`,
  );
  await file!.reload(silentLog);
  assert.deepEqual(await cluster.get('alice', path), [
    500,
    'Internal Server Error: "/api/v1/namespaces": Post "https://127.0.0.1:1/?timeout=3s": dial tcp 127.0.0.1:1: connect: connection refused\n',
  ]);
});

test('what is wrong with it is told by its field', async t => {
  const { kubeconfig, read } = await folderOf(t);
  const file = await kubeconfig('hook.json', 'https://127.0.0.1:1', '');
  const plain = await kubeconfig('plain.json', 'http://127.0.0.1:1', '');
  const rbac = '- { type: RBAC, name: rbac }\n';
  const at = 'authorizers[0].webhook';
  const wrong = [
    ['  []', 'authorizers: Required value: at least one authorization mode must be defined'],
    ['- { type: ABAC, name: a }', 'authorizers[0].type: Unsupported value: "ABAC"'],
    [rbac + rbac, 'authorizers[1].type: Duplicate value: "RBAC"'],
    ['- { type: Webhook, name: a }', `${at}: Required value: required when type=Webhook`],
    [webhook('A', file), 'authorizers[0].name: Invalid value: "A": authorizer name is invalid: '],
    [webhook('a', file, { timeout: '31s' }), `${at}.timeout: Invalid value: "31s": must be > 0s and <= 30s`],
    [webhook('a', file, { failurePolicy: 'Allow' }), `${at}.failurePolicy: Unsupported value: "Allow"`],
    [
      webhook('a', file, { matchConditions: [{ expression: 'request.usr' }] }),
      `${at}.matchConditions[0].expression: Invalid value: "request.usr": compilation failed: ERROR: <input>:1:8: undefined field 'usr'`,
    ],
    [
      webhook('a', file, { matchConditions: [{ expression: 'request.user' }] }),
      `${at}.matchConditions[0].expression: Invalid value: "request.user": must evaluate to bool but got string`,
    ],
    [
      webhook('a', 'hook.json'),
      `${at}.connectionInfo.kubeConfigFile: Invalid value: "hook.json": must be an absolute path`,
    ],
    [
      webhook('a', plain),
      `${at}.connectionInfo.kubeConfigFile: Invalid value: "${plain}": error loading file: the server must`,
    ],
  ] as const;
  for (const [text, problem] of wrong) {
    await assert.rejects(read(text), (error: Error) => {
      assert.ok(error.message.includes(`authorization.yaml: ${problem}`), error.message);
      return true;
    });
  }
});
