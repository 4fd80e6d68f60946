import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { runCli } from '#cli/index.ts';
import { nodeConnect } from '#cli/node-connection.ts';
import type { ProcessResult } from '#cli/io.ts';
import { nodeFs } from '#cli/node-io.ts';
import { MemoryIo } from '#cli/testing.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { systemClock, systemRandom } from '#main/system.ts';
import { hasUpstreamTools, upstreamTools } from './kubectl.ts';

/** `top`, with custom resources for a metrics server's, and plugins: the same words through kubectl and through ours. */

const skip = !hasUpstreamTools() && 'no kubectl for this platform';
const run = promisify(execFile);

const definition = (kind: string, plural: string, scope: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: `${plural}.metrics.k8s.io`,
    annotations: { 'api-approved.kubernetes.io': 'unapproved, for a test' },
  },
  spec: {
    group: 'metrics.k8s.io',
    scope,
    names: { kind, plural },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});

const apiVersion = 'metrics.k8s.io/v1beta1';
const nodeUsage = (name: string, usage: object) => ({
  apiVersion,
  kind: 'NodeMetrics',
  metadata: { name },
  usage,
});
const podUsage = (namespace: string, name: string, labels: object, ...usages: [string, object][]) => ({
  apiVersion,
  kind: 'PodMetrics',
  metadata: { namespace, name, labels },
  containers: usages.map(([container, usage]) => ({ name: container, usage })),
});
const node = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  status: {
    capacity: { cpu: '4', memory: '8Gi' },
    allocatable: { cpu: '3', memory: '7Gi' },
    ...(name === 'n1' ? { nodeInfo: { swap: { capacity: 104_857_600 } } } : {}),
  },
});

const objects = [
  nodeUsage('n1', { cpu: '1500m', memory: '1Gi', swap: '10Mi' }),
  nodeUsage('n0', { cpu: '123456789n', memory: '2000000Ki' }),
  nodeUsage('ghost', { cpu: '1', memory: '1' }),
  podUsage(
    'default',
    'p1',
    { a: 'b' },
    ['b', { cpu: '10m', memory: '10Mi', swap: '1Mi' }],
    ['a', { cpu: '1m', memory: '20Mi' }],
  ),
  podUsage('default', 'a1', {}, ['c', { cpu: '5000001n', memory: '100Mi' }]),
  podUsage('kube-system', 'z', {}, ['c', { cpu: '7', memory: '1Gi' }]),
  node('n0'),
  node('n1'),
  node('n2'),
];

const lines = [
  'top node',
  'top nodes --show-capacity --sort-by=cpu',
  'top no --sort-by=memory --no-headers',
  'top node n1 --show-swap',
  'top node --show-swap',
  'top node nosuch',
  'top node n1 -l a=b',
  'top pod',
  'top pod -A --sum',
  'top pods --containers -A --sum',
  'top po --containers --sort-by=memory --sum',
  'top pod -A --sort-by=cpu --no-headers --sum',
  'top pod p1 --show-swap',
  'top pod -l a=b',
  'top pod -n kube-public',
  'top pod --sort-by=nothing',
  'plugin list',
  'plugin list --name-only',
  'hello there -x --y=z',
  'hello big-world -n q',
  'create thing a --b',
  'create nothing',
];

let cluster: Cluster;
let kubectl: string;
let folder: string;
let path: string;

before(async () => {
  if (skip) return;
  ({ kubectl } = await upstreamTools());
  cluster = await startCluster({ nodes: 0 });
  folder = await mkdtemp(join(tmpdir(), 'coxswain-top-'));
  const config = join(folder, 'config');
  await writeFile(config, await cluster.kubeconfig(), { mode: 0o600 });
  const crds = [
    definition('NodeMetrics', 'nodes', 'Cluster'),
    definition('PodMetrics', 'pods', 'Namespaced'),
  ];
  await writeFile(join(folder, 'crds'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: crds }));
  await writeFile(
    join(folder, 'objects'),
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  );
  const setUp = (...words: string[]) =>
    run(kubectl, ['--kubeconfig', config, ...words], { cwd: folder, env: {} });
  await setUp('create', '--validate=false', '-f', 'crds');
  await setUp('wait', '--for=condition=Established', '-f', 'crds');
  await setUp('create', '--validate=false', '-f', 'objects');
  path = [join(folder, 'bin'), join(folder, 'more')].join(':');
  const script = '#!/bin/sh\necho "$# $*"\nexit 7\n';
  for (const [name, mode] of [
    ['bin/kubectl-hello', 0o755],
    ['bin/kubectl-hello-big_world', 0o755],
    ['bin/kubectl-create-thing', 0o755],
    ['more/kubectl-hello', 0o755],
    ['more/kubectl-get', 0o644],
  ] as const) {
    const file = join(folder, name);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, script);
    await chmod(file, mode);
  }
});

after(async () => {
  await cluster?.stop();
  if (folder) await rm(folder, { recursive: true });
});

function outcomeOf(file: string, args: readonly string[], env: Record<string, string>) {
  return new Promise<{ code: number; stdout: string; stderr: string }>(resolve =>
    execFile(file, args, { env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    ),
  );
}

/** With the disk beneath it, and programs whose output is its own. */
class PluginIo extends MemoryIo {
  override readonly fs = nodeFs('/');
  override readonly env = { PATH: path, KUBECONFIG: join(folder, 'config') };

  override async run(command: string, args: readonly string[]): Promise<ProcessResult> {
    const { code, stdout } = await outcomeOf(command, args, {});
    this.output += stdout;
    return { code, stdout: Buffer.from(stdout) };
  }
}

for (const line of lines)
  test(line, { skip }, async () => {
    const words = line.split(' ');
    const env = { HOME: folder, PATH: path, KUBECONFIG: join(folder, 'config') };
    const theirs = await outcomeOf(kubectl, words, env);
    const io = new PluginIo(systemClock, systemRandom());
    const code = await runCli(words, { io, connect: nodeConnect, program: 'kubectl' });
    assert.deepEqual({ code, stdout: io.output, stderr: io.errors }, theirs);
  });
