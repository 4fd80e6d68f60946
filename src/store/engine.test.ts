import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { silentLog } from '#base/log.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { type Batch, type Durability, nothingRecovered } from './durability.ts';
import { StoreEngine } from './engine.ts';
import { MemoryStore } from './memory/memory-store.ts';
import { orderKey } from './order-key.ts';
import { SortedMap } from './sorted-map.ts';
import { bytes, oneTurn, text } from './store.conformance.ts';
import { CompactedError, type Operation, type StoreEvent, type TransactionResult } from './store.ts';

interface Row {
  value: string;
  create: number;
  mod: number;
  version: number;
}

/** The store as slowly and obviously as it can be said: a copy of the whole state for each revision. */
class Model {
  readonly states: Map<string, Row>[] = [new Map(), new Map()];
  readonly events: string[][] = [[], []];

  get revision(): number {
    return this.states.length - 1;
  }

  transact(compareKey: string, compareRevision: number, success: Step[], failure: Step[]): boolean {
    const state = new Map([...this.states.at(-1)!].map(([key, row]) => [key, { ...row }]));
    const holds = (state.get(compareKey)?.mod ?? 0) === compareRevision;
    const revision = this.revision + 1;
    const events: string[] = [];
    for (const step of holds ? success : failure) {
      if (step.value === undefined) {
        for (const key of [...state.keys()].sort(byUtf8)) {
          if (
            step.rangeEnd === undefined
              ? key !== step.key
              : byUtf8(key, step.key) < 0 || byUtf8(key, step.rangeEnd) >= 0
          )
            continue;
          events.push(`delete ${key} was ${state.get(key)!.value}`);
          state.delete(key);
        }
      } else {
        const old = state.get(step.key);
        state.set(step.key, {
          value: step.value,
          create: old?.create ?? revision,
          mod: revision,
          version: (old?.version ?? 0) + 1,
        });
        events.push(`put ${step.key}=${step.value} was ${old?.value}`);
      }
    }
    if (events.length > 0) {
      this.states.push(state);
      this.events.push(events);
    }
    return holds;
  }

  range(key: string, rangeEnd: string, revision: number): [string, Row][] {
    return [...this.states[revision]!]
      .filter(([one]) => byUtf8(one, key) >= 0 && byUtf8(one, rangeEnd) < 0)
      .sort(([a], [b]) => byUtf8(a, b));
  }
}

interface Step {
  key: string;
  rangeEnd?: string;
  /** undefined deletes. */
  value?: string;
}

function byUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function operation({ key, rangeEnd, value }: Step): Operation {
  return value === undefined ? { type: 'delete', key, rangeEnd } : { type: 'put', key, value: bytes(value) };
}

function eventText({ type, kv, previous }: StoreEvent): string {
  const before = `was ${previous ? text(previous.value) : undefined}`;
  return type === 'put' ? `put ${kv.key}=${text(kv.value)} ${before}` : `delete ${kv.key} ${before}`;
}

const keys = ['', 'a', 'aa', 'ab', 'b', 'é', '\ud7ff', '\uff5e', '\u{1f600}', 'z'];
const key = fc.constantFrom(...keys);
const value = fc.string({ maxLength: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ key, value }) },
  { weight: 2, arbitrary: fc.record({ key }) },
  { weight: 1, arbitrary: fc.record({ key, rangeEnd: key }) },
);
// One operation a branch where a delete might meet a put of its own transaction, which stores refuse.
const steps: fc.Arbitrary<Step[]> = fc.oneof(
  fc.array(step, { maxLength: 1 }),
  fc.uniqueArray(fc.record({ key, value }), { selector: one => one.key, maxLength: 4 }),
);
const transaction = fc.record({ compareKey: key, stale: fc.nat(3), success: steps, failure: steps });
const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ concurrent: fc.array(transaction, { minLength: 1, maxLength: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ key, rangeEnd: key, back: fc.nat(8), limit: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ compactBack: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ watchBack: fc.nat(8) }) },
);

