import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundWarnings } from './warnings.ts';

test('warnings that fit are whole', () => {
  const warnings = ['a'.repeat(4000), 'b'.repeat(96)];
  assert.deepEqual(boundWarnings(warnings), warnings);
});

test('more than fit are cut, and those past the bound are left out', () => {
  const warnings = Array.from({ length: 20 }, (_, i) => `${i}é`.repeat(200));
  const bound = boundWarnings(warnings);
  assert.ok(bound.every(text => [...text].length === 256));
  assert.equal(bound.length, 16);
});
