import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slowStart } from './batch.ts';

test('batches double until all is made', async () => {
  const made: number[] = [];
  const result = await slowStart(10, async i => {
    made.push(i);
  });
  assert.deepEqual(made, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.deepEqual(result, { succeeded: 10, error: undefined });
});

test('a request that cannot succeed is not made over and over', async () => {
  let calls = 0;
  const result = await slowStart(1000, async () => {
    calls++;
    throw new Error('quota');
  });
  assert.equal(calls, 1);
  assert.equal(result.succeeded, 0);
  assert.match(String(result.error), /quota/);
});

test('the batch with the failure runs to its end, and no further one starts', async () => {
  let calls = 0;
  const result = await slowStart(20, async i => {
    calls++;
    if (i === 4) throw new Error('no');
  });
  assert.equal(calls, 7);
  assert.equal(result.succeeded, 6);
});
