import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ensureEncryption, readEncryption } from './encryption-config.ts';

async function fileIn(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-encryption-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'keys.yaml');
}

const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n';

test('resources are the beginnings of keys, providers the seals, in their order', async t => {
  const file = await fileIn(t);
  const secret = Buffer.alloc(32).toString('base64');
  await writeFile(
    file,
    `${head}resources:
  - resources: [secrets, deployments.apps, '*.batch']
    providers:
      - aesgcm: { keys: [{ name: a, secret: ${secret} }, { name: b, secret: ${secret} }] }
      - aescbc: { keys: [{ name: c, secret: ${secret} }] }
      - identity: {}
  - resources: ['*.*']
    providers: [{ secretbox: { keys: [{ name: d, secret: ${secret} }] } }]
`,
  );
  const { rules } = await readEncryption(file);
  assert.deepEqual(
    rules.map(({ keyPrefixes }) => keyPrefixes),
    [['/registry/core/secrets/', '/registry/apps/deployments/', '/registry/batch/'], ['/registry/']],
  );
  assert.deepEqual(
    rules.map(({ ways }) => ways.map(way => 'prefix' in way && way.prefix)),
    [
      ['k8s:enc:aesgcm:v1:a:', 'k8s:enc:aesgcm:v1:b:', 'k8s:enc:aescbc:v1:c:', ''],
      ['k8s:enc:secretbox:v1:d:'],
    ],
  );
});

test('the key of a cluster is made once, for its owner alone', async t => {
  const file = await fileIn(t);
  const {
    rules: [rule],
  } = await ensureEncryption(file);
  assert.deepEqual(rule!.keyPrefixes, ['/registry/core/secrets/']);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const made = await readFile(file, 'utf8');
  await ensureEncryption(file);
  assert.equal(await readFile(file, 'utf8'), made);
});

test('a configuration that is wrong is refused by its fields, and tells no key', async t => {
  const file = await fileIn(t);
  const secretly = (providers: string, resources = 'secrets') =>
    `${head}resources: [{ resources: [${resources}], providers: [${providers}] }]\n`;
  for (const [text, pattern] of [
    [`${head}resources: []`, /resources: Required value: at least one resources is required/],
    [
      secretly(''),
      /resources\[0\]\.providers: Required value: at least one resources\[0\]\.providers is required/,
    ],
    [secretly('{}'), /provider does not contain any of the expected providers/],
    [
      secretly('{ identity: {}, secretbox: { keys: [] } }'),
      /more than one provider specified in a single element/,
    ],
    [secretly('{ secretbox: { keys: [] } }'), /providers\[0\]\.secretbox\.keys: Required value/],
    [
      secretly('{ kms: { name: "a:b", endpoint: "tcp://1", apiVersion: v2, timeout: 0s, cachesize: 1 } }'),
      /invalid KMS provider name a:b.*timeout should be a positive value.*unsupported scheme "tcp" for KMS provider, only unix is supported.*cachesize is not supported in v2/,
    ],
    [
      secretly('{ kms: { name: a, endpoint: "unix:///a" } }'),
      /kms\.apiVersion: Invalid value: "v1": KMSv1 is deprecated/,
    ],
    [
      secretly(
        '{ kms: { name: a, apiVersion: v2, endpoint: "unix:///a" } }, { kms: { name: a, apiVersion: v2, endpoint: "unix:///b" } }',
      ),
      /providers\[1\]\.kms\.name: Invalid value: "a": duplicate KMS provider name a, names must be unique/,
    ],
    [
      secretly('{ kms: { apiVersion: v3 } }'),
      /kms\.name: Required value: name is a mandatory field for a provider.*endpoint is a mandatory field for a kms.*only v1 and v2 are supported/,
    ],
    [
      secretly('{ aescbc: { keys: [{ name: a, secret: c2hvcnQ= }] } }'),
      /keys\[0\]\.secret: Invalid value: "REDACTED": secret is not of the expected length, got 5, expected one of \[16 24 32\]/,
    ],
    [
      secretly('{ aescbc: { keys: [{ name: a, secret: "no base64!" }] } }'),
      /"REDACTED": secrets must be base64 encoded/,
    ],
    [
      secretly('{ identity: {} }', 'Secrets'),
      /resources\[0\]\.resources\[0\]: Invalid value: "Secrets": resource name should not contain capital letters/,
    ],
    [
      secretly('{ identity: {} }', "secrets, '*.'"),
      /using overlapping resources such as 'secrets' and '\*\.'/,
    ],
    [secretly('{ identity: {} }', "'*'"), /use '\*\.' to encrypt all the resources from core API group/],
  ] as const) {
    await writeFile(file, text);
    await assert.rejects(readEncryption(file), (error: Error) => {
      assert.match(error.message, pattern);
      assert.ok(!/c2hvcnQ|no base64!/.test(error.message));
      return true;
    });
  }
});
