import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCli } from '#cli/index.ts';
import { MemoryIo } from '#cli/testing.ts';
import { type Cluster, startCluster } from '../embedded.ts';
import { readManifests } from '../manifest-files.ts';
import { systemClock, systemRandom } from '../system.ts';
import { clusterCommands } from './registry.ts';

const example = fileURLToPath(new URL('../../../examples/operator/', import.meta.url));
const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n';
const old =
  'apiVersion: apiextensions.k8s.io/v1beta1\nkind: CustomResourceDefinition\nmetadata: { name: x.example.com }\n';
const kubeconfig = `apiVersion: v1
kind: Config
current-context: x
contexts: [{ name: x, context: { cluster: x, user: x } }]
clusters: [{ name: x, cluster: { server: 'https://127.0.0.1:1' } }]
users: [{ name: x, user: {} }]
`;

let cluster: Cluster;

before(async () => {
  cluster = await startCluster({ nodes: 0, manifests: await readManifests(`${example}crd.yaml`) });
});

after(() => cluster.stop());

/** Runs the command against a cluster that has the example's definition. */
async function generate(...args: string[]) {
  const io = new MemoryIo(systemClock, systemRandom());
  const crd = await readFile(`${example}crd.yaml`, 'utf8');
  io.file('/work/crd.yaml', `${configMap}---\n${crd}`)
    .file('/work/map.yaml', configMap)
    .file('/work/old.yaml', old);
  io.file('/home/user/.kube/config', kubeconfig);
  const code = await runCli(['generate', 'types', ...args], {
    io,
    connect: () => ({
      transport: cluster.client.transport,
      openSocket: () => Promise.reject(new Error('no sockets here')),
      proxy: () => Promise.reject(new Error('no proxy here')),
      [Symbol.dispose]() {},
    }),
    commands: clusterCommands,
  });
  return { io, code };
}

test('types come from a file, on standard output or in another file; a cluster gives the same', async () => {
  const printed = await generate('/work/crd.yaml');
  assert.equal(printed.io.errors, '');
  assert.match(printed.io.output, /^export const websites: ResourceRef<Website> = {$/m);
  const asked = await generate('--crd', 'websites.example.com');
  assert.equal(asked.io.errors, '');
  assert.equal(asked.io.output, printed.io.output);
  const written = await generate('/work/crd.yaml', '-o', '/work/website.ts');
  assert.deepEqual([written.code, written.io.output], [0, '']);
  assert.equal(new TextDecoder().decode(written.io.files.get('/work/website.ts')), printed.io.output);
});

test('what has no types is told', async () => {
  for (const [args, message] of [
    [[], 'error: name a file, or a definition with --crd'],
    [['/work/map.yaml'], 'error: there is no CustomResourceDefinition in /work/map.yaml'],
    [
      ['/work/old.yaml'],
      'error: x.example.com is of apiextensions.k8s.io/v1beta1: only apiextensions.k8s.io/v1 is known',
    ],
    [
      ['--crd', 'no.example.com'],
      'Error from server (NotFound): customresourcedefinitions.apiextensions.k8s.io "no.example.com" not found',
    ],
  ] as const) {
    const { io, code } = await generate(...args);
    assert.equal(code, 1);
    assert.equal(io.errors.split('\n')[0], message);
  }
});
