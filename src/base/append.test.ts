import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append } from './append.ts';

test('a list longer than a stack is deep', () => {
  const all = [0];
  append(
    all,
    Array.from({ length: 500_000 }, (_, i) => i),
    [1],
  );
  assert.deepEqual([all.length, all.at(-1)], [500_002, 1]);
});
