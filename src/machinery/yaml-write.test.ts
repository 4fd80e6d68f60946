import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { goFloat } from './go-json.ts';
import { parseYamlDocuments } from './yaml.ts';
import { naturalOrder, toYaml } from './yaml-write.ts';

test('scalars are quoted where YAML 1.1 would read them as something else', () => {
  const cases: [unknown, string][] = [
    ['yes', '"yes"'],
    ['n', '"n"'],
    ['1', '"1"'],
    ['1e3', '"1e3"'],
    ['0x1f', '"0x1f"'],
    ['1:30', '"1:30"'],
    ['2020-01-01', '"2020-01-01"'],
    ['~', '"~"'],
    ['', '""'],
    ['a: b', "'a: b'"],
    ['- a', "'- a'"],
    ['#x', "'#x'"],
    [' a', "' a'"],
    ['tab\tx', '"tab\\tx"'],
    ['é', 'é'],
    ['x\u0001', '"x\\x01"'],
    ['a]', 'a]'],
    [':a', ':a'],
    [1.5, '1.5'],
    [null, 'null'],
    [true, 'true'],
    ['a\nb', '|-\n  a\n  b'],
    ['a\n', '|\n  a'],
    ['\n', '|2+\n'],
    ['  a\nb', '|2-\n    a\n  b'],
    ['a\nb ', '"a\\nb "'],
    ['a\tb\nc', '"a\\tb\\nc"'],
    ['😀', '"\\U0001F600"'],
  ];
  for (const [value, text] of cases)
    assert.equal(toYaml({ k: value }), `k: ${text}\n`, JSON.stringify(value));
});

test('lists stand at the column of their key, and empty collections on its line', () => {
  const value = { b: [{ x: 1, y: [] }, [1, [2]]], a: {} };
  assert.equal(toYaml(value), 'a: {}\nb:\n- x: 1\n  "y": []\n- - 1\n  - - 2\n');
});

test('long text folds behind column 80', () => {
  const text = `${'word '.repeat(20)}end`;
  const lines = toYaml({ message: text }).trimEnd().split('\n');
  assert.equal(lines.length, 2);
  assert.equal(lines[1]!.slice(0, 2), '  ');
  assert.equal(parse(toYaml({ message: text })).message, text);
});

test('keys are in natural order', () => {
  assert.deepEqual(['a10', 'a2', 'B', '1', 'a'].sort(naturalOrder), ['1', 'B', 'a', 'a2', 'a10']);
});

test('numbers are written as Go writes a float64', () => {
  assert.deepEqual([1e6, 0.00001, 1.5, 123456789].map(goFloat), ['1000000', '1e-05', '1.5', '123456789']);
});

test('what is written reads back the same', () => {
  const text = fc.string({
    unit: fc.constantFrom(...'ab1 -:#\'"\n\t,[]{}!&*%@`|>?~.é'.split('')),
    maxLength: 12,
  });
  const leaf = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null));
  const { tree } = fc.letrec(tie => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), tie('tree'), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    ),
  }));
  fc.assert(
    fc.property(tree, value => {
      assert.deepEqual(parseYamlDocuments(toYaml({ k: value })), [{ k: value }]);
    }),
    { numRuns: 500 },
  );
});
