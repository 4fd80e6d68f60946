import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowControlDefaults } from '#api/flow-control-defaults.ts';
import type { Clock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import { parseRequest } from '../request.ts';
import { StateCache } from '../resources/state-cache.ts';
import { FlowControl, levelsBucket, schemasBucket } from './flow-control.ts';

test('seats that are left in a turn of the event loop do not let the next ones go on in it', async t => {
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
  for (const object of flowControlDefaults) {
    const bucket = cache.bucket(object.kind === 'FlowSchema' ? schemasBucket : levelsBucket);
    bucket.load(cache.codec.entry(object.metadata.name!, 1, cache.codec.encode(structuredClone(object))));
  }
  const flowControl = new FlowControl({ cache, clock, serverSeats: 40 });
  t.after(() => flowControl[Symbol.dispose]());
  const info = parseRequest('DELETE', '/api/v1/namespaces/default/pods/a', new URLSearchParams());
  const flow = flowControl.flowOf({ name: 'controller', groups: ['system:authenticated'] }, info);
  let served = 0;
  const request = async () => {
    const seat = await flowControl.enter(flow, { seats: 1 }, () => new AbortController().signal);
    nowMs += 0.3;
    served++;
    seat[Symbol.dispose]();
  };
  const all = Array.from({ length: 40 }, request);
  const turns: number[] = [];
  for (let before = 0; served < 40 && turns.length < 40; before = served) {
    await new Promise(resolve => setImmediate(resolve));
    turns.push(served - before);
    for (const fn of due.splice(0)) fn();
  }
  await Promise.all(all);
  assert.ok(Math.max(...turns) <= 14, `served by turn: ${turns.join()}`);
});
