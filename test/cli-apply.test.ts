import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { namespaces } from '#api/generated/refs.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { hasUpstreamTools, upstreamTools } from './kubectl.ts';

/** Objects that change hands, and what differs: the same words through kubectl and through ours, each as a program. */

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const skip = !hasUpstreamTools() && 'no kubectl for this platform';
const launcher = fileURLToPath(new URL('../bin/coxswain.js', import.meta.url));

const config = (data: Record<string, string>, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'conf', ...more },
  data,
});

const manifests: Record<string, object> = {
  'client.json': config({ key: 'value', legacy: 'value' }),
  'client-2.json': config({ key: 'value', newKey: 'newValue' }),
  'server.json': config({ key: 'value', ssaKey: 'ssaValue' }),
  'unnamed.json': config({}, { name: undefined, generateName: 'conf-' }),
  'managed.json': config(
    {},
    {
      managedFields: [
        { manager: 'a', operation: 'Apply', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: {} },
      ],
    },
  ),
  'labelled.json': config({ a: 'b' }, { name: 'labelled', labels: { p: 'q' } }),
  'secret.json': {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'sealed' },
    stringData: { same: 'as', changed: 'before', gone: 'x' },
  },
  'secret-2.json': {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'sealed' },
    stringData: { same: 'as', changed: 'after', added: 'y' },
  },
  'several.json': {
    apiVersion: 'v1',
    kind: 'List',
    items: [config({ key: 'other' }), config({ a: 'c' }, { name: 'labelled', labels: { p: 'q' } })],
  },
  'unknown.json': { ...config({}), foo: 1 },
};

const lines = [
  // Who goes from client-side to server-side apply, back and forth again.
  'apply -f client.json',
  'apply -f server.json --server-side --dry-run=server -o yaml --show-managed-fields',
  'apply -f server.json --server-side',
  'get cm conf -o yaml --show-managed-fields',
  'apply -f client-2.json',
  'apply -f server.json --server-side',
  'get cm conf -o yaml --show-managed-fields',
  'apply -f client.json --server-side --record',
  'get cm conf -o yaml --show-managed-fields',
  'delete cm conf',
  'apply -f client.json --field-manager=mine',
  'apply -f server.json --server-side --field-manager=mine',
  'get cm conf -o yaml --show-managed-fields',
  'apply -f client-2.json --server-side --field-manager=other',
  'get cm conf -o yaml --show-managed-fields',
  'apply -f unnamed.json --server-side',
  'apply -f unnamed.json',
  'apply -f managed.json --server-side',
  'apply -f unknown.json --server-side',
  'patch cm conf -p {"metadata":{"finalizers":["example.com/kept"]}}',
  'delete cm conf --wait=false',
  'apply -f server.json --server-side --field-manager=other',
  // What would change.
  'apply -f labelled.json',
  'diff -f secret.json',
  'apply -f secret.json',
  'diff -f secret.json',
  'diff -f secret-2.json',
  'diff -f secret-2.json --server-side --force-conflicts',
  'diff -f several.json --concurrency=2',
  'diff -f several.json --server-side --force-conflicts --show-managed-fields',
  'diff -f several.json -l p=q',
  'diff -f several.json --prune --prune-allowlist=core/v1/Secret',
  'diff -f server.json --prune -l p=q --prune-allowlist=core/v1/ConfigMap',
  'diff -f several.json --prune --prune-allowlist=core/v1',
  'diff -f several.json --prune --prune-allowlist=core/v1/Nosuch',
  'apply -f several.json --prune --all --prune-allowlist=core/v1/Nosuch',
  'diff -f several.json --force-conflicts',
  'diff -f several.json word',
  'diff -f nosuch.json',
  // All that there is.
  'cluster-info dump --namespaces=default -o yaml',
  'cluster-info dump --namespaces=default --output-directory=dump',
  'cluster-info dump -A -o name',
];

let cluster: Cluster;
let folder: string;
let kubectl: string;

before(async () => {
  if (skip) return;
  ({ kubectl } = await upstreamTools());
  cluster = await startCluster({ nodes: 0 });
  folder = await mkdtemp(join(tmpdir(), 'coxswain-cli-apply-'));
  await writeFile(join(folder, 'config'), await cluster.kubeconfig(), { mode: 0o600 });
  for (const [name, manifest] of Object.entries(manifests))
    await writeFile(join(folder, name), JSON.stringify(manifest));
  for (const name of ['theirs', 'ours']) await cluster.client.create(namespaces, { metadata: { name } });
});

after(async () => {
  await cluster?.stop();
  if (folder) await rm(folder, { recursive: true });
});

function run(program: readonly string[], namespace: string, words: readonly string[]): Promise<Outcome> {
  const args = [...program.slice(1), '--kubeconfig', 'config', '-n', namespace, ...words];
  const env = { HOME: folder, PATH: process.env.PATH ?? '' };
  return new Promise(resolve =>
    execFile(program[0]!, args, { cwd: folder, env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    ),
  );
}

/** What may differ between two objects of the same words. */
function normal({ code, stdout, stderr }: Outcome): Outcome {
  const clean = (text: string) =>
    text
      .replace(/\b(theirs|ours)\b/g, 'NAMESPACE')
      .replace(/\bcoxswain\b/g, 'kubectl')
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
      .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+(Z| \+0000)?/g, 'TIME')
      .replace(/\S*\/(LIVE|MERGED)-\w+/g, '$1')
      .replace(/resourceVersion: "\d+"/g, 'resourceVersion: VERSION');
  return { code, stdout: clean(stdout), stderr: clean(stderr) };
}

for (const [at, line] of lines.entries())
  test(`${at + 1}: ${line}`, { skip }, async () => {
    const words = line.split(' ');
    const [expected, actual] = await Promise.all([
      run([kubectl], 'theirs', words),
      run([process.execPath, launcher], 'ours', words),
    ]);
    assert.deepEqual(normal(actual), normal(expected));
  });

// The kubectl of these tests has no such flag yet.
test('diff --show-secrets shows what changes in them', { skip }, async () => {
  const words = ['diff', '-f', 'secret-2.json', '--show-secrets'];
  const { code, stdout } = await run([process.execPath, launcher], 'ours', words);
  assert.equal(code, 1);
  assert.ok(stdout.includes('\n-  changed: YmVmb3Jl\n'), stdout);
  assert.ok(stdout.includes('\n+  changed: YWZ0ZXI=\n'), stdout);
});
