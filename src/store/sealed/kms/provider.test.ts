import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { KmsBox } from '#test/kms-box.ts';
import { MemoryStore } from '../../memory/memory-store.ts';
import {
  Recorder,
  always,
  everything,
  oneTurn,
  put,
  storeConformance,
  text,
} from '../../store.conformance.ts';
import { SealedStore } from '../sealed-store.ts';
import { Sealer, UnsealError } from '../sealer.ts';
import { KmsMetrics } from './metrics.ts';
import { KmsProvider } from './provider.ts';

/** What a kube-apiserver v1.36.2 wrote to etcd of a Secret, with a plug-in like the one here. */
const upstreams = Buffer.from(
  'azhzOmVuYzprbXM6djI6b25lOgqNAqR23N8aen/E4r20gerLyfd51e24J1w5rLC8j7leWOq4A9mKcvO4sbebBW7ox8Fwxt58x2btLDCcQejxUyp2Z6BkQOhuuLv9UXuIMck6ZZ3w4fOEGTUU1wEnt0mthTAu6Ws7t85OuAltnvc0hdj3NPXCToNf5CHi0NMwvi8kSf0UhpDUMGK7TeJ5osH5o8l0UDx4R/XORuUtVyFd9/+Z/SXdt9qMk6J9IFG69P2f6ST3zbbDJw2V4kX0EZrdLOit+OVZfw30OQS5wkb9F24yZli6t0pLD4yqUpIj2w5fN4kaLCA5cUBwpPr/We+xi2tKfaG+7675guNaoK5lt4vZ6Tj0BuAVh8OMj4XX84D9EgJrMRo8ppFC2yCkaxBgoiTgDkVQ4ytY9xyw6ccqRARdIfPEFW64dawlKSgAbjlz70rex+o9FVCcSdHjMGNbq0kJIhIKDXYuZXhhbXBsZS5jb20SATEoAQ==',
  'base64',
);
const upstreamsKey = '/registry/secrets/default/a';

async function start(box: KmsBox, clock = new VirtualClock(oneTurn), onRotate = () => {}) {
  const metrics = new KmsMetrics(clock, 'server');
  const options = {
    clock,
    random: new SeededRandom(1),
    log: silentLog,
    nonces: randomBytes,
    metrics,
    onRotate,
  };
  const provider = await KmsProvider.start({ ...options, name: 'one', service: box });
  return {
    clock,
    provider,
    metrics: () => metrics.families.flatMap(family => [...family.lines()]).join('\n'),
  };
}

const sealedBy = (inner: MemoryStore, provider: KmsProvider) =>
  new SealedStore(inner, new Sealer([{ keyPrefixes: ['', '/'], seals: [provider] }]));

storeConformance(
  'sealed by a KMS plug-in',
  async clock =>
    sealedBy(new MemoryStore(clock), (await start(new KmsBox(), new VirtualClock(oneTurn))).provider),
  ['compares values'],
);

test('what upstream has written is read, for one question', async () => {
  const box = new KmsBox();
  const { provider, metrics } = await start(box);
  using _ = provider;
  const sealer = new Sealer([{ keyPrefixes: ['/'], seals: [provider] }]);
  assert.throws(() => sealer.open(upstreamsKey, upstreams), /does not open/);
  await Promise.all([sealer.prepare(upstreamsKey, upstreams), sealer.prepare(upstreamsKey, upstreams)]);
  const plain = Buffer.from(sealer.open(upstreamsKey, upstreams)).toString('latin1');
  assert.match(plain, /^k8s\0.*Secret.*default/s);
  assert.equal(sealer.prepare(upstreamsKey, upstreams), undefined);
  assert.deepEqual(box.calls, ['Status', 'Encrypt', 'Decrypt']);
  assert.equal(sealer.isStale(upstreamsKey, upstreams), false);
  assert.throws(() => sealer.open('/registry/secrets/default/b', upstreams), /does not open/);
  assert.match(metrics(), /key_id_hash_total{[^}]*transformation_type="from_storage"} 1\n/);
  assert.match(metrics(), /envelope_transformation_cache_misses_total 1$/m);
});

