import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { memberJson, quoteJson } from './json-text.ts';

test('texts are what JSON.stringify writes', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('a"b', '\\', '\u007f', '\ud800'),
  );
  const value = fc.oneof(fc.jsonValue(), text, fc.constant(undefined));
  fc.assert(
    fc.property(text, value, (name, part) => {
      assert.equal(quoteJson(name), JSON.stringify(name));
      const object = JSON.stringify(Object.fromEntries([[name, part]]));
      assert.equal(`{${memberJson(name, part).slice(1)}}`, object);
    }),
  );
});
