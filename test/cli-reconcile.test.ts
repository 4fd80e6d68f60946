import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '#api/generated/refs.ts';
import { runCli } from '#cli/index.ts';
import { nodeConnect } from '#cli/node-connection.ts';
import { MemoryIo } from '#cli/testing.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { systemClock, systemRandom } from '#main/system.ts';
import { hasUpstreamTools, upstreamTools } from './kubectl.ts';

/** Roles and bindings reconciled by kubectl and, under other names, by ours: what is told and what there is are equal. */

const skip = !hasUpstreamTools() && 'no kubectl for this platform';
const apiVersion = 'rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

/** Manifests of one of both, whose names all begin with `who`. */
const files: Record<string, (who: string) => object[]> = {
  first: who => [
    {
      apiVersion,
      kind: 'ClusterRole',
      metadata: { name: `${who}-cr`, labels: { a: 'b' } },
      rules: [
        { apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['get', 'list'] },
        { nonResourceURLs: ['/x'], verbs: ['get'] },
      ],
    },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name: `${who}-crb` },
      roleRef: { apiGroup, kind: 'ClusterRole', name: `${who}-cr` },
      subjects: [{ kind: 'User', apiGroup, name: 'u' }],
    },
    {
      apiVersion,
      kind: 'Role',
      metadata: { name: 'r', namespace: `${who}-ns` },
      rules: [{ apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['a', 'b'], verbs: ['*'] }],
    },
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name: 'rb', namespace: `${who}-ns` },
      roleRef: { apiGroup, kind: 'Role', name: 'r' },
      subjects: [{ kind: 'ServiceAccount', name: 's', namespace: 'x' }],
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'no-role' } },
  ],
  second: who => [
    {
      apiVersion,
      kind: 'ClusterRole',
      metadata: { name: `${who}-cr`, labels: { a: 'c', d: 'e' } },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'watch'] }],
    },
    {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name: `${who}-crb` },
      roleRef: { apiGroup, kind: 'ClusterRole', name: `${who}-cr` },
      subjects: [{ kind: 'Group', apiGroup, name: 'g' }],
    },
    {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name: 'rb', namespace: `${who}-ns` },
      roleRef: { apiGroup, kind: 'ClusterRole', name: `${who}-cr` },
    },
  ],
  guarded: who => [
    {
      apiVersion,
      kind: 'ClusterRole',
      metadata: {
        name: `${who}-cr`,
        annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' },
      },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { q: 'r' } }] },
    },
  ],
  wrong: who => [
    { apiVersion: 'rbac.authorization.k8s.io/v1beta1', kind: 'ClusterRole', metadata: { name: `${who}-cr` } },
    { apiVersion, kind: 'Role', metadata: { name: 'nowhere' } },
  ],
};

const lines = [
  '-f first --dry-run=client',
  '-f first',
  '-f first',
  '-f second --remove-extra-subjects --dry-run=client',
  '-f second',
  '-f second -o name',
  '-f first --remove-extra-permissions --remove-extra-subjects',
  '-f guarded',
  '-f guarded',
  '-f second',
  '-f wrong',
  '-f first --dry-run=server',
  '-f first word',
  '--remove-extra-subjects',
];

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let cluster: Cluster;
let kubectl: string;
let folder: string;
let kubeconfig: string;

before(async () => {
  if (skip) return;
  ({ kubectl } = await upstreamTools());
  cluster = await startCluster({ nodes: 0, components: false });
  folder = await mkdtemp(join(tmpdir(), 'coxswain-reconcile-'));
  kubeconfig = await cluster.kubeconfig();
  await writeFile(join(folder, 'config'), kubeconfig, { mode: 0o600 });
  for (const [name, objects] of Object.entries(files))
    await writeFile(join(folder, name), listOf(objects('theirs')));
});

after(async () => {
  await cluster?.stop();
  if (folder) await rm(folder, { recursive: true });
});

function listOf(items: object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}

function theirs(words: readonly string[]): Promise<Outcome> {
  const args = ['--kubeconfig', 'config', 'auth', 'reconcile', ...words];
  return new Promise(resolve =>
    execFile(kubectl, args, { cwd: folder, env: { HOME: folder } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    ),
  );
}

async function ours(words: readonly string[]): Promise<Outcome> {
  const io = new MemoryIo(systemClock, systemRandom()).file('config', kubeconfig);
  for (const [name, objects] of Object.entries(files)) io.file(name, listOf(objects('ours')));
  const argv = ['--kubeconfig', 'config', 'auth', 'reconcile', ...words];
  const code = await runCli(argv, { io, connect: nodeConnect, program: 'kubectl' });
  return { code, stdout: io.output, stderr: io.errors };
}

function normal(text: string): string {
  return text
    .replace(/\b(theirs|ours)\b/g, 'WHO')
    .replace(/"(uid|resourceVersion|creationTimestamp|time|manager)":"[^"]*"/g, '"$1":""');
}

async function state(who: string): Promise<string> {
  const { client } = cluster;
  const all = [
    await client.get(clusterRoles, '', `${who}-cr`),
    await client.get(clusterRoleBindings, '', `${who}-crb`),
    await client.get(roles, `${who}-ns`, 'r'),
    await client.get(roleBindings, `${who}-ns`, 'rb'),
  ];
  return normal(JSON.stringify(all));
}

for (const [at, line] of lines.entries())
  test(`${at + 1}: ${line}`, { skip }, async () => {
    const words = line.split(' ');
    const [expected, actual] = [await theirs(words), await ours(words)];
    const both = [expected, actual].map(({ code, stdout, stderr }) => ({
      code,
      stdout: normal(stdout),
      stderr: normal(stderr),
    }));
    assert.deepEqual(both[1], both[0]);
    if (at > 0) assert.equal(await state('ours'), await state('theirs'));
  });
