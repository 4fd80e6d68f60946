import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { deployments, secrets, services } from '#api/generated/refs.ts';
import { orNotFound } from '#client/retry.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { hasUpstreamTools, upstreamTools } from '#test/kubectl.ts';

/** The life of a release of the chart that `helm create` writes, by the real helm 4. */

const skip = !hasUpstreamTools() && 'no helm for this platform';
let cluster: Cluster;
let folder: string;
let helm: (...words: string[]) => Promise<string>;

before(async () => {
  if (skip) return;
  cluster = await startCluster();
  folder = await mkdtemp(join(tmpdir(), 'coxswain-helm-'));
  const config = join(folder, 'config');
  await writeFile(config, await cluster.kubeconfig(), { mode: 0o600 });
  const tools = await upstreamTools();
  const env = { HOME: folder, KUBECONFIG: config, PATH: process.env.PATH ?? '' };
  helm = (...words) =>
    new Promise((resolve, reject) => {
      execFile(tools.helm, words, { env, cwd: folder, timeout: 120_000 }, (error, stdout, stderr) => {
        if (error) reject(new Error(`helm ${words.join(' ')}: ${stderr || error.message}`));
        else resolve(stdout);
      });
    });
  await helm('create', 'web');
  // The simulated container of the chart's test ends well at once.
  const connection = join(folder, 'web/templates/tests/test-connection.yaml');
  const text = await readFile(connection, 'utf8');
  await writeFile(
    connection,
    text.replace(/( +)"helm.sh\/hook": test/, '$&\n$1"hollow.coxswain.dev/all": exit=0'),
  );
});

after(async () => {
  await cluster?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

interface Release {
  readonly name: string;
  readonly revision: string;
  readonly status: string;
}

const releases = async () => JSON.parse(await helm('list', '-o', 'json')) as Release[];
const replicas = async () => (await cluster.client.get(deployments, 'default', 'r-web')).spec!.replicas;

test('a chart is installed, and its parts come up', { skip }, async () => {
  const said = await helm('install', 'r', './web', '--wait', '--timeout', '60s');
  assert.match(said, /STATUS: deployed/);
  assert.deepEqual(
    (await releases()).map(({ name, revision, status }) => [name, revision, status]),
    [['r', '1', 'deployed']],
  );
  const { spec, status, metadata } = await cluster.client.get(deployments, 'default', 'r-web');
  assert.equal(spec!.replicas, 1);
  assert.equal(status!.readyReplicas, 1);
  assert.equal(metadata.annotations?.['meta.helm.sh/release-name'], 'r');
  assert.ok(
    metadata.managedFields?.some(({ manager, operation }) => manager === 'helm' && operation === 'Apply'),
  );
  assert.ok(await cluster.client.get(services, 'default', 'r-web'));
});

test('its test pod runs', { skip }, async () => {
  assert.match(await helm('test', 'r', '--timeout', '60s'), /Phase: +Succeeded/);
});

test('it is upgraded, and rolled back', { skip }, async () => {
  await helm('upgrade', 'r', './web', '--set', 'replicaCount=3', '--wait', '--timeout', '60s');
  assert.equal(await replicas(), 3);
  await helm('rollback', 'r', '1', '--wait', '--timeout', '60s');
  assert.equal(await replicas(), 1);
  const history = JSON.parse(await helm('history', 'r', '-o', 'json')) as {
    revision: number;
    status: string;
  }[];
  assert.deepEqual(
    history.map(({ revision, status }) => [revision, status]),
    [
      [1, 'superseded'],
      [2, 'superseded'],
      [3, 'deployed'],
    ],
  );
});

test('another manager keeps what it has taken, until helm is told to take it back', { skip }, async () => {
  await cluster.client.patch(
    deployments,
    'default',
    'r-web',
    'apply',
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'r-web' },
      spec: { replicas: 5 },
    },
    { fieldManager: 'other', force: true },
  );
  await assert.rejects(helm('upgrade', 'r', './web', '--set', 'replicaCount=2'), /conflict with "other"/);
  await helm('upgrade', 'r', './web', '--set', 'replicaCount=2', '--force-conflicts');
  assert.equal(await replicas(), 2);
});

test('it is uninstalled, and nothing stays', { skip }, async () => {
  await helm('uninstall', 'r', '--wait', '--timeout', '60s');
  assert.deepEqual(await releases(), []);
  assert.equal(await orNotFound(cluster.client.get(deployments, 'default', 'r-web')), undefined);
  assert.equal(await orNotFound(cluster.client.get(services, 'default', 'r-web')), undefined);
  const { items } = await cluster.client.list(secrets, 'default', { labelSelector: 'owner=helm' });
  assert.deepEqual(items, []);
});
