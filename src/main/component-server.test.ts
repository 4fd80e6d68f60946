import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { get } from 'node:https';
import { type TestContext, test } from 'node:test';
import { clusterRoleBindings, clusterRoles, configMaps, serviceAccounts } from '#api/generated/refs.ts';
import { generateKeyPem, signCertificate } from '#apiserver/pki/certificate.ts';
import { silentLog } from '#base/log.ts';
import { SampledFamily } from '#base/metric-families.ts';
import { SeededRandom } from '#base/random.ts';
import type { Client } from '#client/client.ts';
import { accessOf, parseKubeConfig } from '#client/kubeconfig.ts';
import { parseArguments } from '#cli/core/flags.ts';
import { accessFlags, componentServerOn, openComponentServer } from './component-access.ts';
import { serverFlags } from './component-server.ts';
import { type Cluster, startCluster } from './embedded.ts';
import { systemClock } from './system.ts';

interface Credentials {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
}

function ask(
  port: number,
  path: string,
  { token, ...tls }: Credentials = {},
): Promise<{ status: number; body: string }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const options = { host: '127.0.0.1', port, path, headers, ...tls, rejectUnauthorized: false, agent: false };
  return new Promise((resolve, reject) => {
    get(options, async response => {
      let body = '';
      for await (const chunk of response) body += chunk;
      resolve({ status: response.statusCode!, body });
    }).on('error', reject);
  });
}

const seams = { name: 'kube-scheduler', clock: systemClock, random: new SeededRandom(1), log: silentLog };

async function serve(t: TestContext, client: Client, words: readonly string[] = []) {
  const { flags } = parseArguments(words, accessFlags);
  const server = await componentServerOn({ host: '127.0.0.1', port: 0 }, flags, client, seams);
  t.after(() => server[Symbol.asyncDispose]());
  return server;
}

async function cluster(t: TestContext): Promise<Cluster> {
  const running = await startCluster({ nodes: 0, seed: 1, components: false });
  t.after(() => running.stop());
  return running;
}

/** A token of a new service account. */
async function tokenOf(client: Client, name: string): Promise<string> {
  await client.create(serviceAccounts, { metadata: { namespace: 'default', name } });
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const answer = await client.createSubresource(serviceAccounts, 'default', name, 'token', request);
  return (answer as { status: { token: string } }).status.token;
}

async function allowMetrics(client: Client, account: string): Promise<void> {
  await client.create(clusterRoles, {
    metadata: { name: 'metrics' },
    rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }],
  });
  await client.create(clusterRoleBindings, {
    metadata: { name: 'metrics' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'metrics' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'default', name: account }],
  });
}

test('a port of 0 means no server', async t => {
  const { client } = await cluster(t);
  const { flags } = parseArguments(['--secure-port=0'], [...serverFlags(10_259), ...accessFlags]);
  assert.equal(await openComponentServer(flags, client, seams), undefined);
});

test('health is told by its checks, to everybody', async t => {
  const { client } = await cluster(t);
  const server = await serve(t, client);
  let wrong: string | undefined;
  server.check('leaderElection', () => wrong);
  assert.deepEqual(await ask(server.port, '/healthz'), { status: 200, body: 'ok' });
  assert.deepEqual(await ask(server.port, '/livez?verbose'), {
    status: 200,
    body: '[+]ping ok\n[+]leaderElection ok\nlivez check passed\n',
  });
  wrong = 'a secret';
  assert.deepEqual(await ask(server.port, '/readyz'), {
    status: 500,
    body: '[+]ping ok\n[-]leaderElection failed: reason withheld\nreadyz check failed\n',
  });
});

test('single checks have paths of their own, and what they came to is told', async t => {
  const { client } = await cluster(t);
  const server = await serve(t, client, ['--authorization-always-allow-paths=/*']);
  server.check('leaderElection', () => 'late');
  const body = async (path: string) => (await ask(server.port, path)).body;
  assert.equal(await body('/healthz/ping'), 'ok');
  assert.equal(await body('/healthz/leaderElection'), 'internal server error: late\n');
  assert.equal(await body('/readyz?exclude=leaderElection'), 'ok');
  await body('/livez');
  const slis = await body('/metrics/slis');
  assert.match(slis, /^kubernetes_healthcheck\{name="leaderElection",type="livez"\} 0$/m);
  assert.match(slis, /^kubernetes_healthchecks_total\{name="ping",status="success",type="readyz"\} 1$/m);
});

