import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '#api/generated/types/core.v1.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { EventCorrelator } from './event-correlator.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

function event(message: string, name = 'pod'): Event {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${message}`, namespace: 'ns' },
    involvedObject: { kind: 'Pod', namespace: 'ns', name, uid: `u-${name}` },
    reason: 'BackOff',
    message,
    type: 'Warning',
    count: 1,
    firstTimestamp: '2026-01-01T00:00:00Z',
    source: { component: 'kubelet' },
  };
}

function start() {
  const clock = new VirtualClock(settle);
  const correlator = new EventCorrelator(clock);
  return { clock, correlator, tell: (told: Event) => correlator.correlate(told, () => 'fresh') };
}

test('the same again raises the count of the first', () => {
  const { tell } = start();
  assert.equal(tell(event('a'))?.seenBefore, false);
  const again = tell({ ...event('a'), metadata: { name: 'later', namespace: 'ns' } });
  assert.deepEqual([again?.seenBefore, again?.event.count, again?.event.metadata.name], [true, 2, 'pod.a']);
});

test('ten messages of one reason become one event', () => {
  const { tell } = start();
  const told = Array.from({ length: 12 }, (_, i) => tell(event(`m${i}`)));
  assert.ok(told.slice(0, 9).every(one => !one?.seenBefore));
  assert.equal(told[9]?.event.message, '(combined from similar events): m9');
  assert.equal(told[9]?.event.metadata.name, 'fresh');
  assert.deepEqual([told[11]?.seenBefore, told[11]?.event.count], [true, 3]);
});

test('a flood about one object is dropped, and one more comes through every five minutes', async () => {
  const { clock, tell } = start();
  const flood = () => Array.from({ length: 40 }, () => tell(event('same'))).filter(Boolean).length;
  assert.equal(flood(), 25);
  assert.ok(tell(event('same', 'another')), 'another object is told of');
  await clock.advance(300_000);
  assert.equal(flood(), 1);
});

test('nothing is remembered of what nobody has told of for hours', async () => {
  const { clock, correlator, tell } = start();
  for (let i = 0; i < 100; i++) tell(event('gone', `pod-${i}`));
  assert.ok(correlator.size >= 300);
  await clock.advance(3 * 3_600_000);
  tell(event('new', 'another'));
  assert.equal(correlator.size, 3);
});
