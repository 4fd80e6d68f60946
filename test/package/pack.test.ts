import assert from 'node:assert/strict';
import { type ExecFileException, execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** What npm publishes, installed in an empty folder and used by plain programs: by none of this checkout's sources. */
const root = fileURLToPath(new URL('../../', import.meta.url));
const compiler = join(root, 'node_modules', '.bin', 'tsc');
const limitMs = 120_000;

let folder: string;

interface Options {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

interface Outcome {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function run(file: string, args: readonly string[], options: Options): Promise<Outcome> {
  return new Promise(resolve => {
    execFile(file, args, { ...options, timeout: limitMs, encoding: 'utf8' }, (error, stdout, stderr) => {
      const { code, signal } = (error ?? { code: 0 }) as ExecFileException;
      resolve({ code: code ?? signal ?? -1, stdout, stderr });
    });
  });
}

/** What it printed; fails when it failed. */
async function done(
  file: string,
  args: readonly string[],
  options: Options = { cwd: folder },
): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, options);
  assert.equal(code, 0, `${file} ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** As npm would install the tarball, but with this checkout's copies of what it depends on: it needs no network. */
async function install(tarball: string): Promise<void> {
  const modules = join(folder, 'node_modules');
  const own = join(modules, 'coxswain');
  await mkdir(own, { recursive: true });
  await done('tar', ['-xzf', tarball, '-C', own, '--strip-components=1']);
  const manifest = JSON.parse(await readFile(join(own, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    bin: Record<string, string>;
  };
  for (const name of [...Object.keys(manifest.dependencies), '@types/node']) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  await mkdir(join(modules, '.bin'));
  for (const [name, file] of Object.entries(manifest.bin)) {
    await symlink(join(own, file), join(modules, '.bin', name));
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true }));
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'coxswain-package-'));
  const built = join(folder, 'built');
  await done(process.execPath, [join(root, 'tools', 'build.ts'), built], { cwd: root });
  const packed = await done('npm', ['pack', built, '--json', '--ignore-scripts', '--offline']);
  const [{ filename }] = JSON.parse(packed.slice(packed.indexOf('['))) as [{ filename: string }];
  await rm(built, { recursive: true });
  await install(join(folder, filename));
});

after(() => rm(folder, { recursive: true, force: true }));

test('a plain program starts a cluster, waits for its Deployment, and ends by itself', async () => {
  await writeFile(
    join(folder, 'program.mjs'),
    `import { deployments, startCluster } from 'coxswain';
    const cluster = await startCluster();
    const labels = { app: 'web' };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
    await cluster.client.create(deployments, {
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas: 3, selector: { matchLabels: labels }, template },
    });
    for (;;) {
      const { status } = await cluster.client.get(deployments, 'default', 'web');
      if (status?.readyReplicas === 3) break;
      await new Promise(resolve => setTimeout(resolve, 20));
    }
    console.log((await cluster.kubeconfig()).split('\\n')[0]);
    await cluster.stop();
    console.log('stopped');
    `,
  );
  const files = await readdir(folder);
  assert.equal(await done(process.execPath, ['program.mjs']), 'apiVersion: v1\nstopped\n');
  assert.deepEqual(await readdir(folder), files, 'it leaves no file');
});

test('the command runs', async () => {
  const output = await done('npx', ['--offline', '--no', 'coxswain', 'version', '--client']);
  assert.match(output, /^Client Version: v1\.36\.\d+\n/);
});

test('its own command starts a cluster with its store on disk', async () => {
  const data = join(folder, 'data');
  const command = join(folder, 'node_modules', '.bin', 'coxswain');
  const flags = ['--name', `package-${process.pid}`, '--data-dir', data];
  const env = { ...process.env, KUBECONFIG: join(folder, 'kubeconfig') };
  const coxswain = (...args: string[]) => done(command, args, { cwd: folder, env });
  await coxswain('up', '--detach', '--hollow-nodes', '1', '--port', '0', ...flags);
  try {
    assert.match(await coxswain('kubeconfig', ...flags), /^apiVersion: v1\n/);
    const api = await coxswain('get', 'namespaces', '--output', 'name');
    assert.match(api, /^namespace\/default$/m);
  } finally {
    await coxswain('down', '--purge', ...flags);
  }
  assert.ok(!(await readdir(folder)).includes('data'), 'purged');
});

const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: notes.example.com }
spec:
  group: example.com
  scope: Namespaced
  names: { plural: notes, singular: note, kind: Note, listKind: NoteList }
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          required: [spec]
          properties: { spec: { type: object, properties: { text: { type: string } } } }
`;

/** Copies each Note into a ConfigMap. */
const controller = `import { allowing, configMaps, defineController } from 'coxswain';
import { notes } from './note.ts';

export default defineController({
  name: 'notes',
  rbac: [allowing(configMaps, ['create', 'patch'])],
  setup: ({ client, informer }) => {
    const all = informer(notes);
    return {
      for: notes,
      reconcile: async (key: string): Promise<void> => {
        const note = all.get(key);
        if (!note) return;
        const { namespace = '', name = '' } = note.metadata;
        const data = { text: note.spec.text ?? '' };
        await client.patch(configMaps, namespace, name, 'apply', { data }, { fieldManager: 'notes' });
      },
    };
  },
});
`;

const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', '--lib', 'esnext'];

test('its own command runs a TypeScript extension, and generates the types that it needs', async () => {
  const write = (file: string, content: string | object) =>
    writeFile(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
  const name = `extended-${process.pid}`;
  await write('crd.yaml', crd);
  await write('notes.ts', controller);
  await write('cluster.yaml', {
    ...{ apiVersion: 'coxswain.dev/v1alpha1', kind: 'Cluster', name, port: 0, hollowNodes: 1 },
    ...{ manifests: ['crd.yaml'], extensions: [{ module: './notes.ts' }] },
  });
  const note = {
    apiVersion: 'example.com/v1',
    kind: 'Note',
    metadata: { name: 'a' },
    spec: { text: 'hello' },
  };
  await write('note.yaml', note);
  const command = join(folder, 'node_modules', '.bin', 'coxswain');
  const env = { ...process.env, KUBECONFIG: join(folder, 'kubeconfig') };
  const coxswain = (...args: string[]) => done(command, args, { cwd: folder, env });
  const flags = ['--name', name, '--data-dir', join(folder, 'data')];
  await coxswain('generate', 'types', 'crd.yaml', '-o', 'note.ts');
  await done(compiler, [...strict, '--types', 'node', '--allowImportingTsExtensions', 'notes.ts']);
  await coxswain('up', '--detach', '--config', 'cluster.yaml', ...flags);
  try {
    await coxswain('apply', '-f', 'note.yaml');
    await coxswain('wait', '--for=create', 'configmap/a');
    assert.equal(await coxswain('get', 'configmap', 'a', '-o', 'jsonpath={.data.text}'), 'hello');
    assert.match(await coxswain('status', ...flags), /^Extensions notes: ok$/m);
  } finally {
    await coxswain('down', '--purge', ...flags);
  }
});

test('its types hold in a strict project', async () => {
  await writeFile(
    join(folder, 'typed.mts'),
    `import { type Cluster, type coreV1, hasReason, pods, startCluster } from 'coxswain';
    export async function phase(cluster: Cluster, name: string): Promise<string | undefined> {
      try {
        const pod: coreV1.Pod = await cluster.client.get(pods, 'default', name);
        return pod.status?.phase;
      } catch (error) {
        if (hasReason(error, 'NotFound')) return undefined;
        throw error;
      }
    }
    export const cluster = await startCluster({ nodes: 2 });
    // @ts-expect-error: nodes is a number
    await startCluster({ nodes: 'two' });
    `,
  );
  await done(compiler, [...strict, '--types', 'node', 'typed.mts']);
});
