import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './settle.ts';

const failed = (error: unknown) => `failed: ${(error as Error).message}`;

test('what comes at once is dealt with at once', () => {
  assert.equal(
    settle(
      () => 1,
      value => `got ${value}`,
      failed,
    ),
    'got 1',
  );
  const throws = () => {
    throw new Error('no');
  };
  assert.equal(
    settle(throws, () => 'got it', failed),
    'failed: no',
  );
});

test('what comes later is dealt with then', async () => {
  const later = settle(
    async () => 1,
    value => `got ${value}`,
    failed,
  );
  assert.ok(later instanceof Promise);
  assert.equal(await later, 'got 1');
  assert.equal(
    await settle(
      () => Promise.reject(new Error('no')),
      () => 'got it',
      failed,
    ),
    'failed: no',
  );
});

test('what goes wrong in dealing with it is not taken for a failure of the work', async () => {
  const breaks = () => {
    throw new Error('broken');
  };
  assert.throws(() => settle(() => 1, breaks, failed), /broken/);
  await assert.rejects(async () => settle(async () => 1, breaks, failed), /broken/);
});
