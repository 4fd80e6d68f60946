import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import {
  CompactedError,
  FutureRevisionError,
  type KeyRange,
  type KeyValue,
  LeaseNotFoundError,
  type Operation,
  type Store,
  StoreClosedError,
  type StoreEvent,
  type Transaction,
  prefixEnd,
} from './store.ts';

/** Gives a new, empty store, which the suite disposes of. */
export type OpenStore = (clock: VirtualClock) => Promise<Store>;

/** One turn of the event loop, in which every microtask runs. */
export function oneTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve));
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function text(value: Uint8Array | undefined): string {
  return new TextDecoder().decode(value);
}

export function put(key: string, value: string, lease?: number): Operation {
  return { type: 'put', key, value: bytes(value), lease };
}

/** A transaction that always runs its operations. */
export function always(...success: Operation[]): Transaction {
  return { compare: [], success, failure: [] };
}

/** Writes if the key stands at that revision; 0 is: if it is not there. */
export function putAt(key: string, revision: number, value: string): Transaction {
  return {
    compare: [{ key, target: 'modRevision', operator: '=', value: revision }],
    success: [put(key, value)],
    failure: [{ type: 'range', key }],
  };
}

export const everything: KeyRange = { key: '', rangeEnd: '\uffff' };

/** The title of a check that a store of encrypted values does not pass. */
export const comparesValues = 'compares values';

/** Asks whether a compare holds. */
function holds(store: Store): (compare: Transaction['compare'][number]) => Promise<boolean> {
  return async compare => (await store.transact({ compare: [compare], success: [], failure: [] })).succeeded;
}

/** What a watch delivered, as text, and how it ended. */
export class Recorder {
  readonly events: string[] = [];
  readonly revisions: number[] = [];
  ended: Error | undefined;
  readonly #wanted: { count: number; resolve: () => void }[] = [];
  readonly #endings: (() => void)[] = [];

