import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DecodeError } from './decode-error.ts';
import { decodeJson } from './json-decode.ts';
import { parseExactJson } from './json-parse.ts';
import type { ObjectSchema } from './schema.ts';
import { toYaml } from './yaml-write.ts';
import { decodeYaml } from './yaml.ts';

const exact = [
  '9007199254740993',
  '-9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
  '123456789012345678',
];

test('whole numbers keep their digits through JSON', () => {
  for (const digits of exact) {
    const text = `{"a":[${digits}],"b":{"c":${digits}},"d":"${digits}"}`;
    assert.equal(JSON.stringify(parseExactJson(text)), text);
    assert.equal(JSON.stringify(structuredClone(parseExactJson(text))), text);
  }
});

test('other numbers are what they always were', () => {
  const text = '[1,0.5,1e300,9007199254740991,1234567890123456.5,99999999999999999999,1e16]';
  assert.deepEqual(parseExactJson(text), JSON.parse(text));
});

const anything: ObjectSchema = {
  type: 'object',
  name: 'x',
  preserveUnknownFields: true,
  fields: new Map([['n', { name: 'n', schema: { type: 'integer', format: 'int64' } }]]),
};
const native: ObjectSchema = {
  ...anything,
  preserveUnknownFields: false,
  native: true,
  fields: new Map([
    ['n', { name: 'n', schema: { type: 'integer', format: 'int64' }, omitEmpty: true }],
    ['q', { name: 'q', schema: { type: 'quantity' }, omitEmpty: true, pointer: true }],
  ]),
};

test('custom resources keep them, in JSON and YAML', () => {
  for (const digits of exact) {
    const text = `{"n":${digits},"other":[${digits}]}`;
    const { object } = decodeJson(text, anything);
    assert.equal(JSON.stringify(object), text);
    assert.equal(JSON.stringify(decodeYaml(toYaml(object), anything).object), text);
  }
});

test('a native field refuses what it cannot hold, and quantities take every digit', () => {
  assert.throws(
    () => decodeJson('{"n":9007199254740993}', native),
    (error: unknown) =>
      error instanceof DecodeError &&
      error.message ===
        'json: cannot unmarshal number 9007199254740993 into Go struct field x.n of type int64',
  );
  assert.deepEqual(decodeJson('{"q":9007199254740993}', native).object, { q: '9007199254740993' });
});

test('half a character of UTF-16 becomes the replacement character, as in Go', () => {
  const text = String.raw`{"a\udc00":["x\ud800y","\ud83d\ude00"],"__proto__":"\uD83D"}`;
  const value = parseExactJson(text) as Record<string, unknown>;
  assert.deepEqual(Object.entries(value), [
    ['a\ufffd', ['x\ufffdy', '\u{1f600}']],
    ['__proto__', '\ufffd'],
  ]);
});
