import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyMergePatch, sameJson, threeWayJsonMergePatch } from './merge.ts';

test('a three-way patch deletes what was applied before and keeps what others set', () => {
  const original = { spec: { a: 1, gone: 2, list: [1] } };
  const modified = { spec: { a: 3, list: [2] } };
  const current = { spec: { a: 1, gone: 2, list: [1], other: true }, status: {} };
  const patch = threeWayJsonMergePatch(original, modified, current);
  assert.deepEqual(patch, { spec: { a: 3, gone: null, list: [2] } });
  assert.deepEqual(applyMergePatch(current, patch), { spec: { a: 3, list: [2], other: true }, status: {} });
});

test('without changes there is nothing to send', () => {
  const object = { a: { b: [1, { c: 2 }] } };
  assert.deepEqual(threeWayJsonMergePatch(object, object, { ...object, extra: 1 }), {});
});

test('a patch brings an object to what was asked', () => {
  const value = fc.dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.oneof(
      fc.integer(),
      fc.array(fc.integer(), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('x', 'y'), fc.integer()),
    ),
  );
  fc.assert(
    fc.property(value, value, (before, after) => {
      const patch = threeWayJsonMergePatch(before, after, before);
      assert.ok(sameJson(applyMergePatch(before, patch), after));
    }),
  );
});
