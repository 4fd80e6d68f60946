import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import { always, put, text } from '#store/store.conformance.ts';
import { KmsBox, serveKms } from '#test/kms-box.ts';
import { openEncryption } from './config/encryption-config.ts';
import { Encryption } from './encryption.ts';
import { systemClock } from './system.ts';

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-kms-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

const configuration = (...providers: object[]) =>
  JSON.stringify({
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'EncryptionConfiguration',
    resources: [{ resources: ['secrets'], providers }],
  });

const secretbox = { secretbox: { keys: [{ name: 's', secret: Buffer.alloc(32).toString('base64') }] } };

const secret = '/registry/core/secrets/default/a';

async function start(file: string) {
  const apiServer = { encryptionProviderConfig: file, encryptionProviderConfigAutomaticReload: true };
  const { file: followed } = (await openEncryption({ apiServer }))!;
  const parts = { clock: systemClock, random: new SeededRandom(1), log: silentLog };
  const encryption = await Encryption.start(followed.value, parts);
  followed.acceptedBy(settings => encryption.change(settings));
  const metrics = () =>
    [...encryption.families, ...followed.families].flatMap(family => [...family.lines()]).join('\n');
  return { encryption, followed, metrics, health: () => encryption.healthChecks(true)[0]!.check() };
}

test('a changed file takes effect while the server runs, and one whose plug-in does not answer is left alone', async t => {
  const folder = await folderOf(t);
  const file = join(folder, 'encryption.yaml');
  const socket = join(folder, 'kms.sock');
  const kms = { kms: { apiVersion: 'v2', name: 'one', endpoint: `unix://${socket}`, timeout: '200ms' } };
  await writeFile(file, configuration(secretbox));
  const { encryption, followed, metrics, health } = await start(file);
  using _ = encryption;
  const inner = new MemoryStore(systemClock);
  await using store = await encryption.sealed(inner);
  await store.transact(always(put(secret, 'hidden')));
  const stored = async () =>
    Buffer.from((await inner.range({ key: secret })).kvs[0]!.value).toString('latin1');
  assert.match(await stored(), /^k8s:enc:secretbox:/);

  await writeFile(file, configuration(kms));
  await followed.reload(silentLog);
  assert.match(await stored(), /^k8s:enc:secretbox:/);
  assert.equal(health(), undefined);
  assert.match(metrics(), /encryption_config_controller_automatic_reloads_total{.*status="failure"} 1$/m);
  assert.match(
    metrics(),
    /grpc_status_code="DeadlineExceeded",method_name="\/v2.KeyManagementService\/Status"/,
  );

  const box = new KmsBox();
  using _plugin = await serveKms(box, socket);
  await followed.reload(silentLog);
  assert.match(await stored(), /^k8s:enc:kms:v2:one:/);
  assert.equal(text((await store.range({ key: secret })).kvs[0]?.value), 'hidden');
  assert.match(metrics(), /encryption_config_controller_automatic_reloads_total{.*status="success"} 1$/m);
  assert.match(
    metrics(),
    /operations_latency_seconds_count{grpc_status_code="OK",method_name="\/v2.KeyManagementService\/Encrypt",provider_name="one"} 1$/m,
  );

  // Nothing in the new file tells how the value was encrypted, and nobody loses it for that.
  await writeFile(file, configuration({ identity: {} }));
  await followed.reload(silentLog);
  assert.equal(await stored(), 'hidden');
  assert.equal(health(), undefined);
});

test('a plug-in that is not there when the server starts is told of by health', async t => {
  const folder = await folderOf(t);
  const file = join(folder, 'encryption.yaml');
  const endpoint = `unix://${join(folder, 'kms.sock')}`;
  await writeFile(file, configuration({ kms: { apiVersion: 'v2', name: 'one', endpoint, timeout: '50ms' } }));
  const { encryption, health } = await start(file);
  using _ = encryption;
  await using store = await encryption.sealed(new MemoryStore(systemClock));
  assert.match(
    health()!,
    /^kms-provider-0: failed to perform status section of the healthz check for KMS Provider one, error: rpc error: code = DeadlineExceeded desc = /,
  );
  await store.transact(always(put('/registry/core/configmaps/default/a', 'open')));
  await assert.rejects(store.transact(always(put(secret, 'hidden'))), /got unexpected nil transformer/);
});

test('to reload a file, there has to be one', async () => {
  await assert.rejects(
    openEncryption({ apiServer: { encryptionProviderConfigAutomaticReload: true } }),
    /encryptionProviderConfigAutomaticReload must be set with encryptionProviderConfig/,
  );
});
