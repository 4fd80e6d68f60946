import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { TurnEnd } from './turn-end.ts';

/** The turns are the test's own, and so is the time that work takes. */
function setUp() {
  const turns: (() => void)[] = [];
  const time = { ms: 0 };
  const clock = Object.assign(new VirtualClock(() => Promise.resolve()), {
    monotonicMs: () => time.ms,
    nextTurn: (fn: () => void) => {
      turns.push(fn);
      return { [Symbol.dispose]: () => undefined };
    },
  });
  return { turnEnd: new TurnEnd(clock), turns, time };
}

test('works are done in their order once the turn ends, and what takes long over several turns', async () => {
  const { turnEnd, turns, time } = setUp();
  const done: number[] = [];
  const work = (i: number) => () => {
    done.push(i);
    time.ms += 0.125;
  };
  for (let i = 0; i < 200; i++) turnEnd.do(work(i));
  assert.equal(done.length, 0);
  await undefined;
  const first = done.length;
  assert.ok(first > 10 && first < 40, `${first} works of 0.125 ms in one turn`);
  turnEnd.do(work(200));
  await undefined;
  assert.equal(done.length, first, 'what comes later waits behind what is left');
  assert.equal(turns.length, 1);
  for (let turn = turns.shift(); turn; turn = turns.shift()) {
    const before: number = done.length;
    turn();
    assert.ok(done.length - before <= first);
  }
  assert.deepEqual(
    done,
    Array.from({ length: 201 }, (_, i) => i),
  );

  turnEnd.do(work(201));
  await undefined;
  assert.equal(done.at(-1), 201);
});

test('a work that takes longer than a turn may is done all the same, by itself', async () => {
  const { turnEnd, turns, time } = setUp();
  let done = 0;
  for (let i = 0; i < 3; i++)
    turnEnd.do(() => {
      done++;
      time.ms += 50;
    });
  await undefined;
  assert.equal(done, 1);
  turns.shift()!();
  assert.equal(done, 2);
  turns.shift()!();
  assert.equal(done, 3);
  assert.equal(turns.length, 0);
});

test('what a work leaves for the end of the turn comes behind what is there', async () => {
  const { turnEnd, turns } = setUp();
  const done: string[] = [];
  turnEnd.do(() => {
    done.push('first');
    turnEnd.do(() => done.push('left by the first'));
  });
  turnEnd.do(() => done.push('second'));
  await undefined;
  for (let turn = turns.shift(); turn; turn = turns.shift()) turn();
  assert.deepEqual(done, ['first', 'second', 'left by the first']);
});