test('one seed seals all values, each otherwise, until the plug-in has another key', async () => {
  const box = new KmsBox();
  await using inner = new MemoryStore(new VirtualClock(oneTurn));
  let rotations = 0;
  const { clock, provider } = await start(box, undefined, () => rotations++);
  using _ = provider;
  const store = sealedBy(inner, provider);
  await store.transact(always(put('/a', 'hidden'), put('/b', 'hidden')));
  const [a, b] = (await inner.range(everything)).kvs.map(({ value }) => Buffer.from(value));
  assert.match(a!.toString('latin1'), /^k8s:enc:kms:v2:one:/);
  assert.ok(!a!.includes('hidden') && !a!.equals(b!));
  assert.deepEqual(box.calls, ['Status', 'Encrypt']);
  box.keyId = 'k2';
  await clock.advance(60_000);
  assert.equal(rotations, 1);
  assert.equal(await store.renew(() => undefined), 2);
  assert.equal(await store.renew(() => undefined), 0);
  // Another start has to ask for the key that is in use now, and for no other.
  const next = new KmsBox();
  next.keyId = 'k2';
  const { provider: later } = await start(next);
  using _later = later;
  const reopened = sealedBy(inner, later);
  assert.deepEqual(
    (await reopened.range(everything)).kvs.map(({ value }) => text(value)),
    ['hidden', 'hidden'],
  );
  assert.deepEqual(next.calls, ['Status', 'Encrypt', 'Decrypt']);
});

test('a watch of what other starts have written waits for their keys, and keeps the order', async () => {
  await using inner = new MemoryStore(new VirtualClock(oneTurn));
  const first = await start(new KmsBox());
  using _first = first.provider;
  await sealedBy(inner, first.provider).transact(always(put('/a', '1')));
  await sealedBy(inner, first.provider).transact(always(put('/a', '2')));
  const { provider } = await start(new KmsBox());
  using _ = provider;
  const watch = new Recorder();
  using _watch = sealedBy(inner, provider).watch({ ...everything, startRevision: 2 }, watch.sink);
  while (watch.events.length < 2) await oneTurn();
  assert.deepEqual(watch.events, ['2 put /a=1', '3 put /a=2 was 1@2']);
});

test('a plug-in that fails is told of, and sealing goes on for three minutes', async () => {
  const box = new KmsBox();
  const { clock, provider, metrics } = await start(box);
  using _ = provider;
  const close = () => provider.close(Buffer.from('x'), 'a');
  box.healthz = 'broken';
  box.keyId = '';
  await clock.advance(60_000);
  assert.match(
    provider.problem!,
    /^kmsv2 Provider one is not healthy, error: \[got unexpected healthz status: broken, got invalid KMSv2 KeyID hash "": keyID is empty\]$/,
  );
  assert.match(metrics(), /invalid_key_id_from_status_total{error="empty",provider_name="one"} 1$/m);
  close();
  await clock.advance(121_000);
  assert.throws(close, /^Error: encryptedDEKSource with keyID hash "sha256:\w{64}" expired at /);
  box.healthz = 'ok';
  box.keyId = 'k1';
  await clock.advance(10_000);
  assert.equal(provider.problem, undefined);
  close();
  box.version = 'v2beta1';
  await clock.advance(60_000);
  assert.match(provider.problem!, /KMSv2 API version should not change after the initial status response/);
});

test('what is stored is read by its form alone: cut short or changed, it is refused', async () => {
  const { provider } = await start(new KmsBox());
  using _ = provider;
  const sealer = new Sealer([{ keyPrefixes: ['/'], seals: [provider] }]);
  const sealed = sealer.close('/a', Buffer.from('hidden'));
  for (let length = 0; length < sealed.length; length++) {
    await sealer.prepare('/a', sealed.subarray(0, length))?.catch(() => undefined);
    assert.throws(() => sealer.open('/a', sealed.subarray(0, length)));
  }
  for (let i = 0; i < sealed.length; i++) {
    const changed = sealed.slice();
    changed[i]! ^= 1;
    await sealer.prepare('/a', changed)?.catch(() => undefined);
    // What stands beside the value may have meant nothing; the value is itself or nothing.
    const opened = attempt(() => text(sealer.open('/a', changed)));
    assert.ok(opened === undefined || opened === 'hidden', `byte ${i}: ${opened}`);
  }
});

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    assert.ok(error instanceof UnsealError);
    return undefined;
  }
}
