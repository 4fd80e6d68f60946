import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { RetryAfter } from './retry-after.ts';

test('whoever is turned away waits longer under a flood, and less when it ebbs away', async () => {
  const clock = new VirtualClock(() => Promise.resolve());
  const retry = new RetryAfter(clock);
  const second = async (count: number) => {
    for (let i = 0; i < count; i++) retry.drop();
    await clock.advance(1000);
    return retry.seconds;
  };
  const flood: number[] = [];
  for (let i = 0; i < 80; i++) flood.push(await second(40));
  assert.deepEqual([...new Set(flood)], [1, 2, 4, 8, 16, 32]);
  assert.ok(flood.indexOf(8) - flood.indexOf(4) >= 4, 'a raise has its time to help');
  await clock.advance(60_000);
  const ebb: number[] = [];
  for (let i = 0; i < 40; i++) ebb.push(await second(1));
  assert.deepEqual(ebb.slice(0, 3), [31, 30, 29]);
  assert.ok(ebb.at(-1)! < 31);
});
