import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from './clock.ts';
import { OwnedClock } from './owned-clock.ts';
import { VirtualClock } from './virtual-clock.ts';

test('timers run until the clock is disposed of, and none is left or made after that', async () => {
  const clock = new VirtualClock(() => Promise.resolve());
  const owned = new OwnedClock(clock);
  const ran: string[] = [];
  void sleep(owned, 10).then(() => ran.push('early'));
  void sleep(owned, 1_000).then(() => ran.push('late'));
  owned.after(5, () => ran.push('cancelled'))[Symbol.dispose]();
  owned.nextTurn(() => ran.push('turn'));
  await clock.advance(20);
  assert.deepEqual(ran, ['turn', 'early']);
  assert.equal(owned.now(), clock.now());
  owned[Symbol.dispose]();
  owned.after(1, () => ran.push('after'));
  assert.equal(clock.pending, 0);
  await clock.advance(2_000);
  assert.deepEqual(ran, ['turn', 'early']);
});
