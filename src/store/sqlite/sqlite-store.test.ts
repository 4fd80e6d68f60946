import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { silentLog } from '#base/log.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import {
  Recorder,
  always,
  everything,
  oneTurn,
  put,
  putAt,
  storeConformance,
  text,
} from '../store.conformance.ts';
import { CompactedError, type Store, StoreUnavailableError } from '../store.ts';
import { SqliteStore } from './sqlite-store.ts';

const clock = () => new VirtualClock(oneTurn);

/** Gives a directory that is gone after the test. */
async function withDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'coxswain-store-'));
  try {
    await run(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const open = (path: string, pagesMax?: number) =>
  SqliteStore.open({ path, clock: clock(), log: silentLog, pagesMax });

async function dump(store: Store): Promise<unknown> {
  const { kvs, revision } = await store.range(everything);
  return { revision, kvs: kvs.map(kv => ({ ...kv, value: text(kv.value) })) };
}

storeConformance('sqlite', async virtual => {
  const directory = await mkdtemp(join(tmpdir(), 'coxswain-store-'));
  const store = await SqliteStore.open({ path: join(directory, 'state.db'), clock: virtual, log: silentLog });
  const dispose = store[Symbol.asyncDispose].bind(store);
  store[Symbol.asyncDispose] = async () => {
    await dispose();
    await rm(directory, { recursive: true, force: true });
  };
  return store;
});

test('reopened, a store has its state, revision, history and leases', () =>
  withDirectory(async directory => {
    const path = join(directory, 'state.db');
    const before = await open(path);
    const lease = await before.grantLease(10);
    for (let i = 0; i < 50; i++) await before.transact(always(put(`k${i % 7}`, `${i}`)));
    await before.transact(always(put('leased', '1', lease), { type: 'delete', key: 'k3' }));
    await before.compact(30);
    const expected = await dump(before);
    const at40 = await before.range({ ...everything, revision: 40 });
    const live = new Recorder();
    before.watch({ ...everything, startRevision: 30 }, live.sink);
    await live.reach(24);
    await before[Symbol.asyncDispose]();

    const virtual = clock();
    await using after = await SqliteStore.open({ path, clock: virtual, log: silentLog });
    assert.deepEqual(await dump(after), expected);
    assert.equal(after.compactedRevision, 30);
    assert.deepEqual(
      { ...(await after.range({ ...everything, revision: 40 })), revision: 0 },
      { ...at40, revision: 0 },
    );
    await assert.rejects(after.range({ ...everything, revision: 29 }), CompactedError);
    const replayed = new Recorder();
    using _ = after.watch({ ...everything, startRevision: 30 }, replayed.sink);
    assert.deepEqual(await replayed.reach(24), live.events);
    assert.notEqual(await after.grantLease(5), lease);
    await virtual.advance(10_000);
    await replayed.reach(25);
    assert.equal((await after.range({ key: 'leased' })).count, 0);
    assert.equal((await after.transact(putAt('new', 0, '1'))).revision, 54);
  }));

test('what compaction had not deleted when the process ended does not come back', () =>
  withDirectory(async directory => {
    const path = join(directory, 'state.db');
    const first = await open(path);
    for (let i = 0; i < 1000; i++) await first.transact(always(put(`k${i % 10}`, `${i}`)));
    for (let i = 0; i < 5; i++) await first.transact(always({ type: 'delete', key: `k${i}` }));
    const revision = first.revision;
    await first.transact(always(put('last', '1')));
    await first.compact(revision + 1);
    const expected = await dump(first);
    await first[Symbol.asyncDispose]();
    for (let round = 0; round < 3; round++) {
      await using again = await open(path);
      assert.deepEqual(await dump(again), expected);
    }
    // Five keys and the last event; trimming goes on while the store is open.
    for (let tries = 0; tries < 100 && rowsAt(path) !== 6; tries++) {
      await using again = await open(path);
      await again.transact({ compare: [], success: [], failure: [] });
      await again.sizeBytes();
    }
    assert.equal(rowsAt(path), 6);
  }));

function rowsAt(path: string): number {
  const db = new DatabaseSync(path);
  const { n } = db.prepare('SELECT count(*) AS n FROM version').get() as { n: number };
  db.close();
  return n;
}

test('compaction gives space back', () =>
  withDirectory(async directory => {
    await using store = await open(join(directory, 'state.db'));
    const large = 'x'.repeat(100_000);
    for (let i = 0; i < 200; i++) await store.transact(always(put('k', large)));
    const full = await store.sizeBytes();
    await store.compact(store.revision);
    let size = full;
    for (let i = 0; i < 2000 && size > full / 2; i++) {
      await store.transact(always(put('other', `${i}`)));
      size = await store.sizeBytes();
    }
    assert.ok(size <= full / 2, `${size} of ${full}`);
  }));

test('writers that wait for one commit share the next', () =>
  withDirectory(async directory => {
    await using store = await open(join(directory, 'state.db'));
    const order: number[] = [];
    const write = (i: number) =>
      store.transact(putAt('k', i === 0 ? 0 : i + 1, `${i}`)).then(() => order.push(i));
    let turns = 0;
    let done = false;
    const count = (async () => {
      while (!done) {
        await oneTurn();
        turns++;
      }
    })();
    await Promise.all(Array.from({ length: 500 }, (_, i) => write(i)));
    done = true;
    await count;
    // Each compares with the write before it, so that all hold only if they were evaluated in order.
    assert.equal((await store.range({ key: 'k' })).kvs[0]!.version, 500);
    assert.deepEqual(
      order,
      Array.from({ length: 500 }, (_, i) => i),
    );
    assert.ok(turns > 0, 'the event loop turned while the disk worked');
  }));

test('large values do not pile up in one commit', () =>
  withDirectory(async directory => {
    await using store = await open(join(directory, 'state.db'));
    const value = 'x'.repeat(1 << 20);
    const writes = Array.from({ length: 24 }, (_, i) => store.transact(always(put(`k${i}`, value))));
    await writes[0];
    assert.ok(store.revision < 24, 'the first is acknowledged before the last is written');
    await Promise.all(writes);
    assert.equal((await store.range({ ...everything, countOnly: true })).count, 24);
  }));

test("the file is its owner's alone", () =>
  withDirectory(async directory => {
    const inner = join(directory, 'made', 'here');
    await using store = await open(join(inner, 'state.db'));
    await store.transact(always(put('a', '1')));
    assert.equal((await stat(inner)).mode & 0o777, 0o700);
    assert.equal((await stat(join(inner, 'state.db'))).mode & 0o777, 0o600);
    assert.equal((await stat(join(inner, 'state.db-wal'))).mode & 0o777, 0o600);
  }));

test('a file in use, a foreign file and a newer format are refused with what is wrong', () =>
  withDirectory(async directory => {
    const path = join(directory, 'state.db');
    const store = await open(path);
    const child = `
      import { DatabaseSync } from 'node:sqlite';
      try { new DatabaseSync(${JSON.stringify(path)}).exec('BEGIN IMMEDIATE'); } catch (e) { console.log(e.errcode & 255); }
    `;
    try {
      await assert.rejects(open(path), { message: `${path} is in use by another process` });
      const seen = execFileSync(process.execPath, ['--input-type=module', '-e', child], { encoding: 'utf8' });
      assert.equal(seen.trim(), '5', 'another process finds the file locked, also after that');
      await store.transact(always(put('a', '1')));
    } finally {
      await store[Symbol.asyncDispose]();
    }

    const garbage = join(directory, 'garbage.db');
    await writeFile(garbage, 'not a database, and long enough to be one'.repeat(50));
    await assert.rejects(open(garbage), { message: `${garbage} is not a Coxswain store` });
    const foreign = join(directory, 'foreign.db');
    const other = new DatabaseSync(foreign);
    other.exec('CREATE TABLE t (a); PRAGMA user_version = 1');
    other.close();
    await assert.rejects(open(foreign), { message: `${foreign} is not a Coxswain store` });
    const db = new DatabaseSync(path);
    db.exec('PRAGMA user_version = 99');
    db.close();
    await assert.rejects(open(path), /store format 99; this version of Coxswain knows up to 1/);
  }));

test('a file that was there and is gone, empty or damaged is not made anew', () =>
  withDirectory(async directory => {
    const path = join(directory, 'state.db');
    const again = () => SqliteStore.open({ path, mustExist: true, clock: clock(), log: silentLog });
    await assert.rejects(again(), { message: `${path} is missing` });
    await writeFile(path, '');
    await assert.rejects(again(), { message: `${path} is empty` });
    await rm(path);
    {
      await using store = await open(path);
      for (let i = 0; i < 100; i++) await store.transact(always(put(`k${i}`, 'x'.repeat(3_000))));
    }
    const whole = await readFile(path);
    await writeFile(path, whole.subarray(0, whole.length >> 1));
    await assert.rejects(again(), { message: `${path} is damaged` });
    await writeFile(path, whole);
    await using store = await again();
    assert.equal((await store.range(everything)).count, 100);
  }));

test('nothing is acknowledged that would be written to a file which was removed meanwhile', () =>
  withDirectory(async directory => {
    const path = join(directory, 'state.db');
    for (const file of [path, `${path}-wal`]) {
      await using store = await open(path);
      const { revision } = await store.transact(always(put('a', file)));
      await rename(file, `${file}.away`);
      const refused = store.transact(always(put('b', '1')));
      await assert.rejects(refused, { message: new RegExp(`${file} was removed or replaced while in use`) });
      assert.equal((await store.range({ key: 'a' })).count, 1, 'what is there can be read');
      await rename(`${file}.away`, file);
      assert.equal((await store.transact(always(put('c', '1')))).revision, revision + 1);
    }
  }));

test('a full disk refuses writes, serves reads, and takes writes again once there is room', () =>
  withDirectory(async directory => {
    const path = join(directory, 'state.db');
    let revision: number;
    {
      await using store = await open(path, 200);
      const watch = new Recorder();
      using _ = store.watch(everything, watch.sink);
      await store.transact(always(put('small', '1')));
      const large = always(put('large', 'x'.repeat(2 << 20)));
      await assert.rejects(store.transact(large), StoreUnavailableError);
      assert.match(store.writeFailure!, /database or disk is full/);
      revision = store.revision;
      assert.deepEqual(watch.events, ['2 put small=1']);
      assert.equal((await store.range({ key: 'small' })).count, 1);
      assert.equal((await store.range({ key: 'large' })).count, 0);
      assert.equal((await store.transact(putAt('small', 2, '2'))).revision, 3);
      assert.equal(store.writeFailure, undefined);
    }
    await using roomy = await open(path);
    assert.equal(roomy.revision, revision + 1);
    assert.equal((await roomy.transact(always(put('large', 'x'.repeat(2 << 20))))).revision, 4);
  }));

test('a file system that fills up and empties again', async t => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return t.skip('needs root on Linux for a tmpfs');
  await withDirectory(async directory => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'coxswain-test', directory], { stdio: 'pipe' });
    } catch {
      return t.skip('cannot mount a tmpfs here');
    }
    try {
      const path = join(directory, 'state.db');
      let expected: unknown;
      {
        await using store = await open(path);
        await store.transact(always(put('a', '1')));
        await writeFile(join(directory, 'filler'), new Uint8Array(4 << 20)).catch(() => {});
        const value = 'x'.repeat(20_000);
        let refused: unknown;
        for (let i = 0; i < 100 && !refused; i++) {
          await store.transact(always(put(`k${i}`, value))).catch((error: unknown) => {
            refused = error;
          });
        }
        assert.ok(refused instanceof StoreUnavailableError, String(refused));
        const stuck = await dump(store);
        assert.equal((await store.range({ key: 'a' })).count, 1);
        await rm(join(directory, 'filler'));
        const { revision } = await store.transact(always(put('again', '1')));
        assert.equal(revision, (stuck as { revision: number }).revision + 1);
        expected = await dump(store);
      }
      await using after = await open(path);
      assert.deepEqual(await dump(after), expected);
    } finally {
      execFileSync('umount', [directory]);
    }
  });
});
