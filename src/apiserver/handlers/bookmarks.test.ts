import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { Bookmarks } from './bookmarks.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

test('each watch is told within a minute, and once a minute from then on', async () => {
  const clock = new VirtualClock(settle);
  const bookmarks = new Bookmarks(clock);
  const told = [0, 0, 0];
  const watches = [];
  for (let i = 0; i < told.length; i++) {
    watches.push(bookmarks.add(() => void told[i]!++));
    await clock.advance(25_000);
  }
  await clock.advance(40_000);
  assert.deepEqual(told, [1, 1, 1]);
  await clock.advance(600_000);
  assert.deepEqual(told, [11, 11, 11]);
  watches[1]![Symbol.dispose]();
  await clock.advance(60_000);
  assert.deepEqual(told, [12, 11, 12]);
  for (const watch of watches) watch[Symbol.dispose]();
  await clock.advance(60_000);
  assert.equal(clock.pending, 0, 'nothing waits where nobody is to be told');
});