test('the engine does what a slow and obvious model does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 30 }), async commands => {
      const clock = new VirtualClock(oneTurn);
      await using store = new MemoryStore(clock);
      const model = new Model();
      const watches: { from: number; seen: string[][] }[] = [];
      for (const one of commands) {
        if ('concurrent' in one) {
          const before = model.revision;
          const answers: Promise<TransactionResult>[] = [];
          const expected: boolean[] = [];
          for (const { compareKey, stale, success, failure } of one.concurrent) {
            const current = model.states[before]!.get(compareKey)?.mod ?? 0;
            const compare = Math.max(0, current - (stale === 3 ? 1 : 0));
            expected.push(model.transact(compareKey, compare, success, failure));
            answers.push(
              store.transact({
                compare: [{ key: compareKey, target: 'modRevision', operator: '=', value: compare }],
                success: success.map(operation),
                failure: failure.map(operation),
              }),
            );
          }
          assert.deepEqual(
            (await Promise.all(answers)).map(answer => answer.succeeded),
            expected,
          );
        } else if ('limit' in one) {
          const revision = Math.max(store.compactedRevision, 1, store.revision - one.back);
          const rows = model.range(one.key, one.rangeEnd, revision);
          const wanted = one.limit === 0 ? rows : rows.slice(0, one.limit);
          const answer = await store.range({ ...one, revision });
          assert.deepEqual(
            answer.kvs.map(kv => [
              kv.key,
              { value: text(kv.value), create: kv.createRevision, mod: kv.modRevision, version: kv.version },
            ]),
            wanted,
          );
          assert.equal(answer.count, rows.length);
          assert.equal(answer.more, wanted.length < rows.length);
        } else if ('compactBack' in one) {
          const revision = store.revision - one.compactBack;
          if (revision > store.compactedRevision) await store.compact(revision);
        } else {
          const from = Math.max(store.compactedRevision, 2, store.revision - one.watchBack);
          const watch = { from, seen: [] as string[][] };
          watches.push(watch);
          const handle = store.watch(
            { key: '', rangeEnd: '\u{10ffff}', startRevision: from },
            { events: (_, events) => watch.seen.push(events.map(eventText)), ended: () => handle },
          );
          // In step before the next command, so that no compaction overtakes it.
          await oneTurn();
        }
        assert.equal(store.revision, model.revision);
      }
      await oneTurn();
      for (const { from, seen } of watches) assert.deepEqual(seen, model.events.slice(from));
    }),
    { numRuns: 300 },
  );
});

/** Keeps nothing, and lets some writers come each time that it gathers. */
class Gathering implements Durability {
  readonly batches: number[] = [];
  readonly #come: () => void;

  constructor(come: () => void) {
    this.#come = come;
  }

  async gather(): Promise<void> {
    this.#come();
  }

  async commit({ versions }: Batch): Promise<void> {
    this.batches.push(versions.length);
  }

  trim(): void {}

  sizeBytes(): undefined {}

  async [Symbol.asyncDispose](): Promise<void> {}
}

test('a commit waits for writers while they come, and not for ever', async () => {
  for (const [comers, batches] of [
    [0, [1]],
    [1, [2]],
    [3, [4]],
    [9, [5]],
  ] as const) {
    let left: number = comers;
    const writes: Promise<unknown>[] = [];
    const write = (key: string) => {
      const put: Operation = { type: 'put', key, value: bytes('') };
      writes.push(store.transact({ compare: [], success: [put], failure: [] }));
    };
    const durability = new Gathering(() => {
      if (left > 0) write(`late-${left--}`);
    });
    const clock = new VirtualClock(async () => {});
    const store = new StoreEngine(clock, silentLog, durability, nothingRecovered);
    write('first');
    for (let i = 0; i < writes.length; i++) await writes[i];
    assert.deepEqual(durability.batches, batches);
    await store[Symbol.asyncDispose]();
  }
});

test('a compaction of many revisions lets the loop turn, and leaves the size of what can still be read', async () => {
  const clock = new VirtualClock(oneTurn);
  await using store = new MemoryStore(clock);
  const put = (key: string, value: string) =>
    store.transact({ compare: [], success: [{ type: 'put', key, value: bytes(value) }], failure: [] });
  await put('gone', 'a value');
  await store.transact({ compare: [], success: [{ type: 'delete', key: 'gone' }], failure: [] });
  for (let i = 0; i < 5_000; i++) await put('kept', `value ${i}`);
  const live = 'kept'.length + 'value 4999'.length + 'last'.length + 'x'.length;
  await put('last', 'x');
  await store.compact(store.revision);
  assert.ok((await store.sizeBytes()) > live, 'a part is still there');
  await assert.rejects(store.range({ key: 'kept', revision: store.revision - 1 }), CompactedError);
  await clock.advance(0);
  assert.equal(await store.sizeBytes(), live);
});

test('order keys compare as UTF-8 bytes do', () => {
  const any = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(any, any, (a, b) => {
      const [x, y] = [orderKey(a), orderKey(b)];
      assert.equal(x < y ? -1 : x > y ? 1 : 0, byUtf8(a, b));
    }),
  );
});

test('a sorted map does what a sorted array does, over many chunks', () => {
  const number = fc.nat(3000);
  fc.assert(
    fc.property(
      fc.array(number, { minLength: 1500, maxLength: 3000 }),
      fc.array(number),
      number,
      number,
      (add, drop, a, b) => {
        const name = (n: number) => String(n).padStart(4, '0');
        const sorted = new SortedMap<number>();
        const model = new Map<string, number>();
        for (const [i, n] of add.entries()) {
          sorted.set(name(n), i);
          model.set(name(n), i);
        }
        for (const n of drop) assert.equal(sorted.delete(name(n)), model.delete(name(n)));
        const wanted = [...model.keys()].sort().filter(key => key >= name(a) && key < name(b));
        const values = wanted.map(key => model.get(key));
        assert.deepEqual(sorted.keys(name(a), name(b)), wanted);
        assert.deepEqual(sorted.keys(name(a), name(b), 5), wanted.slice(0, 5));
        assert.deepEqual(sorted.values(name(a), name(b)), values);
        assert.deepEqual(sorted.values(name(a), name(b), 700), values.slice(0, 700));
        assert.equal(sorted.count(name(a), name(b)), wanted.length);
      },
    ),
    { numRuns: 20 },
  );
});
