import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldError } from './field.ts';
import { goQuote } from './go-json.ts';

test('strings are quoted as %q quotes them', () => {
  assert.equal(goQuote('it\'s "é😀"\\'), '"it\'s \\"é😀\\"\\\\"');
  assert.equal(goQuote('\0\u0007\b\t\n\v\f\r\x1b\x7f'), '"\\x00\\a\\b\\t\\n\\v\\f\\r\\x1b\\x7f"');
  assert.equal(goQuote('a b\u00a0\u200b\u2028\u{e0001}'), '"a b\\u00a0\\u200b\\u2028\\U000e0001"');
  assert.equal(goQuote('\ud800'), '"\ufffd"');
});

test('errors show strings quoted, and all else as JSON that may stand in HTML', () => {
  const shown = (value: unknown) => fieldError.duplicate('a', value).message;
  assert.equal(shown('<\x01>'), 'Duplicate value: "<\\x01>"');
  assert.equal(shown({ a: '<\x01>' }), 'Duplicate value: {"a":"\\u003c\\u0001\\u003e"}');
  assert.equal(shown(['a&b']), 'Duplicate value: ["a\\u0026b"]');
});
