import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { WebhookClients } from '#apiserver/admission/webhooks/clients.ts';
import { readApiServer } from '#main/config/api-server-config.ts';
import { HttpsServer } from '#test/https-server.ts';
import { WiredCluster } from './wire.ts';

const token = (name: string) => ({ name, user: { token: `of ${name}` } });

async function folderOf(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-admission-'));
  t.after(() => rm(folder, { recursive: true }));
  const put = async (name: string, value: object) => {
    const file = join(folder, name);
    await writeFile(file, JSON.stringify(value));
    return file;
  };
  const read = async (name: string, configuration: object, enableAdmissionPlugins: string[] = []) => {
    const admissionControlConfigFile = await put('admission.yaml', {
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AdmissionConfiguration',
      plugins: [{ name, configuration }],
    });
    return readApiServer({ admissionControlConfigFile, enableAdmissionPlugins }, folder);
  };
  return { put, read };
}

const webhookAdmission = (kubeConfigFile: string) => ({
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'WebhookAdmissionConfiguration',
  kubeConfigFile,
});

const pods = '/api/v1/namespaces/default/pods';
const pod = (name: string, image: string, annotations: object = {}) => ({
  metadata: { name, annotations },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'a', image }] },
});

async function clusterWith(apiServer: Awaited<ReturnType<typeof readApiServer>>): Promise<WiredCluster> {
  const wired = await WiredCluster.start({ controllers: [], apiServer });
  const body = { metadata: { name: 'default' } };
  await wired.send({ method: 'POST', path: '/api/v1/namespaces/default/serviceaccounts', body });
  return wired;
}

test('the users of a kubeconfig are found by the most of a host that their names tell', () => {
  const names = ['a.b.svc:443', 'c.b.svc', '*.b.svc', '*.d.svc:8443', '*'];
  const users = new Map(names.map(name => [name, { authorization: name }]));
  const named = new WebhookClients(users, { authorization: 'usual' });
  for (const [host, name] of [
    ['a.b.svc:443', 'a.b.svc:443'],
    ['c.b.svc:443', 'c.b.svc'],
    ['c.b.svc:8443', '*'],
    ['e.b.svc:443', '*.b.svc'],
    ['e.d.svc:8443', '*.d.svc:8443'],
    ['e.d.svc:443', '*'],
    ['localhost:443', '*'],
  ] as const) {
    assert.equal(named.to(host)?.authorization, name, host);
  }
  users.delete('*');
  assert.equal(named.to('localhost:443')?.authorization, 'usual');
  assert.equal(new WebhookClients(new Map()).to('localhost:443'), undefined);
});

