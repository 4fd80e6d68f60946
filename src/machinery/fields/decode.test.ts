import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { deepEqual } from '#base/equal.ts';
import { DecodeError } from '../decode-error.ts';
import { decodeFieldSet } from './decode.ts';
import { pathText } from './element.ts';
import { setOf } from './field-set.ts';

describe('decodeFieldSet', () => {
  it('reads what sets are written as', () => {
    const set = setOf(['f:a'], ['f:a', 'v:1'], ['f:b', 'k:{"name":"x"}', 'f:name']);
    assert.deepEqual(decodeFieldSet(JSON.parse(JSON.stringify(set))), set);
  });

  const readings: readonly [string, unknown, unknown][] = [
    ['nothing', {}, {}],
    ['null', null, {}],
    ['keys in any order', { 'k:{"b":1,"a":2}': {} }, { 'k:{"a":2,"b":1}': {} }],
    ['elements in any order', { 'f:b': {}, 'f:a': {} }, { 'f:a': {}, 'f:b': {} }],
    ['a member that says so twice', { 'f:a': { '.': {} } }, { 'f:a': {} }],
    ['a root that says it is one', { '.': {}, 'f:a': {} }, { 'f:a': {} }],
    ['elements of kinds to come', { 'x:new': { 'f:a': {} }, 'f:a': {} }, { 'f:a': {} }],
    ['null for a member', { 'f:a': null }, { 'f:a': {} }],
    ['spaces in values', { 'v: "a" ': {} }, { 'v:"a"': {} }],
    ['what follows a value', { 'v:"a" {"b":1}': {} }, { 'v:"a"': {} }],
    ['what follows keys', { 'k:{"uid":"a"} {"b":1}': {} }, { 'k:{"uid":"a"}': {} }],
    [
      'integers of 64 bits, in their order',
      {
        'k:{"id":9007199254740993}': {},
        'k:{"id":9007199254740992}': {},
        'v:9223372036854775807': {},
        'v:-9223372036854775808': {},
        'v:9223372036854775806': {},
      },
      {
        'k:{"id":9007199254740992}': {},
        'k:{"id":9007199254740993}': {},
        'v:-9223372036854775808': {},
        'v:9223372036854775806': {},
        'v:9223372036854775807': {},
      },
    ],
    ['a field called __proto__', { 'f:__proto__': {} }, { 'f:__proto__': {} }],
  ];
  for (const [what, given, wanted] of readings) {
    it(`takes ${what}`, () => {
      const set = decodeFieldSet(given);
      assert.deepEqual(set, wanted);
      assert.deepEqual(Object.keys(set), Object.keys(wanted as object));
    });
  }

  const refused: readonly [string, unknown][] = [
    ['a list', []],
    ['text', { 'f:a': 'b' }],
    ['an element without a kind', { a: {} }],
    ['an element without a colon', { name: {} }],
    ['keys that are no object', { 'k:1': {} }],
    ['keys that are no JSON', { 'k:{': {} }],
    ['a value that is no JSON', { 'v:x': {} }],
    ['an index that is no number', { 'i:x': {} }],
  ];
  for (const [what, given] of refused) {
    it(`refuses ${what}`, () => assert.throws(() => decodeFieldSet(given), DecodeError));
  }

  it('refuses what nests too deep', () => {
    let deep: unknown = {};
    for (let i = 0; i < 5000; i++) deep = { 'f:a': deep };
    assert.throws(() => decodeFieldSet(deep), DecodeError);
  });

  it('reads anything into a set that it reads as the same, or refuses it', () => {
    const key = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom('.', 'f:a', 'f:__proto__', 'k:{"name":"a"}', 'v:1', 'i:0', 'i:-1'),
      fc.json({ maxDepth: 1 }).map(json => `k:${json}`),
      fc.json({ maxDepth: 1 }).map(json => `v:${json}`),
    );
    const { tree } = fc.letrec(tie => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.constant({}),
        fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
        fc.jsonValue(),
      ),
    }));
    fc.assert(
      fc.property(tree, given => {
        let set: unknown;
        try {
          set = decodeFieldSet(given);
        } catch (error) {
          assert.ok(error instanceof DecodeError);
          return;
        }
        assert.ok(deepEqual(decodeFieldSet(JSON.parse(JSON.stringify(set))), set));
      }),
      { numRuns: 500 },
    );
  });
});

describe('pathText', () => {
  it('shows every digit of a key and of a value', () => {
    const path = ['f:a', 'k:{"id":9007199254740993}', 'v:-9223372036854775808'];
    assert.equal(pathText(path), '.a[id=9007199254740993][=-9223372036854775808]');
  });
});
