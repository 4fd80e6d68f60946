import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CliError } from '../errors.ts';
import { parseJsonPath, relaxedExpression } from './jsonpath.ts';

const data = {
  kind: 'List',
  items: [
    { metadata: { name: 'a', labels: { 'x.y/z': 'l' } }, n: 1, list: ['p', 'q', 'r'] },
    { metadata: { name: 'b' }, n: 2, list: [] },
  ],
};

test('paths print as kubectl prints them', () => {
  const cases: [string, string][] = [
    ['{.kind}', 'List'],
    ['{.items[*].metadata.name}', 'a b'],
    ['{.items[0].metadata}', '{"labels":{"x.y/z":"l"},"name":"a"}'],
    ['{.items[-1].metadata.name}', 'b'],
    ['{.items[0].list[1:]}', 'q r'],
    ['{.items[0].list[0:2]}', 'p q'],
    ["{.items[0].metadata.labels['x\\.y/z']}", 'l'],
    ['{.items[0].metadata.labels.x\\.y/z}', 'l'],
    ['{.items[?(@.n==2)].metadata.name}', 'b'],
    ['{.items[?(@.metadata.name=="a")].n}', '1'],
    ['{.items[?(@.n>1)].n}', '2'],
    ['{..name}', 'a b'],
    ["{.items[0]['n','list']}", '1 ["p","q","r"]'],
    ['{range .items[*]}{.metadata.name}{"\\t"}{.n}{"\\n"}{end}', 'a\t1\nb\t2\n'],
    ['text {.kind} more', 'text List more'],
    ['{.missing}', ''],
  ];
  for (const [template, text] of cases) assert.equal(parseJsonPath(template).print(data), text, template);
});

test('a missing key is an error where it is not allowed', () => {
  assert.throws(() => parseJsonPath('{.missing}', false).print(data), /missing is not found/);
});

test('column expressions may leave braces and the dot out', () => {
  for (const text of ['metadata.name', '.metadata.name', '{.metadata.name}', '{metadata.name}'])
    assert.equal(relaxedExpression(text), '{.metadata.name}');
});

test('malformed templates fail with a message, never otherwise', () => {
  const text = fc.string({ unit: fc.constantFrom(...'{}[].*@?()="\'ab1,:$ \\'.split('')), maxLength: 20 });
  fc.assert(
    fc.property(text, template => {
      try {
        parseJsonPath(template).print(data);
      } catch (error) {
        assert.ok(error instanceof CliError, `${template}: ${String(error)}`);
      }
    }),
    { numRuns: 2000 },
  );
});
