import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metricsText } from '#base/metric-families.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { QueueMetrics } from './queue-metrics.ts';
import { ControllerRateLimiter } from './rate-limiter.ts';
import { WorkQueue } from './work-queue.ts';

const settle = () => new Promise<void>(resolve => setImmediate(resolve));

test('a key waits once, and again when it was added while it ran', async () => {
  using queue = new WorkQueue(new VirtualClock(settle));
  queue.add('a');
  queue.add('a');
  queue.add('b');
  assert.equal(queue.depth, 2);
  assert.equal(await queue.take(), 'a');
  queue.add('a');
  assert.equal(queue.depth, 1, 'a runs: it must not run twice at a time');
  queue.done('a');
  assert.equal(await queue.take(), 'b');
  assert.equal(await queue.take(), 'a');
});

test('a key that rests does not run, whoever adds it, and then does once', async () => {
  const clock = new VirtualClock(settle);
  using queue = new WorkQueue(clock);
  queue.add('a');
  assert.equal(await queue.take(), 'a');
  queue.add('a');
  queue.done('a', 100);
  queue.add('a');
  queue.add('b');
  await clock.advance(99);
  assert.equal(queue.depth, 1, 'others do not wait for it');
  assert.ok(!queue.idle);
  await clock.advance(1);
  assert.deepEqual([await queue.take(), await queue.take()], ['b', 'a']);
  queue.done('a', 100);
  queue.done('b');
  assert.ok(queue.idle, 'a rest alone is nothing to wait for');
  await clock.advance(100);
  assert.equal(queue.depth, 0);
});

test('of two delays the shorter counts, in whatever order they come', async () => {
  const clock = new VirtualClock(settle);
  using queue = new WorkQueue(clock);
  queue.addAfter('a', 100);
  queue.addAfter('a', 10);
  queue.addAfter('b', 10);
  queue.addAfter('b', 100);
  await clock.advance(10);
  assert.deepEqual([await queue.take(), await queue.take()], ['a', 'b']);
  queue.done('a');
  queue.done('b');
  await clock.advance(1000);
  assert.equal(queue.depth, 0);
  assert.equal(clock.pending, 0);
});

test('failures wait 5 ms doubling to 1000 s, until forgotten', () => {
  const limiter = new ControllerRateLimiter(new VirtualClock(settle));
  const waits = Array.from({ length: 20 }, () => limiter.nextDelayMs('a'));
  assert.deepEqual(waits.slice(0, 4), [5, 10, 20, 40]);
  assert.equal(waits[19], 1_000_000);
  limiter.forget('a');
  assert.equal(limiter.nextDelayMs('a'), 5);
});

test('beyond a burst of 100 retries, ten a second go on over all items', () => {
  const limiter = new ControllerRateLimiter(new VirtualClock(settle));
  const waits = Array.from({ length: 120 }, (_, i) => limiter.nextDelayMs(`item-${i}`));
  assert.equal(waits[99], 5);
  assert.equal(Math.round(waits[119]!), 2000);
});

test('closing frees the workers and the timers', async () => {
  const clock = new VirtualClock(settle);
  const queue = new WorkQueue(clock);
  const waiting = queue.take();
  queue.addAfter('a', 1000);
  queue[Symbol.dispose]();
  assert.equal(await waiting, undefined);
  assert.equal(await queue.take(), undefined);
  assert.equal(clock.pending, 0);
});

test('what a queue does is told of it: how much waits, and how long keys wait and run', async () => {
  const clock = new VirtualClock(settle);
  const metrics = new QueueMetrics(clock);
  using queue = new WorkQueue(clock, undefined, metrics.meter('deployment'));
  const told = (name: string) => {
    const line = metricsText(metrics.families)
      .split('\n')
      .find(text => text.startsWith(`workqueue_${name}{name="deployment"}`));
    return Number(line?.split(' ').at(-1));
  };
  queue.add('a');
  queue.add('a');
  queue.add('b');
  queue.addAfter('c', 60_000);
  assert.deepEqual([told('adds_total'), told('depth'), told('retries_total')], [2, 2, 1]);
  await clock.advance(3000);
  await queue.take();
  assert.deepEqual([told('depth'), told('queue_duration_seconds_sum')], [1, 3]);
  await clock.advance(2000);
  await queue.take();
  await clock.advance(1000);
  assert.equal(told('longest_running_processor_seconds'), 3);
  assert.equal(told('unfinished_work_seconds'), 4);
  queue.done('a');
  queue.add('b');
  queue.done('b');
  assert.deepEqual([told('work_duration_seconds_count'), told('work_duration_seconds_sum')], [2, 4]);
  assert.deepEqual([told('adds_total'), told('depth'), told('unfinished_work_seconds')], [3, 1, 0]);
});
