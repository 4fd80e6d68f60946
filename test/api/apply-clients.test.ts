/** Server-side apply as kubectl, helm and @kubernetes/client-node use it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { AppsV1Api, KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { ManagedFieldsEntry } from '#machinery/object.ts';
import { type UpstreamTools, hasUpstreamTools, upstreamTools } from '../kubectl.ts';
import { WiredCluster } from './wire.ts';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const manifest = (name: string, image: string, more = '') => `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: {tier: front}
spec:
  replicas: 1
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - name: c
        image: ${image}
        ports: [{containerPort: 80}]
${more}`;

describe('real clients that apply', {
  skip: hasUpstreamTools() ? false : 'no kubectl for this machine',
}, () => {
  let cluster: WiredCluster;
  let tools: UpstreamTools;
  let folder: string;
  let environment: NodeJS.ProcessEnv;

  before(async () => {
    [cluster, tools] = await Promise.all([WiredCluster.start({ nodes: 1 }), upstreamTools()]);
    folder = await mkdtemp(join(tmpdir(), 'apply-'));
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, cluster.kubeconfig);
    environment = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: kubeconfig };
  });
  after(async () => {
    await cluster[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (program: string, args: readonly string[]) =>
    new Promise<Ran>(resolve => {
      execFile(program, args, { cwd: folder, env: environment }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
      });
    });
  const kubectl = (...args: string[]) => run(tools.kubectl, args);
  const managers = async (name: string): Promise<ManagedFieldsEntry[]> => {
    const { stdout } = await kubectl('get', 'deployment', name, '-o', 'json', '--show-managed-fields');
    return JSON.parse(stdout).metadata.managedFields;
  };
  const write = async (text: string): Promise<string> => {
    const file = join(folder, 'manifest.yaml');
    await writeFile(file, text);
    return file;
  };

  it('kubectl creates, changes and is told who is in its way', async () => {
    const first = await kubectl('apply', '--server-side', '-f', await write(manifest('web', 'nginx:1')));
    assert.equal(first.stdout, 'deployment.apps/web serverside-applied\n', first.stderr);
    const hidden = await kubectl('get', 'deployment', 'web', '-o', 'yaml');
    assert.ok(!hidden.stdout.includes('managedFields'));
    const file = await write(manifest('web', 'nginx:2', '        env: [{name: A, value: "1"}]\n'));
    assert.equal((await kubectl('apply', '--server-side', '-f', file)).code, 0);
    const other = await write(manifest('web', 'nginx:3'));
    const asOther = ['apply', '--server-side', '--field-manager=other', '-f', other];
    const refused = await kubectl(...asOther);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^error: Apply failed with 1 conflict: conflict with "kubectl": \.spec\.template\.spec\.containers\[name="c"\]\.image\n/,
    );
    assert.equal((await kubectl(...asOther, '--force-conflicts')).code, 0);
    const text = JSON.stringify((await managers('web')).find(({ manager }) => manager === 'kubectl'));
    assert.ok(text.includes('f:env') && !text.includes('f:image'), text);
  });

  it('kubectl goes from client-side to server-side apply without a conflict', async () => {
    assert.equal((await kubectl('apply', '-f', await write(manifest('moved', 'nginx:1')))).code, 0);
    const moved = await kubectl('apply', '--server-side', '-f', await write(manifest('moved', 'nginx:2')));
    assert.equal(moved.code, 0, moved.stderr);
    const entries = await managers('moved');
    assert.ok(!entries.some(({ manager }) => manager === 'kubectl-client-side-apply'));
    assert.ok(entries.some(({ manager, operation }) => manager === 'kubectl' && operation === 'Apply'));
    const back = await kubectl('apply', '-f', await write(manifest('moved', 'nginx:3')));
    assert.equal(back.code, 0, back.stderr);
  });

  it('kubectl shows what an apply would do', async () => {
    await kubectl('apply', '--server-side', '-f', await write(manifest('seen', 'nginx:1')));
    const diff = await kubectl('diff', '--server-side', '-f', await write(manifest('seen', 'nginx:2')));
    assert.equal(diff.code, 1, diff.stderr);
    assert.match(diff.stdout, /-.*image: nginx:1\n\+.*image: nginx:2\n/);
  });

  it('kubectl edits, scales and labels under names of its own', async () => {
    await kubectl('apply', '--server-side', '-f', await write(manifest('names', 'nginx:1')));
    await kubectl('scale', 'deployment', 'names', '--replicas=2');
    await kubectl('label', 'deployment', 'names', 'colour=red');
    const entries = await managers('names');
    const named = entries.map(
      ({ manager, subresource }) => `${manager}${subresource ? `/${subresource}` : ''}`,
    );
    assert.ok(named.includes('kubectl/scale') && named.includes('kubectl-label'), named.join());
  });

  it('@kubernetes/client-node applies', async () => {
    const config = new KubeConfig();
    config.loadFromString(cluster.kubeconfig);
    const api = config.makeApiClient(AppsV1Api);
    const body = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'node' },
      spec: {
        selector: { matchLabels: { app: 'node' } },
        template: {
          metadata: { labels: { app: 'node' } },
          spec: { containers: [{ name: 'c', image: 'nginx' }] },
        },
      },
    };
    const made = await api.patchNamespacedDeployment(
      { name: 'node', namespace: 'default', body, fieldManager: 'node', force: true },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    );
    assert.equal(made.metadata!.managedFields![0]!.manager, 'node');
    assert.equal(made.metadata!.managedFields![0]!.operation, 'Apply');
  });

  it('helm installs, upgrades, rolls back and uninstalls a chart', { timeout: 60_000 }, async () => {
    const helm = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(tools.helm, args);
      assert.equal(code, 0, `helm ${args.join(' ')}: ${stderr}`);
      return stdout;
    };
    await helm('create', 'chart');
    await helm('install', 'release', './chart', '--wait');
    const entries = await managers('release-chart');
    assert.ok(entries.some(({ manager, operation }) => manager === 'helm' && operation === 'Apply'));
    await helm('upgrade', 'release', './chart', '--set', 'replicaCount=2');
    await helm('rollback', 'release', '1');
    const listed = JSON.parse(await helm('list', '-o', 'json'));
    assert.equal(listed[0].revision, '3');
    await helm('uninstall', 'release', '--wait');
    assert.equal((await kubectl('get', 'deployment', 'release-chart')).code, 1);
  });
});
