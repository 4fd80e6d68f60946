import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '#base/clock.ts';
import { Turns } from './turns.ts';

/** Time that passes only by work, and turns that come only when called. */
function setUp() {
  let nowMs = 0;
  const due: (() => void)[] = [];
  const clock: Clock = {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    after: () => assert.fail('no timers'),
    nextTurn: fn => {
      due.push(fn);
      return { [Symbol.dispose]: () => void due.splice(due.indexOf(fn) >>> 0, 1) };
    },
  };
  const turns = new Turns(clock);
  const served: string[] = [];
  const arrive = async (flow: string) => {
    await turns.enter(flow);
    nowMs += 0.3;
    served.push(flow);
  };
  const turn = async () => {
    for (const fn of due.splice(0)) fn();
    await new Promise(resolve => setImmediate(resolve));
  };
  return { arrive, turn, served, turns, due };
}

test('what comes alone goes on at once', async () => {
  const { turns, turn, due } = setUp();
  assert.equal(turns.enter('a'), undefined);
  assert.equal(turns.enter('a'), undefined);
  await turn();
  assert.equal(due.length, 0, 'nothing goes on when nobody waits');
  assert.equal(turns.enter('a'), undefined);
});

test('a request that comes into a flood is served in the next turn', async () => {
  const { arrive, turn, served } = setUp();
  const flood: Promise<void>[] = [];
  for (let i = 0; i < 200; i++) {
    flood.push(arrive('flood'));
    await Promise.resolve();
    await Promise.resolve();
  }
  const before = served.length;
  assert.ok(before < 10, `${before} were served in one turn`);
  const other = arrive('other');
  await turn();
  await other;
  assert.ok(served.indexOf('other') - before <= 2, served.join());
  while (served.length < 201) await turn();
  await Promise.all(flood);
});

test('flows take turns, each in its own order', async () => {
  const { arrive, turn, served } = setUp();
  for (let i = 0; i < 4; i++) await arrive('first');
  const all = ['a', 'a', 'a', 'b', 'b', 'c'].map(flow => arrive(flow));
  assert.equal(served.length, 4, 'the turn is used up');
  await turn();
  await Promise.all(all);
  assert.deepEqual(served.slice(4), ['a', 'b', 'c', 'a', 'b', 'a']);
});

test('whoever waits goes on when the server ends', async () => {
  const { arrive, turns } = setUp();
  const waiting = Array.from({ length: 30 }, () => arrive('a'));
  await Promise.resolve();
  await Promise.resolve();
  waiting.push(arrive('a'), arrive('b'));
  turns[Symbol.dispose]();
  await Promise.all(waiting);
});
