import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Steps, atOnce, inSteps } from './steps.ts';

function* count(log: string[], to: number): Steps<number> {
  for (let i = 1; i <= to; i++) {
    log.push(`piece ${i}`);
    yield;
  }
  return to;
}

test('work in steps lets others go first where it is asked to', async () => {
  const log: string[] = [];
  const breathe = () =>
    log.length === 2 ? Promise.resolve().then(() => void log.push('others')) : undefined;
  assert.equal(await inSteps(count(log, 3), breathe), 3);
  assert.deepEqual(log, ['piece 1', 'piece 2', 'others', 'piece 3']);
});

test('work at once answers the same', () => {
  assert.equal(atOnce(count([], 3)), 3);
});
