import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { hasReason } from '#machinery/status.ts';
import { Deadlines } from './deadlines.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));
const never = () => new Promise<never>(() => {});

function setUp() {
  const clock = new VirtualClock(settle);
  return { clock, deadlines: new Deadlines(clock) };
}

test('what is done in time is not disturbed, and leaves no timer', async () => {
  const { clock, deadlines } = setUp();
  assert.equal(await deadlines.keep(new URLSearchParams(), async () => 1), 1);
  assert.equal(await deadlines.keep(new URLSearchParams('timeout=3s'), async () => 2), 2);
  await assert.rejects(
    deadlines.keep(new URLSearchParams(), () => Promise.reject(new Error('no'))),
    /no/,
  );
  await clock.advance(60_000);
  assert.equal(clock.pending, 0);
});

test('requests end after a minute, or when their client says', async () => {
  const { clock, deadlines } = setUp();
  const isTimeout = (error: unknown) => hasReason(error, 'Timeout') && error.code === 504;
  const ended: string[] = [];
  const keep = (name: string, query: string) =>
    deadlines.keep(new URLSearchParams(query), never).catch(error => {
      assert.ok(isTimeout(error));
      ended.push(`${name} ${Math.round(clock.monotonicMs() / 1000)}`);
    });
  const all = [
    keep('usual', ''),
    keep('short', 'timeout=5s'),
    keep('zero', 'timeout=0s'),
    keep('long', 'timeout=1h'),
  ];
  await clock.advance(62_000);
  await Promise.all(all);
  assert.deepEqual(ended, ['short 5', 'usual 60', 'zero 60', 'long 60']);
});
