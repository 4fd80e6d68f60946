import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { TurnEnd } from './turn-end.ts';

/** The turns are the test's own. */
function setUp() {
  const turns: (() => void)[] = [];
  const clock = Object.assign(new VirtualClock(() => Promise.resolve()), {
    nextTurn: (fn: () => void) => {
      turns.push(fn);
      return { [Symbol.dispose]: () => undefined };
    },
  });
  return { turnEnd: new TurnEnd(clock), turns };
}

test('works are done in their order once the turn ends, and many of them over several turns', async () => {
  const { turnEnd, turns } = setUp();
  const done: number[] = [];
  const count = (i: number) => {
    done.push(i);
    return 10;
  };
  for (let i = 0; i < 1200; i++) turnEnd.do(() => count(i));
  assert.equal(done.length, 0);
  await undefined;
  assert.ok(done.length > 0 && done.length < 1200);
  turnEnd.do(() => count(1200));
  await undefined;
  assert.equal(turns.length, 1, 'what comes later waits behind what is left');
  for (let turn = turns.shift(); turn; turn = turns.shift()) turn();
  assert.deepEqual(
    done,
    Array.from({ length: 1201 }, (_, i) => i),
  );

  turnEnd.do(() => count(1201));
  await undefined;
  assert.equal(done.at(-1), 1201);
});

test('a turn writes so many bytes, however few the works are', async () => {
  const { turnEnd, turns } = setUp();
  let written = 0;
  const write = (bytes: number) => {
    written += bytes;
    return bytes;
  };
  const mib = 1 << 20;
  for (let i = 0; i < 200; i++) turnEnd.do(() => write(mib));
  await undefined;
  let turnMax = written;
  for (let turn = turns.shift(); turn; turn = turns.shift()) {
    const before = written;
    turn();
    turnMax = Math.max(turnMax, written - before);
  }
  assert.equal(written, 200 * mib);
  assert.ok(turnMax <= 9 * mib, `${turnMax} bytes in one turn`);
});
