import assert from 'node:assert/strict';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { secrets } from '#api/generated/refs.ts';
import { TestCluster, succeeded } from './harness.ts';

/** What the disk tells of a cluster: nothing of its Secrets, and who asked for what. No real node is needed. */

let cluster: TestCluster;
before(async () => {
  cluster = await TestCluster.create('kept-secret');
});
after(async () => {
  await cluster[Symbol.asyncDispose]();
});

const up = async (...flags: string[]) =>
  cluster.coxswain(['up', '--detach', '--hollow-nodes', '1', '--port', '0', ...flags]);
const down = async () => succeeded(await cluster.coxswain(['down']));

async function create(name: string, password: string): Promise<void> {
  using client = await cluster.client();
  await client.create(secrets, { metadata: { name, namespace: 'default' }, stringData: { password } });
}

async function read(name: string): Promise<string> {
  using client = await cluster.client();
  const { data } = await client.get(secrets, 'default', name);
  return Buffer.from(data!.password!, 'base64').toString();
}

/** Everything that the database's files hold. */
async function onDisk(): Promise<string> {
  const names = (await readdir(cluster.dataDir)).filter(name => name.startsWith('state.db'));
  const files = await Promise.all(names.map(name => readFile(join(cluster.dataDir, name))));
  return Buffer.concat(files).toString('latin1');
}

const base64 = (text: string) => Buffer.from(text).toString('base64').slice(0, -4);

test('a Secret is encrypted on the disk by a key of the cluster, and is there after a restart', async () => {
  succeeded(await up());
  await create('first', 'correct-horse-battery');
  const key = join(cluster.dataDir, 'encryption.json');
  assert.equal((await stat(key)).mode & 0o777, 0o600);
  await down();
  const stored = await onDisk();
  assert.ok(stored.includes('/registry/core/secrets/default/first'));
  assert.ok(stored.includes('k8s:enc:secretbox:v1:key1:'));
  assert.ok(!stored.includes(base64('correct-horse-battery')));
  succeeded(await up());
  assert.equal(await read('first'), 'correct-horse-battery');
});

test('an EncryptionConfiguration of the user takes the place of that key, whose values it may still read', async () => {
  await down();
  const own = JSON.parse(await readFile(join(cluster.dataDir, 'encryption.json'), 'utf8'));
  const [{ providers }] = own.resources;
  providers.unshift({ aesgcm: { keys: [{ name: 'mine', secret: Buffer.alloc(32, 7).toString('base64') }] } });
  own.resources[0].resources.push('configmaps');
  await writeFile(join(cluster.folder, 'keys.yaml'), JSON.stringify(own));
  const config = join(cluster.folder, 'cluster.yaml');
  const head = 'apiVersion: coxswain.dev/v1alpha1\nkind: Cluster\n';
  await writeFile(config, `${head}encryption: keys.yaml\naudit: { policyFile: policy.yaml }\n`);
  await writeFile(
    join(cluster.folder, 'policy.yaml'),
    'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{ level: Metadata, resources: [{ resources: [secrets] }] }]\n',
  );
  succeeded(await up('--config', config));
  assert.equal(await read('first'), 'correct-horse-battery');
  await create('second', 'staple-staple-staple');
  const log = join(cluster.dataDir, 'audit.log');
  assert.equal((await stat(log)).mode & 0o777, 0o600);
  const events = (await readFile(log, 'utf8'))
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line));
  const created = events.filter(({ verb, stage }) => verb === 'create' && stage === 'ResponseComplete');
  assert.deepEqual(
    created.map(({ objectRef }) => objectRef.name),
    ['second'],
  );
  assert.ok(!JSON.stringify(events).includes(base64('staple-staple-staple')));
  await down();
  assert.ok((await onDisk()).includes('k8s:enc:aesgcm:v1:mine:'));

  // Who has sealed everything anew needs the old key no more.
  providers.splice(1);
  await writeFile(join(cluster.folder, 'keys.yaml'), JSON.stringify(own));
  succeeded(await up('--config', config));
  assert.deepEqual(
    [await read('first'), await read('second')],
    ['correct-horse-battery', 'staple-staple-staple'],
  );
  await down();
});

test('without its key a cluster does not start, says which it needs, and loses nothing', async () => {
  const config = join(cluster.folder, 'cluster.yaml');
  const refused = await up();
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /^error: \/registry\/core\/\S+ cannot be read: it was encrypted as "k8s:enc:aesgcm:v1:mine:", and the configuration has no such key$/m,
  );
  succeeded(await up('--config', config));
  assert.equal(await read('second'), 'staple-staple-staple');
  await down();
});
