import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { atOnce } from '#base/steps.ts';
import './json-parse.ts';
import { frozenJson, memberJson, quoteJson } from './json-text.ts';

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

test('a text that is written in steps is the same, and what it says does not change any more', () => {
  const part = fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, 2n ** 60n));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.oneof(part, fc.array(part))), value => {
      const text = JSON.stringify(value);
      assert.equal(atOnce(frozenJson(value)), text);
      for (const each of Object.values(value)) assert.ok(typeof each !== 'object' || Object.isFrozen(each));
    }),
  );
});

test('a large one stops many times', () => {
  let stops = 0;
  for (const steps = frozenJson(Array(10_000).fill({ a: [1] })); !steps.next().done; ) stops++;
  assert.ok(stops > 5, String(stops));
});
