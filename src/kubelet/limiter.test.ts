import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Limiter } from './limiter.ts';

test('at most so many tasks run at once, the others in their order', async () => {
  const limiter = new Limiter(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const tasks = [0, 1, 2, 3].map(i =>
    limiter.run(() => {
      begun.push(i);
      return new Promise<void>(resolve => ends.push(resolve));
    }),
  );
  assert.deepEqual(begun, [0, 1]);
  assert.equal(limiter.pending, 4);
  ends[1]!();
  await tasks[1];
  assert.deepEqual(begun, [0, 1, 2]);
  ends[0]!();
  await tasks[0];
  ends[2]!();
  ends[3]!();
  await Promise.all(tasks);
  assert.equal(limiter.pending, 0);
});

test('a task begins in a later turn where this one is spent, and keeps its place meanwhile', async () => {
  let turn = Promise.withResolvers<void>();
  const limiter = new Limiter(2, () => turn.promise);
  const begun: number[] = [];
  const tasks = [0, 1, 2].map(i => limiter.run(async () => void begun.push(i)));
  await Promise.resolve();
  assert.deepEqual(begun, []);
  const first = turn;
  turn = Promise.withResolvers();
  first.resolve();
  await Promise.all(tasks.slice(0, 2));
  assert.deepEqual(begun, [0, 1]);
  turn.resolve();
  await tasks[2];
  assert.deepEqual(begun, [0, 1, 2]);
});
