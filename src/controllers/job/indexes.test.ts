import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { firstFreeIndexes, formatIndexes, parseIndexes } from './indexes.ts';

test('indexes are written as upstream writes them', () => {
  assert.equal(formatIndexes(new Set([0, 2, 3, 4, 7, 8, 10])), '0,2-4,7,8,10');
  assert.equal(formatIndexes(new Set()), '');
});

test('what is written reads back, and junk is nothing', () => {
  const sets = fc.uniqueArray(fc.nat(200));
  fc.assert(
    fc.property(sets, indexes => {
      const set = new Set(indexes);
      assert.deepEqual(parseIndexes(formatIndexes(set), 1000), new Set([...set].sort((a, b) => a - b)));
    }),
  );
  fc.assert(fc.property(fc.string(), text => parseIndexes(text, 10).size <= 10));
  assert.deepEqual(parseIndexes('0,x,3-4,-1,2-99999999999', 5), new Set([0, 3, 4, 2]));
});

test('the lowest free indexes come first', () => {
  assert.deepEqual(firstFreeIndexes(3, 6, [new Set([0]), new Set([2])]), [1, 3, 4]);
  assert.deepEqual(firstFreeIndexes(3, 2, [new Set([0])]), [1]);
});