  readonly sink = {
    events: (revision: number, events: readonly StoreEvent[]) => {
      assert.equal(this.ended, undefined, 'an event after the end');
      assert.ok(events.length > 0, 'no events');
      this.revisions.push(revision);
      for (const { type, kv, previous } of events) {
        assert.equal(kv.modRevision, revision);
        const before = previous ? ` was ${text(previous.value)}@${previous.modRevision}` : '';
        this.events.push(`${revision} ${type} ${kv.key}=${text(kv.value)}${before}`);
      }
      for (const { count, resolve } of this.#wanted) if (this.events.length >= count) resolve();
    },
    ended: (error: Error) => {
      assert.equal(this.ended, undefined, 'ended twice');
      this.ended = error;
      for (const resolve of this.#endings) resolve();
    },
  };

  /** Once there are that many events. */
  async reach(count: number): Promise<string[]> {
    if (this.events.length < count) {
      await new Promise<void>(resolve => this.#wanted.push({ count, resolve }));
    }
    return this.events;
  }

  async end(): Promise<Error> {
    if (!this.ended) await new Promise<void>(resolve => this.#endings.push(resolve));
    return this.ended!;
  }
}

function plain(kv: KeyValue): KeyValue {
  return { ...kv, value: kv.value };
}

async function keysAt(store: Store, revision?: number): Promise<string[]> {
  const { kvs } = await store.range({ ...everything, revision });
  return kvs.map(kv => `${kv.key}=${text(kv.value)}`);
}

type Check = (store: Store, clock: VirtualClock) => Promise<void>;

const checks: Record<string, Check> = {
  'a new store stands at revision 1, compacted nowhere, and is empty': async store => {
    assert.equal(store.revision, 1);
    assert.equal(store.compactedRevision, 0);
    assert.deepEqual(await store.range(everything), { revision: 1, kvs: [], count: 0, more: false });
  },

  'a write takes the next revision; reads and failed compares take none': async store => {
    assert.equal((await store.transact(putAt('a', 0, '1'))).revision, 2);
    const refused = await store.transact(putAt('a', 0, '2'));
    assert.equal(refused.succeeded, false);
    assert.equal(refused.revision, 2);
    assert.equal(refused.results[0]!.type === 'range' && text(refused.results[0]!.kvs[0]!.value), '1');
    const none = await store.transact(always({ type: 'delete', key: 'nothing' }));
    assert.equal(none.revision, 2);
    assert.deepEqual(none.results, [{ type: 'delete', deleted: [] }]);
    assert.equal((await store.transact(putAt('a', 2, '3'))).revision, 3);
    assert.equal(store.revision, 3);
  },

  'create revision, mod revision and version count as in etcd': async store => {
    await store.transact(always(put('a', '1')));
    await store.transact(always(put('a', '2')));
    await store.transact(always({ type: 'delete', key: 'a' }));
    const { results } = await store.transact(always(put('a', '3')));
    assert.deepEqual(results, [{ type: 'put', previous: undefined }]);
    const { kvs } = await store.range({ key: 'a' });
    assert.deepEqual(kvs.map(plain), [
      { key: 'a', value: bytes('3'), createRevision: 5, modRevision: 5, version: 1, lease: 0 },
    ]);
    const old = await store.range({ key: 'a', revision: 3 });
    assert.deepEqual(old.kvs.map(plain), [
      { key: 'a', value: bytes('2'), createRevision: 2, modRevision: 3, version: 2, lease: 0 },
    ]);
    assert.equal(old.revision, 5);
  },

  'every compare target of numbers and operator': async store => {
    const lease = await store.grantLease(60);
    await store.transact(always(put('a', 'x', lease)));
    const yes = holds(store);
    for (const [target, actual] of [
      ['modRevision', 2],
      ['createRevision', 2],
      ['version', 1],
      ['lease', lease],
    ] as const) {
      assert.equal(await yes({ key: 'a', target, operator: '=', value: actual }), true);
      assert.equal(await yes({ key: 'a', target, operator: '!=', value: actual }), false);
      assert.equal(await yes({ key: 'a', target, operator: '<', value: actual + 1 }), true);
      assert.equal(await yes({ key: 'a', target, operator: '<', value: actual }), false);
      assert.equal(await yes({ key: 'a', target, operator: '>', value: actual - 1 }), true);
      assert.equal(await yes({ key: 'a', target, operator: '>', value: actual }), false);
      assert.equal(await yes({ key: 'absent', target, operator: '=', value: 0 }), true);
    }
  },

  [comparesValues]: async store => {
    await store.transact(always(put('a', 'x')));
    const yes = holds(store);
    assert.equal(await yes({ key: 'a', target: 'value', operator: '=', value: bytes('x') }), true);
    assert.equal(await yes({ key: 'a', target: 'value', operator: '=', value: bytes('xy') }), false);
    assert.equal(await yes({ key: 'a', target: 'value', operator: '!=', value: bytes('y') }), true);
    assert.equal(await yes({ key: 'absent', target: 'value', operator: '=', value: bytes('') }), false);
  },

  'the operations of a transaction are one revision, and see each other': async store => {
    await store.transact(always(put('b', 'old'), put('c', 'old')));
    const watch = new Recorder();
    using _ = store.watch(everything, watch.sink);
    const { revision, results } = await store.transact(
      always(put('a', '1'), { type: 'delete', key: 'b', rangeEnd: 'd' }, { type: 'range', ...everything }),
    );
    assert.equal(revision, 3);
    assert.deepEqual(results[1]!.type === 'delete' && results[1]!.deleted.map(kv => kv.key), ['b', 'c']);
    assert.deepEqual(results[2]!.type === 'range' && results[2]!.kvs.map(kv => kv.key), ['a']);
    assert.deepEqual(await watch.reach(3), ['3 put a=1', '3 delete b= was old@2', '3 delete c= was old@2']);
    assert.deepEqual(watch.revisions, [3]);
  },

  'a transaction that writes a key twice is refused and leaves no trace': async store => {
    await assert.rejects(store.transact(always(put('a', '1'), put('a', '2'))));
    await assert.rejects(store.transact(always(put('b', '1'), { type: 'delete', key: 'a', rangeEnd: 'c' })));
    assert.equal(store.revision, 1);
  },

  'of concurrent compare-and-sets on one key exactly one wins, round after round': async store => {
    for (let round = 0, revision = 0; round < 5; round++) {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, i) => store.transact(putAt('k', revision, `${round}.${i}`))),
      );
      assert.equal(results.filter(result => result.succeeded).length, 1);
      revision = store.revision;
    }
    assert.equal((await store.range({ key: 'k' })).kvs[0]!.version, 5);
  },

  'a counter under 50 concurrent optimistic writers loses no step': async store => {
    await store.transact(always(put('n', '0')));
    const step = async () => {
      for (;;) {
        const kv = (await store.range({ key: 'n' })).kvs[0]!;
        const next = String(Number(text(kv.value)) + 1);
        if ((await store.transact(putAt('n', kv.modRevision, next))).succeeded) return;
      }
    };
    await Promise.all(Array.from({ length: 50 }, step));
    assert.equal(text((await store.range({ key: 'n' })).kvs[0]!.value), '50');
    assert.equal(store.revision, 52);
  },

  'ranges: limit, more, count, half-open end, order by UTF-8 bytes, any character': async store => {
    const keys = ['a', 'a\u0000', 'aa', 'b', 'b/1', 'é', '\uff5e', '\u{1f600}'];
    for (const key of [...keys].reverse()) await store.transact(always(put(key, key)));
    const all = await store.range({ key: '', rangeEnd: '\u{10ffff}' });
    assert.deepEqual(
      all.kvs.map(kv => kv.key),
      keys,
    );
    assert.deepEqual(
      all.kvs.map(kv => text(kv.value)),
      keys,
    );
    const page = await store.range({ key: 'a', rangeEnd: 'c', limit: 2 });
    assert.deepEqual(
      page.kvs.map(kv => kv.key),
      ['a', 'a\u0000'],
    );
    assert.equal(page.count, 5);
    assert.equal(page.more, true);
    const exact = await store.range({ key: 'a', rangeEnd: 'b', limit: 3 });
    assert.equal(exact.more, false);
    assert.equal(exact.count, 3);
    const counted = await store.range({ key: 'b', rangeEnd: prefixEnd('b'), countOnly: true });
    assert.deepEqual([counted.kvs, counted.count, counted.more], [[], 2, false]);
    assert.equal((await store.range({ key: 'z', rangeEnd: 'a' })).count, 0);
    assert.equal((await store.range({ key: 'b', rangeEnd: 'b' })).count, 0);
  },

  'pages at one revision do not see later writes': async store => {
    for (const key of ['a', 'b', 'c', 'd']) await store.transact(always(put(key, '1')));
    const revision = store.revision;
    const first = await store.range({ ...everything, limit: 2, revision });
    await store.transact(always({ type: 'delete', key: 'c' }, put('bb', '2'), put('d', '2')));
    const second = await store.range({ key: 'b\u0000', rangeEnd: '\uffff', limit: 2, revision });
    assert.deepEqual(
      [...first.kvs, ...second.kvs].map(kv => `${kv.key}=${text(kv.value)}`),
      ['a=1', 'b=1', 'c=1', 'd=1'],
    );
    assert.equal(second.count, 2);
    assert.equal(second.more, false);
    assert.deepEqual(await keysAt(store), ['a=1', 'b=1', 'bb=2', 'd=2']);
  },

  'past values of a long text that changes now and then are what they were': async store => {
    const long = Array.from({ length: 100 }, (_, i) => `"member ${i}": ${i * i}`);
    const values: string[] = [];
    for (let i = 0; i < 40; i++) {
      long[(7 * i) % 100] = i % 5 === 0 ? '' : `"changed in ${i}": true`;
      values.push(i === 20 ? 'nothing of it' : long.join());
      await store.transact(always(put('a', values[i]!)));
    }
    await store.transact(always({ type: 'delete', key: 'a' }));
    await store.transact(always(put('a', long.join())));
    for (const [i, value] of values.entries()) {
      assert.equal(text((await store.range({ key: 'a', revision: 2 + i })).kvs[0]?.value), value);
    }
    const seen = new Recorder();
    store.watch({ key: 'a', startRevision: 2 }, seen.sink);
    const events = await seen.reach(42);
    const before = (i: number) => (i === 0 ? '' : ` was ${values[i - 1]}@${1 + i}`);
    const wanted = values.map((value, i) => `${2 + i} put a=${value}${before(i)}`);
    assert.deepEqual(events.slice(0, 40), wanted);
  },
  'every past revision can be read until it is compacted': async store => {
    const states: string[][] = [];
    for (let i = 0; i < 30; i++) {
      await store.transact(
        always(i % 5 === 4 ? { type: 'delete', key: `k${(i * 3) % 7}` } : put(`k${(i * 3) % 7}`, String(i))),
      );
      states[store.revision] = await keysAt(store);
    }
    await store.compact(12);
    assert.equal(store.compactedRevision, 12);
    for (let revision = 12; revision <= store.revision; revision++) {
      assert.deepEqual(await keysAt(store, revision), states[revision]);
    }
    await assert.rejects(keysAt(store, 11), (error: unknown) => {
      assert.ok(error instanceof CompactedError);
      assert.equal(error.compactedRevision, 12);
      return true;
    });
  },

  'compaction refuses what is done already and what is not there yet': async store => {
    await store.transact(always(put('a', '1')));
    await store.transact(always(put('a', '2')));
    await store.compact(2);
    await assert.rejects(store.compact(2), CompactedError);
    await assert.rejects(store.compact(1), CompactedError);
    await assert.rejects(store.compact(4), FutureRevisionError);
    await store.compact(3);
    assert.deepEqual(await keysAt(store), ['a=2']);
  },

  'a revision of the future cannot be read': async store => {
    await assert.rejects(store.range({ key: 'a', revision: 2 }), FutureRevisionError);
    await assert.rejects(
      store.transact(always(put('a', '1'), { type: 'range', key: 'a', revision: 9 })),
      FutureRevisionError,
    );
    assert.equal(store.revision, 1);
  },

  'a watch without a start sees what is written from then on, in its range alone': async store => {
    await store.transact(always(put('p/a', '1')));
    const range = new Recorder();
    const key = new Recorder();
    using _ = store.watch({ key: 'p/', rangeEnd: prefixEnd('p/') }, range.sink);
    using __ = store.watch({ key: 'p/b' }, key.sink);
    await store.transact(always(put('o', '1')));
    await store.transact(always(put('p/a', '2'), put('p/b', '1'), put('q', '1')));
    await store.transact(always({ type: 'delete', key: 'p/a' }));
    assert.deepEqual(await range.reach(3), ['4 put p/a=2 was 1@2', '4 put p/b=1', '5 delete p/a= was 2@4']);
    assert.deepEqual(await key.reach(1), ['4 put p/b=1']);
  },

  'a watch is told nothing inside the call that makes it, and nothing after its disposal': async store => {
    await store.transact(always(put('a', '1')));
    const watch = new Recorder();
    const handle = store.watch({ ...everything, startRevision: 1 }, watch.sink);
    assert.deepEqual(watch.events, []);
    handle[Symbol.dispose]();
    await store.transact(always(put('a', '2')));
    await oneTurn();
    assert.deepEqual(watch.events, []);
    assert.equal(watch.ended, undefined);
  },

  'an acknowledged write has been shown to the watches in step': async store => {
    const watch = new Recorder();
    using _ = store.watch(everything, watch.sink);
    await store.transact(always(put('a', '1')));
    assert.deepEqual(watch.events, ['2 put a=1']);
  },

  'a watch from the future waits for its revision': async store => {
    const watch = new Recorder();
    using _ = store.watch({ ...everything, startRevision: 4 }, watch.sink);
    for (const value of ['2', '3', '4', '5']) await store.transact(always(put('a', value)));
    assert.deepEqual(await watch.reach(2), ['4 put a=4 was 3@3', '5 put a=5 was 4@4']);
  },

  'a watch from the past goes over into the present without gap or repeat': async (store, clock) => {
    const total = 1500;
    let written = 0;
    const write = async () => {
      while (written < total) await store.transact(always(put(`k${written++ % 10}`, 'v')));
    };
    const writers = Promise.all(Array.from({ length: 8 }, write));
    const watches: Recorder[] = [];
    const handles: Disposable[] = [];
    while (written < total) {
      const watch = new Recorder();
      watches.push(watch);
      handles.push(store.watch({ ...everything, startRevision: 2 }, watch.sink));
      await store.transact(always(put('other', 'v')));
      await clock.advance(1);
    }
    await writers;
    for (const watch of watches) {
      for (let turn = 0; turn < 20; turn++) await clock.advance(1);
      assert.deepEqual(
        watch.revisions,
        Array.from({ length: store.revision - 1 }, (_, i) => i + 2),
      );
    }
    for (const handle of handles) handle[Symbol.dispose]();
  },

  'a watch that reconnects at random, while others write and compact, misses nothing or is told': async (
    store,
    clock,
  ) => {
    const seen = new Map<number, string>();
    let next = 2;
    let compactions = 0;
    for (let round = 0; round < 60; round++) {
      const watch = new Recorder();
      const handle = store.watch({ ...everything, startRevision: next }, watch.sink);
      const writes = Array.from({ length: 1 + (round % 7) }, (_, i) =>
        store.transact(always(put(`k${(round + i) % 5}`, `${round}.${i}`))),
      );
      await Promise.all(writes);
      await clock.advance(1);
      handle[Symbol.dispose]();
      if (watch.ended) {
        assert.ok(watch.ended instanceof CompactedError);
        assert.ok(next < store.compactedRevision);
        compactions++;
        next = store.compactedRevision;
        continue;
      }
      watch.revisions.forEach((revision, i) => {
        assert.equal(revision, next + i);
        assert.equal(seen.has(revision), false);
        seen.set(revision, watch.events[i]!);
      });
      next += watch.revisions.length;
      assert.equal(next, store.revision + 1);
      if (round % 10 === 9) {
        await store.transact(always(put('unseen', '1')));
        await store.transact(always(put('unseen', '2')));
        await store.compact(store.revision);
      }
    }
    assert.equal(compactions, 5);
  },

  'a watch from a compacted revision ends with that; from the compacted one on, it is whole': async store => {
    for (const value of ['1', '2', '3', '4']) await store.transact(always(put('a', value)));
    await store.transact(always({ type: 'delete', key: 'a' }));
    await store.compact(4);
    const tooOld = new Recorder();
    using _ = store.watch({ key: 'a', startRevision: 3 }, tooOld.sink);
    const error = await tooOld.end();
    assert.ok(error instanceof CompactedError);
    assert.equal(error.compactedRevision, 4);
    const whole = new Recorder();
    using __ = store.watch({ key: 'a', startRevision: 4 }, whole.sink);
    assert.deepEqual(await whole.reach(3), ['4 put a=3 was 2@3', '5 put a=4 was 3@4', '6 delete a= was 4@5']);
  },

  'compaction does not end a watch that is in step': async store => {
    const watch = new Recorder();
    using _ = store.watch({ ...everything, startRevision: 2 }, watch.sink);
    for (let i = 0; i < 5; i++) await store.transact(always(put('a', String(i))));
    await oneTurn();
    await store.compact(store.revision);
    await store.transact(always(put('a', 'last')));
    assert.equal(watch.ended, undefined);
    assert.deepEqual(watch.revisions, [2, 3, 4, 5, 6, 7]);
  },

  'a lease that runs out deletes its keys in one revision; one kept alive does not': async (store, clock) => {
    const short = await store.grantLease(10);
    const kept = await store.grantLease(10);
    assert.notEqual(short, kept);
    await store.transact(always(put('a', '1', short), put('b', '1', short), put('c', '1', kept)));
    await store.transact(always(put('d', '1', short)));
    await store.transact(always(put('d', '2')));
    const watch = new Recorder();
    using _ = store.watch(everything, watch.sink);
    await clock.advance(8000);
    await store.keepLeaseAlive(kept);
    await clock.advance(3000);
    assert.deepEqual(await watch.reach(2), ['5 delete a= was 1@2', '5 delete b= was 1@2']);
    await assert.rejects(store.keepLeaseAlive(short), LeaseNotFoundError);
    await clock.advance(10_000);
    await watch.reach(3);
    assert.deepEqual(await keysAt(store), ['d=2']);
    assert.equal(clock.pending, 0);
  },

  'a revoked lease takes its keys along; a lease that is not there is refused': async store => {
    const lease = await store.grantLease(10);
    await store.transact(always(put('a', '1', lease)));
    await Promise.all([store.transact(always(put('b', '1', lease))), store.revokeLease(lease)]);
    assert.deepEqual(await keysAt(store), []);
    await assert.rejects(store.revokeLease(lease), LeaseNotFoundError);
    await assert.rejects(store.keepLeaseAlive(lease), LeaseNotFoundError);
    await assert.rejects(store.transact(always(put('b', '1'), put('a', '1', lease))), LeaseNotFoundError);
    assert.equal(store.revision, 4);
  },

  'values are any bytes, empty ones too': async store => {
    const value = Uint8Array.from({ length: 256 }, (_, i) => i);
    const shared = new Uint8Array(new ArrayBuffer(4096), 100, 3).fill(7);
    await store.transact(
      always({ type: 'put', key: 'a', value }, { type: 'put', key: 'b', value: new Uint8Array(0) }),
    );
    await store.transact(always({ type: 'put', key: 'c', value: shared }));
    const { kvs } = await store.range(everything);
    assert.deepEqual(
      kvs.map(kv => [...kv.value]),
      [[...value], [], [7, 7, 7]],
    );
  },

  'its size grows with what is in it': async store => {
    const before = await store.sizeBytes();
    await store.transact(always({ type: 'put', key: 'a', value: new Uint8Array(1 << 20) }));
    assert.ok((await store.sizeBytes()) >= before + (1 << 20));
  },

  'a closed store answers each request with that, ends its watches, and leaves no timer': async (
    store,
    clock,
  ) => {
    await store.grantLease(1000);
    const watch = new Recorder();
    store.watch(everything, watch.sink);
    const late = store.transact(always(put('a', '1'))).catch((error: unknown) => error);
    await store[Symbol.asyncDispose]();
    const outcome = await late;
    const written = !(outcome instanceof Error);
    assert.ok(written || outcome instanceof StoreClosedError);
    assert.equal(watch.events.length, written ? 1 : 0);
    assert.ok((await watch.end()) instanceof StoreClosedError);
    await assert.rejects(store.range({ key: 'a' }), StoreClosedError);
    await assert.rejects(store.transact(always(put('a', '1'))), StoreClosedError);
    await assert.rejects(store.compact(2), StoreClosedError);
    await assert.rejects(store.grantLease(1), StoreClosedError);
    const after = new Recorder();
    store.watch(everything, after.sink);
    assert.ok((await after.end()) instanceof StoreClosedError);
    assert.equal(clock.pending, 0);
  },
};

/** What every store must do; `lacks` are the titles of what one need not. */
export function storeConformance(name: string, open: OpenStore, lacks: readonly string[] = []): void {
  for (const [title, check] of Object.entries(checks)) {
    if (lacks.includes(title)) continue;
    test(`${name}: ${title}`, async () => {
      const clock = new VirtualClock(oneTurn);
      await using store = await open(clock);
      await check(store, clock);
    });
  }
}
