import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { MemoryStore } from '../memory/memory-store.ts';
import type { Store } from '../store.ts';
import {
  always,
  bytes,
  comparesValues,
  everything,
  oneTurn,
  put,
  Recorder,
  storeConformance,
  text,
} from '../store.conformance.ts';
import { SealedStore } from './sealed-store.ts';
import { type Seal, Sealer, UnsealError } from './sealer.ts';
import { aescbc, aesgcm, identity, secretbox } from './seals.ts';

const key = (name: string, length = 32) => ({ name, secret: new Uint8Array(length).fill(name.length) });
const ways = {
  aesgcm: aesgcm(key('k1'), randomBytes),
  'aesgcm with a short key': aesgcm(key('k1', 16), randomBytes),
  aescbc: aescbc(key('k1', 24), randomBytes),
  secretbox: secretbox(key('k1'), randomBytes),
};

const sealedBy = (store: Store, ...seals: Seal[]) =>
  new SealedStore(store, new Sealer([{ keyPrefixes: ['', '/'], seals }]));
const memory = () => new MemoryStore(new VirtualClock(oneTurn));
const atOnce = () => undefined;

for (const [name, seal] of Object.entries(ways)) {
  storeConformance(`sealed by ${name}`, async clock => sealedBy(new MemoryStore(clock), seal), [
    comparesValues,
  ]);

  test(`${name}: what is stored tells nothing, and no two values are alike`, async () => {
    await using inner = memory();
    const store = sealedBy(inner, seal);
    await store.transact(always(put('a', 'hidden'), put('b', 'hidden')));
    const { kvs } = await inner.range(everything);
    const stored = kvs.map(({ value }) => Buffer.from(value).toString('latin1'));
    for (const one of stored) {
      assert.ok(one.startsWith(`k8s:enc:${name.split(' ')[0]}:v1:k1:`), one);
      assert.ok(!one.includes('hidden'));
    }
    assert.notEqual(stored[0], stored[1]);
    assert.equal(text((await store.range({ key: 'a' })).kvs[0]?.value), 'hidden');
  });

  test(`${name}: cut short or without its beginning, a value is refused, and nothing else happens`, async () => {
    const sealer = new Sealer([{ keyPrefixes: [''], seals: [seal] }]);
    const sealed = sealer.close('a', bytes('hidden'));
    for (let length = 0; length < sealed.length; length++) {
      assert.throws(() => sealer.open('a', sealed.subarray(0, length)), UnsealError);
    }
    assert.equal(text(sealer.open('a', sealed)), 'hidden');
  });
}

test('what can tell is not deceived: by a changed byte, or a value under another key', () => {
  for (const name of ['aesgcm', 'secretbox'] as const) {
    const sealer = new Sealer([{ keyPrefixes: [''], seals: [ways[name]] }]);
    const sealed = sealer.close('a', bytes('hidden'));
    for (let i = 0; i < sealed.length; i++) {
      const changed = sealed.slice();
      changed[i]! ^= 1;
      assert.throws(() => sealer.open('a', changed), UnsealError, `${name}, byte ${i}`);
    }
    if (name === 'aesgcm') assert.throws(() => sealer.open('b', sealed), UnsealError);
  }
});

test('keys that no rule covers are as they are, and the first rule counts', async () => {
  await using inner = memory();
  const store = new SealedStore(
    inner,
    new Sealer([
      { keyPrefixes: ['/plain/'], seals: [identity] },
      { keyPrefixes: ['/'], seals: [ways.aesgcm] },
    ]),
  );
  await store.transact(always(put('/plain/a', '1'), put('other', '2'), put('/sealed', '3')));
  const { kvs } = await inner.range(everything);
  assert.deepEqual(
    kvs.map(kv => text(kv.value).slice(0, 8)),
    ['1', 'k8s:enc:', '2'],
  );
});

test('values of old keys and of none are read, and sealed anew by the first', async () => {
  await using inner = memory();
  await inner.transact(always(put('/plain', '1')));
  await sealedBy(inner, ways.aescbc).transact(always(put('/old', '2')));
  const next = secretbox(key('new'), randomBytes);
  const store = sealedBy(inner, next, ways.aescbc, identity);
  const watch = new Recorder();
  using _ = store.watch(everything, watch.sink);
  assert.equal(await store.renew(atOnce), 2);
  assert.equal(await store.renew(atOnce), 0);
  const { kvs } = await inner.range(everything);
  for (const { value } of kvs) assert.ok(text(value).startsWith('k8s:enc:secretbox:v1:new:'));
  const strict = sealedBy(inner, next);
  assert.deepEqual(
    (await strict.range(everything)).kvs.map(kv => text(kv.value)),
    ['2', '1'],
  );
  await oneTurn();
  assert.equal(watch.events.length, 2);
});

test('what cannot be opened says why', async () => {
  await using inner = memory();
  await inner.transact(always(put('plain', '1')));
  const strict = sealedBy(inner, ways.aesgcm);
  await assert.rejects(strict.range(everything), /^UnsealError: plain cannot be read: it is not encrypted/);
  await sealedBy(inner, secretbox(key('gone'), randomBytes)).transact(always(put('plain', '1')));
  await assert.rejects(
    strict.range(everything),
    /it was encrypted as "k8s:enc:secretbox:v1:gone:", and the configuration has no such key/,
  );
  await sealedBy(inner, aesgcm({ name: 'k1', secret: randomBytes(32) }, randomBytes)).transact(
    always(put('plain', '1')),
  );
  await assert.rejects(strict.range(everything), /it does not open with the key "k8s:enc:aesgcm:v1:k1:"/);
  const watch = new Recorder();
  using _ = strict.watch({ ...everything, startRevision: 2 }, watch.sink);
  assert.ok((await watch.end()) instanceof UnsealError);
});

test('sealed values can be compared with what was put here, and with nothing else', async () => {
  const store = sealedBy(memory(), ways.aesgcm);
  const isAt = (value: Uint8Array) =>
    store.transact({
      compare: [{ key: 'a', target: 'value', operator: '=', value }],
      success: [],
      failure: [],
    });
  const value = bytes('x');
  await store.transact(always({ type: 'put', key: 'a', value }));
  assert.equal((await isAt(value)).succeeded, true);
  await assert.rejects(isAt(bytes('x')), /cannot be compared/);
  await store.transact(always(put('a', 'x')));
  assert.equal((await isAt(value)).succeeded, false);
});