test('pages tell what runs, and by which flags', async t => {
  const { client } = await cluster(t);
  const server = await serve(t, client, ['--authorization-always-allow-paths=/*']);
  assert.match((await ask(server.port, '/statusz')).body, /\nkube-scheduler statusz\n/);
  const { body } = await ask(server.port, '/flagz');
  assert.match(body, /^authorization-always-allow-paths=\[\/\*\]$/m);
  assert.match(body, /^authentication-skip-lookup=false$/m);
});

test('configurations are for whom the API server lets', async t => {
  const { client } = await cluster(t);
  const server = await serve(t, client);
  server.configure({ componentconfig: { Parallelism: 16 } });
  const token = await tokenOf(client, 'reader');
  assert.equal((await ask(server.port, '/configz', { token })).status, 403);
  const open = await serve(t, client, ['--authorization-always-allow-paths=/configz']);
  open.configure({ componentconfig: { Parallelism: 16 } });
  const { body } = await ask(open.port, '/configz');
  assert.equal(body, '{"componentconfig":{"Parallelism":16}}');
});

test('metrics are for whom the API server lets, by token', async t => {
  const { client } = await cluster(t);
  const server = await serve(t, client);
  server.tell([new SampledFamily({ name: 'answer', help: 'It.', stability: 'ALPHA' }, () => [[{}, 42]])]);
  const [reader, other] = [await tokenOf(client, 'reader'), await tokenOf(client, 'other')];
  await allowMetrics(client, 'reader');
  const metrics = (credentials?: Credentials) => ask(server.port, '/metrics', credentials);
  assert.deepEqual(await metrics({ token: reader }), {
    status: 200,
    body: '# HELP answer [ALPHA] It.\n# TYPE answer gauge\nanswer 42\n',
  });
  const nobody = await metrics();
  assert.equal(nobody.status, 403);
  assert.match(nobody.body, /forbidden: User \\"system:anonymous\\" cannot get path \\"\/metrics\\"/);
  const forbidden = await metrics({ token: other });
  assert.equal(forbidden.status, 403);
  assert.match(forbidden.body, /User \\"system:serviceaccount:default:other\\"/);
  assert.equal((await metrics({ token: 'made-up' })).status, 401);
  assert.equal(
    (await ask(server.port, '/debug', { token: reader })).status,
    403,
    'what is not there is no secret',
  );
});

test('which paths are for everybody is a matter of the flags', async t => {
  const { client } = await cluster(t);
  const server = await serve(t, client, ['--authorization-always-allow-paths=/metrics']);
  const codes = await Promise.all(
    ['/metrics', '/debug'].map(async path => (await ask(server.port, path)).status),
  );
  assert.deepEqual(codes, [200, 403]);
});

test('while the API server does not answer, nobody reads metrics', async t => {
  const running = await cluster(t);
  const server = await serve(t, running.client, ['--authentication-skip-lookup']);
  await running.stop();
  assert.ok((await ask(server.port, '/metrics', { token: 'any' })).status >= 401);
  assert.deepEqual(await ask(server.port, '/healthz'), { status: 200, body: 'ok' });
});

test('a certificate counts where the CA that the API server trusts signed it', async t => {
  const running = await cluster(t);
  const admin = accessOf(parseKubeConfig(await running.kubeconfig()), () => '');
  const credentials = { cert: admin.clientCertificate!, key: admin.clientKey! };
  const name = 'extension-apiserver-authentication';
  const published = await running.client.get(configMaps, 'kube-system', name);
  assert.ok(published.data?.['client-ca-file']);
  const server = await serve(t, running.client);
  while ((await ask(server.port, '/metrics', credentials)).status !== 200);
  const forged = await ask(server.port, '/metrics', forgedMaster());
  assert.equal(forged.status, 403);
  assert.match(forged.body, /system:anonymous/);
});

test('without a CA no certificate counts', async t => {
  const running = await cluster(t);
  const admin = accessOf(parseKubeConfig(await running.kubeconfig()), () => '');
  const server = await serve(t, running.client, ['--authentication-skip-lookup']);
  const credentials = { cert: admin.clientCertificate!, key: admin.clientKey! };
  assert.equal((await ask(server.port, '/metrics', credentials)).status, 403);
  assert.equal((await ask(server.port, '/metrics', forgedMaster())).status, 403);
});

/** Says of itself that its holder may do everything. */
function forgedMaster(): Credentials {
  const key = generateKeyPem();
  const now = systemClock.now();
  const cert = signCertificate(
    {
      subject: { commonName: 'eve', organizations: ['system:masters'] },
      publicKey: createPublicKey(key),
      notBeforeMs: now - 60_000,
      notAfterMs: now + 3_600_000,
      usage: 'client',
    },
    { key: createPrivateKey(key) },
  );
  return { key, cert };
}
