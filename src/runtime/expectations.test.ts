import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '#base/virtual-clock.ts';
import { Expectations } from './expectations.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

test('creations and deletions are both to be seen', () => {
  const expectations = new Expectations(new VirtualClock(settle));
  assert.ok(expectations.satisfied('a'));
  expectations.expectCreations('a', 2);
  expectations.expectDeletions('a', ['u1']);
  expectations.created('a');
  expectations.created('a');
  assert.ok(!expectations.satisfied('a'));
  expectations.deleted('a', 'another');
  assert.ok(!expectations.satisfied('a'));
  expectations.deleted('a', 'u1');
  assert.ok(expectations.satisfied('a'));
});

test('a watch event that never comes does not block for ever', async () => {
  const clock = new VirtualClock(settle);
  const expectations = new Expectations(clock);
  expectations.expectCreations('a', 1);
  await clock.advance(300_000);
  assert.ok(!expectations.satisfied('a'));
  await clock.advance(expectations.leftMs('a')!);
  assert.ok(expectations.satisfied('a'));
  assert.equal(expectations.leftMs('a'), undefined);
});
