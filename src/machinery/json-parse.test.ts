import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJson } from './json-decode.ts';
import { parseExactJson, parseNumberTexts } from './json-parse.ts';
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
    ['i', { name: 'i', schema: { type: 'integer', format: 'int32' }, omitEmpty: true }],
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

test('native fields of 64 bits keep them, others refuse them, and quantities take every digit', () => {
  for (const digits of exact) {
    const text = `{"n":${digits}}`;
    const { object } = decodeJson(text, native);
    assert.equal(JSON.stringify(object), text);
    assert.equal(JSON.stringify(decodeYaml(toYaml(object), native).object), text);
  }
  const refused = [
    ['n', '9223372036854775808', 'int64'],
    ['n', '-9223372036854775809', 'int64'],
    ['n', '123456789012345678901234567890', 'int64'],
    ['i', '9007199254740993', 'int32'],
  ];
  for (const [name, digits, type] of refused) {
    assert.throws(() => decodeJson(`{"${name}":${digits}}`, native), {
      name: 'DecodeError',
      message: `json: cannot unmarshal number ${digits} into Go struct field x.${name} of type ${type}`,
    });
  }
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

test('of repeated members the last counts, whatever it is written as', () => {
  const cases = [
    ['{"a":9007199254740993,"a":9007199254740992}', '{"a":9007199254740992}'],
    ['{"a":9007199254740993,"a":9.007199254740992e15}', '{"a":9007199254740992}'],
    ['{"a":1,"a":9007199254740993}', '{"a":9007199254740993}'],
    ['{"a":9007199254740993,"a":"9007199254740992"}', '{"a":"9007199254740992"}'],
    ['{"a":{"b":9007199254740993},"a":{"c":[9007199254740993]}}', '{"a":{"c":[9007199254740993]}}'],
    ['{"a":[9007199254740993],"a":{"0":9007199254740992}}', '{"a":{"0":9007199254740992}}'],
    ['{"__proto__":9007199254740993,"\\u0061\\"":[{},9007199254740993]}', null],
    ['[[],9007199254740993,{"a":[1,[-9007199254740993]],"b":9007199254740993}]', null],
  ] as const;
  for (const [text, kept] of cases) {
    const shown = kept ?? text.replace(String.raw`\u0061`, 'a');
    assert.equal(JSON.stringify(parseExactJson(text)), shown, text);
  }
  assert.equal(JSON.stringify(parseNumberTexts('{"a":1.0,"a":1,"b":1,"b":1.0}')), '{"a":1,"b":1.0}');
  assert.equal(JSON.stringify(parseNumberTexts('{"a":true,"b":1e0,"b":true}')), '{"a":true,"b":true}');
});
