import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, succeeded, TestCluster } from './harness.ts';

/** The real command with modules of the user's, one of which is no good: the rest goes on. No real node is needed. */

let cluster: TestCluster;

before(async () => {
  cluster = await TestCluster.create('extensions');
});

after(async () => {
  await cluster[Symbol.asyncDispose]();
});

const fragile = `import { configMaps, defineAdmissionRule, defineController } from 'coxswain';

const fail = (what: string) => { throw new Error(what); };

export default (settings: { mood: string }) => [
  defineController({
    name: 'fragile',
    setup: ({ informer }) => {
      const maps = informer(configMaps);
      return {
        for: configMaps,
        reconcile: async key => {
          if (maps.get(key)?.data?.mood === settings.mood) setTimeout(() => fail('in a timer'), 1);
        },
      };
    },
  }),
  defineAdmissionRule({
    name: 'careless',
    resources: [configMaps],
    validate: () => void Promise.resolve().then(() => fail('in a promise')),
  }),
];
`;

const solid = `import { configMaps, defineAdmissionRule } from 'coxswain';

export default defineAdmissionRule({
  name: 'solid',
  resources: [configMaps],
  mutate: map => {
    map.metadata.labels = { ...map.metadata.labels, seen: 'yes' };
  },
});
`;

async function up(extensions: readonly object[]): Promise<void> {
  const file = join(cluster.folder, 'cluster.yaml');
  const config = {
    apiVersion: 'coxswain.dev/v1alpha1',
    kind: 'Cluster',
    hollowNodes: 1,
    port: 0,
    extensions,
  };
  await writeFile(file, JSON.stringify(config));
  succeeded(await cluster.coxswain(['up', '--detach', '--config', file]));
}

const status = async () => succeeded(await cluster.coxswain(['status']));
const accounts = async () =>
  (await cluster.ok('get', 'serviceaccounts', '-n', 'coxswain-extensions', '-o', 'name')).trim().split('\n');

test('what an extension throws where nobody catches ends neither the cluster nor the other extensions', async () => {
  await writeFile(join(cluster.folder, 'fragile.ts'), fragile);
  await writeFile(join(cluster.folder, 'solid.ts'), solid);
  await up([{ module: './fragile.ts', settings: { mood: 'bad' } }, { module: './solid.ts' }]);
  const { pid } = await cluster.server();
  await eventually(async () =>
    assert.match(await status(), /^Extensions fragile: ok\n +careless: ok\n +solid: ok$/m),
  );

  await cluster.ok('create', 'configmap', 'a', '--from-literal=mood=bad');
  await eventually(async () =>
    assert.match(await status(), /^Extensions fragile: crashed, starts again within 10 s: in a timer$/m),
  );
  assert.match(await cluster.ok('get', 'configmap', 'a', '--show-labels'), /seen=yes/);
  assert.equal((await cluster.server()).pid, pid);
  const log = await readFile(join(cluster.dataDir, 'server.log'), 'utf8');
  assert.match(log, /ERROR the extension crashed extension=fragile error="in a timer"/);
  assert.match(
    log,
    /ERROR an admission rule threw where nobody catches rule=careless stack="Error: in a promise/,
  );
});

test('an extension that is switched off loses its account at the next start', async () => {
  assert.deepEqual(
    (await accounts()).filter(name => !name.endsWith('/default')),
    ['serviceaccount/careless', 'serviceaccount/fragile', 'serviceaccount/solid'],
  );
  succeeded(await cluster.coxswain(['down']));
  await up([{ module: './fragile.ts', enabled: false }, { module: './solid.ts' }]);
  await eventually(async () =>
    assert.deepEqual(
      (await accounts()).filter(name => !name.endsWith('/default')),
      ['serviceaccount/solid'],
    ),
  );
  assert.equal(
    await cluster.ok('get', 'clusterroles', '-l', 'coxswain.dev/extension=fragile', '-o', 'name'),
    '',
  );
  assert.match(await status(), /^Extensions solid: ok$/m);
});
