import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from './clock.ts';
import { TimeSlice } from './time-slice.ts';
import { VirtualClock } from './virtual-clock.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

/** A clock whose timers fire with the event loop's turns, and whose time the test moves: work that takes time. */
function loopClock() {
  let now = 0;
  const clock: Clock = {
    now: () => now,
    monotonicMs: () => now,
    after: () => assert.fail('no timers'),
    nextTurn(fn) {
      const immediate = setImmediate(fn);
      return { [Symbol.dispose]: () => clearImmediate(immediate) };
    },
  };
  const work = (ms: number) => {
    now += ms;
  };
  return { clock, work };
}

test('work goes on while the turn has time, then waits for the next, in its order', async () => {
  const { clock, work } = loopClock();
  using slice = new TimeSlice(clock);
  const order: string[] = [];
  const task = async (name: string, ms: number) => {
    await slice.breathe();
    order.push(name);
    work(ms);
  };
  await Promise.all(Array.from({ length: 20 }, (_, i) => task(String(i), 5)));
  assert.deepEqual(
    order,
    Array.from({ length: 20 }, (_, i) => String(i)),
  );
});

test('those who waited share a turn as far as its time goes', async () => {
  const { clock, work } = loopClock();
  using slice = new TimeSlice(clock);
  assert.equal(slice.breathe(), undefined);
  work(10);
  let done = 0;
  for (let i = 0; i < 10; i++) {
    void slice.breathe()!.then(() => {
      work(3);
      done++;
    });
  }
  const perTurn: number[] = [];
  while (done < 10) {
    const before = done;
    await settle();
    if (done > before) perTurn.push(done - before);
  }
  assert.ok(Math.max(...perTurn) <= 4, String(perTurn));
  assert.ok(perTurn.length >= 3, String(perTurn));
});

test('those who wait take turns, each in its own order', async () => {
  const { clock, work } = loopClock();
  using slice = new TimeSlice(clock, 1);
  const order: string[] = [];
  const task = async (who: string, name: string) => {
    await slice.breathe(who);
    order.push(name);
    work(0.3);
  };
  for (let i = 0; i < 4; i++) await task('first', 'first');
  order.length = 0;
  const names = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'];
  await Promise.all(names.map(name => task(name[0]!, name)));
  assert.deepEqual(order, ['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
});

test('who comes into a flood is served in the next turn', async () => {
  const { clock, work } = loopClock();
  using slice = new TimeSlice(clock, 1);
  const served: string[] = [];
  const task = async (who: string) => {
    await slice.breathe(who);
    served.push(who);
    work(0.3);
  };
  const flood: Promise<void>[] = [];
  for (let i = 0; i < 200; i++) {
    flood.push(task('flood'));
    await Promise.resolve();
    await Promise.resolve();
  }
  const before = served.length;
  assert.ok(before < 10, `${before} were served in one turn`);
  await task('other');
  assert.ok(served.indexOf('other') - before <= 2, served.join());
  await Promise.all(flood);
});

test('an idle loop owes nothing: what begins later begins a turn of its own', async () => {
  const { clock, work } = loopClock();
  using slice = new TimeSlice(clock);
  assert.equal(slice.breathe(), undefined);
  work(1_000);
  await settle();
  await settle();
  assert.equal(slice.breathe(), undefined);
});

test('those who work only later are counted by what such work took before', async () => {
  const { clock, work } = loopClock();
  using slice = new TimeSlice(clock);
  const worked: number[] = [];
  let turn = 0;
  const task = async () => {
    await slice.breathe();
    // As a request does that is written with others: by now all who were let go at once are.
    for (let i = 0; i < 50; i++) await undefined;
    work(2);
    worked[turn] = (worked[turn] ?? 0) + 1;
  };
  const round = async () => {
    worked.length = 0;
    turn = 0;
    const all = Promise.all(Array.from({ length: 60 }, task));
    while (worked.reduce((sum, count) => sum + (count ?? 0), 0) < 60) {
      turn++;
      await settle();
    }
    await all;
  };
  for (let i = 0; i < 10; i++) await round();
  assert.ok(Math.max(...worked.filter(count => count !== undefined)) <= 8, String(worked));
});

test('on virtual time nothing waits', async () => {
  const clock = new VirtualClock(settle);
  const slice = new TimeSlice(clock);
  for (let i = 0; i < 3; i++) {
    assert.equal(slice.breathe(), undefined);
    assert.equal(slice.breathe(), undefined);
    await clock.advance(1_000);
  }
  assert.equal(slice.breathe(), undefined);
  slice[Symbol.dispose]();
  assert.equal(clock.pending, 0);
});

test('virtual time stands still until those who wait for a turn have had it', async () => {
  const clock = new VirtualClock(settle);
  const turnsAtMs: number[] = [];
  const turns = (left: number) => {
    turnsAtMs.push(clock.monotonicMs());
    if (left > 0) clock.nextTurn(() => turns(left - 1));
  };
  clock.after(10, () => void Promise.resolve().then(() => turns(3)));
  clock.after(11, () => {});
  await clock.advance(20);
  assert.deepEqual(turnsAtMs, [10, 10, 10, 10]);
});

test('disposing lets everybody go', async () => {
  const { clock, work } = loopClock();
  const slice = new TimeSlice(clock);
  slice.breathe();
  work(10);
  const waits = [slice.breathe(), slice.breathe()];
  slice[Symbol.dispose]();
  await Promise.all(waits);
  assert.equal(slice.breathe(), undefined);
});
