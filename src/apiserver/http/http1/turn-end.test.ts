import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { TurnEnd } from './turn-end.ts';

test('works are done in their order once the turn ends, and many of them over several turns', async () => {
  const turns: (() => void)[] = [];
  const clock = Object.assign(new VirtualClock(() => Promise.resolve()), {
    nextTurn: (fn: () => void) => {
      turns.push(fn);
      return { [Symbol.dispose]: () => undefined };
    },
  });
  const turnEnd = new TurnEnd(clock);
  const done: number[] = [];
  for (let i = 0; i < 1200; i++) turnEnd.do(() => done.push(i));
  assert.equal(done.length, 0);
  await undefined;
  assert.ok(done.length > 0 && done.length < 1200);
  turnEnd.do(() => done.push(1200));
  await undefined;
  assert.equal(turns.length, 1, 'what comes later waits behind what is left');
  for (let turn = turns.shift(); turn; turn = turns.shift()) turn();
  assert.deepEqual(
    done,
    Array.from({ length: 1201 }, (_, i) => i),
  );

  turnEnd.do(() => done.push(1201));
  await undefined;
  assert.equal(done.at(-1), 1201);
});