test('webhooks are told who asks, as a kubeconfig says', async t => {
  const { put, read } = await folderOf(t);
  const authorizations: (string | undefined)[] = [];
  await using server = await HttpsServer.start(({ headers, body }) => {
    authorizations.push(headers.authorization);
    const { apiVersion, request } = JSON.parse(body) as { apiVersion: string; request: { uid: string } };
    const response = { uid: request.uid, allowed: true };
    return { body: { kind: 'AdmissionReview', apiVersion, response } };
  });
  const { host } = new URL(server.url);
  const kubeconfig = await put('kubeconfig', { users: [token('other'), token(host)] });
  await using wired = await clusterWith(
    await read('ValidatingAdmissionWebhook', webhookAdmission(kubeconfig)),
  );
  const webhook = {
    name: 'pods.example.com',
    clientConfig: { url: `${server.url}/`, caBundle: Buffer.from(server.ca).toString('base64') },
    rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  };
  for (const kind of ['mutating', 'validating']) {
    const path = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`;
    const body = { metadata: { name: 'pods' }, webhooks: [webhook] };
    assert.equal((await wired.send({ method: 'POST', path, body })).status, 201);
  }
  assert.equal((await wired.send({ method: 'POST', path: pods, body: pod('a', 'x') })).status, 201);
  // Each of the two plugins has a configuration of its own.
  assert.deepEqual(authorizations, [undefined, `Bearer of ${host}`]);
});

test('a server of the operator says which images pods may have', async t => {
  const { put, read } = await folderOf(t);
  const reviews: object[] = [];
  let status = 200;
  await using server = await HttpsServer.start(({ headers, body }) => {
    assert.equal(headers.authorization, 'Bearer of a');
    const review = JSON.parse(body) as { spec: { containers: { image: string }[] } };
    reviews.push(review);
    const [{ image } = { image: '' }] = review.spec.containers;
    const allowed = image !== 'bad';
    const answer = { allowed, ...(allowed ? {} : { reason: 'no bad images' }) };
    return { status, body: { ...review, status: answer } };
  });
  const cluster = {
    server: server.url,
    'certificate-authority-data': Buffer.from(server.ca).toString('base64'),
  };
  const kubeConfigFile = await put('kubeconfig', {
    clusters: [{ name: 'a', cluster }],
    users: [token('a')],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    'current-context': 'a',
  });
  const start = async (more: object) =>
    clusterWith(
      await read('ImagePolicyWebhook', { imagePolicy: { kubeConfigFile, ...more } }, ['ImagePolicyWebhook']),
    );
  await using wired = await start({});
  const create = async (on: WiredCluster, body: object) => {
    const { status: code, json } = await on.send({ method: 'POST', path: pods, body });
    return [code, json.message ?? json.metadata?.annotations];
  };
  const annotations = { 'x.image-policy.k8s.io/ticket': '1', other: '2' };
  assert.deepEqual(await create(wired, pod('a', 'good', annotations)), [201, annotations]);
  assert.deepEqual(reviews, [
    {
      kind: 'ImageReview',
      apiVersion: 'imagepolicy.k8s.io/v1alpha1',
      metadata: {},
      spec: {
        containers: [{ image: 'good' }],
        annotations: { 'x.image-policy.k8s.io/ticket': '1' },
        namespace: 'default',
      },
      status: { allowed: false },
    },
  ]);
  await create(wired, pod('b', 'good', annotations));
  assert.equal(reviews.length, 1);
  const denied = 'image policy webhook backend denied one or more images: no bad images';
  assert.deepEqual(await create(wired, pod('c', 'bad')), [403, `pods "c" is forbidden: ${denied}`]);
  status = 403;
  const [code, message] = await create(wired, pod('d', 'other'));
  assert.equal(code, 403);
  assert.match(String(message), /^pods "d" is forbidden: /);
  await using open = await start({ defaultAllow: true });
  const failedOpen = { 'alpha.image-policy.k8s.io/failed-open': 'true' };
  assert.deepEqual(await create(open, pod('d', 'other')), [201, failedOpen]);
});

test('what is no good of such configurations refuses the start', async t => {
  const { read } = await folderOf(t);
  for (const [name, configuration, pattern] of [
    [
      'MutatingAdmissionWebhook',
      webhookAdmission('relative'),
      /kubeConfigFile: .*must be an absolute file path/,
    ],
    ['MutatingAdmissionWebhook', webhookAdmission('/no/such/file'), /no such file or directory/],
    ['ImagePolicyWebhook', {}, /imagePolicy/],
    [
      'ImagePolicyWebhook',
      { imagePolicy: { kubeConfigFile: '/no/such/file', denyTTL: 1801 } },
      /denyTTL: .*must be from 1 to 1800, 0 \(the default\) or -1 \(none\)/,
    ],
  ] as const) {
    await assert.rejects(read(name, configuration), pattern);
  }
  await assert.rejects(
    read(
      'PodSecurity',
      { apiVersion: 'pod-security.admission.config.k8s.io/v1', kind: 'PodSecurityConfiguration' },
      ['ImagePolicyWebhook'],
    ),
    /ImagePolicyWebhook needs a webhook/,
  );
});
