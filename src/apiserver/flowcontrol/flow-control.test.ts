import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowControlDefaults } from '#api/flow-control-defaults.ts';
import type { Clock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { TimeSlice } from '#base/time-slice.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import { parseRequest } from '../request.ts';
import { StateCache } from '../resources/state-cache.ts';
import { FlowControl, levelsBucket, schemasBucket } from './flow-control.ts';

/** Time that passes only by work, turns that come only when called, and one flow whose requests take 0.3 ms each. */
function setUp(objects: typeof flowControlDefaults, serverSeats: number) {
  let nowMs = 0;
  const due: (() => void)[] = [];
  const clock: Clock = {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    after: () => ({ [Symbol.dispose]: () => {} }),
    nextTurn: fn => {
      due.push(fn);
      return { [Symbol.dispose]: () => {} };
    },
  };
  const cache = new StateCache(new MemoryStore(clock), silentLog);
  for (const object of objects) {
    const bucket = cache.bucket(object.kind === 'FlowSchema' ? schemasBucket : levelsBucket);
    bucket.load(
      cache.codec.entry(object.metadata.name!, 1, { value: cache.codec.encode(structuredClone(object)) }),
    );
  }
  const turns = new TimeSlice(clock, 1);
  const flowControl = new FlowControl({ cache, clock, turns, serverSeats });
  const info = parseRequest('DELETE', '/api/v1/namespaces/default/pods/a', new URLSearchParams());
  const user = { name: 'controller', groups: ['system:authenticated'] };
  const flow = flowControl.flowOf(user, info);
  const asking = { request: { signal: new AbortController().signal, user }, info };
  let served = 0;
  const request = async () => {
    await turns.breathe(user.name);
    const seat = await flowControl.enter(flow, { seats: 1 }, asking);
    nowMs += 0.3;
    served++;
    seat[Symbol.dispose]();
  };
  /** Answers how many were served by turn. */
  const finish = async (all: readonly Promise<void>[]) => {
    const byTurn: number[] = [];
    for (let before = 0; served < all.length && byTurn.length < all.length; before = served) {
      await new Promise(resolve => setImmediate(resolve));
      byTurn.push(served - before);
      for (const fn of due.splice(0)) fn();
    }
    await Promise.all(all);
    return byTurn;
  };
  return { request, finish, [Symbol.dispose]: () => flowControl[Symbol.dispose]() };
}

test('seats that are left in a turn of the event loop do not let the next ones go on in it', async () => {
  using control = setUp(flowControlDefaults, 40);
  const turns = await control.finish(Array.from({ length: 40 }, control.request));
  assert.ok(Math.max(...turns) <= 8, `served by turn: ${turns.join()}`);
});

test('who waits for a turn of the event loop takes no seat from others', async () => {
  // What is left without objects has no queues: it turns away what finds no seat.
  using control = setUp([], 4);
  const all: Promise<void>[] = [];
  for (let i = 0; i < 40; i++) {
    all.push(control.request());
    for (let step = 0; step < 5; step++) await undefined;
  }
  const turns = await control.finish(all);
  assert.ok(turns.length > 1, 'they did not all go at once');
});
