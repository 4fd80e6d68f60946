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

const printed = (template: string, allowMissing = true) => {
  try {
    return parseJsonPath(template, allowMissing).print({
      ...data,
      none: null,
      five: [1, 2, 3, 4, 5],
      half: [1.5],
    });
  } catch (error) {
    assert.ok(error instanceof CliError, String(error));
    return `error: ${error.message}`;
  }
};

test('a range goes through what its path finds, and a list is one thing', () => {
  const cases: [string, string][] = [
    ['{range .items}{[*].metadata.name}{end}', 'a b'],
    ['{range .five}x{end}', 'x'],
    ['{range .five[*]}{@},{end}!', '1,2,3,4,5,!'],
    ['{range .missing}{.x}{end}after', 'after'],
    ['{range .items[*]}{range .list[*]}{@}{end};{end}', 'pqr;;'],
    ['{end}', 'error: not in range, nothing to end'],
    ['{items}', 'error: unrecognized identifier items'],
  ];
  for (const [template, text] of cases) assert.equal(printed(template), text, template);
});

test('indices and slices are taken as written, and beyond a list there is nothing to take', () => {
  const cases: [string, string][] = [
    ['{.five[]}', '1'],
    ['{.five[::2]}', '1 3 5'],
    ['{.five[1:4:2]}', '2 4'],
    ['{.five[-2:]}', '4 5'],
    ['{.five[0, 2]}', '1 3'],
    ['{.five[2:2]}', ''],
    ['{.five[7]}', 'error: array index out of bounds: index 7, length 5'],
    ['{.five[-9]}', 'error: array index out of bounds: index -4, length 5'],
    ['{.five[3:1]}', 'error: starting index 3 is greater than ending index 1'],
    ['{.five[0:5:0]}', 'error: step must be > 0'],
    ['{.five[ 0 ]}', 'error: invalid array index  0 '],
    ['{.five["x"]}', 'error: invalid array index "x"'],
    ['{.kind[0]}', 'error: string is not array or slice'],
    ['{.none[0]}', ''],
    ['{.five[0', 'error: unterminated array'],
  ];
  for (const [template, text] of cases) assert.equal(printed(template), text, template);
});

test('filters compare scalars of one kind', () => {
  const cases: [string, string][] = [
    ['{.five[?(@>3)]}', '4 5'],
    ['{.five[?(@<=2)]}', '1 2'],
    ['{.five[?(@!=3)]}', '1 2 4 5'],
    ['{.items[?(@.list[1])].n}', '1 2'],
    ['{.items[?(@.missing)].n}', ''],
    ['{.items[?(@.n=="1")].n}', 'error: incompatible types for comparison'],
    ['{.half[?(@>1)]}', 'error: incompatible types for comparison'],
    ['{.items[?(@.metadata=="a")].n}', 'error: invalid type for comparison'],
    ['{.items[?(@.n=1)].n}', 'error: unrecognized filter operator ='],
    ['{.kind[?(@.n)]}', 'error: List is not array or slice and cannot be filtered'],
    ['{.items[?(@.n=="1]}', 'error: unterminated filter'],
    ['{.items[?(@.n)}', 'error: unclosed array expect ]'],
  ];
  for (const [template, text] of cases) assert.equal(printed(template), text, template);
});

test('texts, names and characters are read as client-go reads them', () => {
  const cases: [string, string][] = [
    ['{"\\u00e9\\x41\\101\\""}', 'éAA"'],
    ['{"\\q"}', 'error: unquote string "\\q" error invalid syntax'],
    ['{"a}', 'error: unterminated quoted string'],
    ['{.none}', 'null'],
    ['{.kind.}', ''],
    ['{..metadata.}', ''],
    ['{....x}', 'error: invalid multiple recursive descent'],
    ['{#}', "error: unrecognized character in action: U+0023 '#'"],
    ['{.kind', 'error: unclosed action'],
    ['{-}', 'error: cannot parse number -'],
    ['{true}{1.5}', 'true1.5'],
  ];
  for (const [template, text] of cases) assert.equal(printed(template), text, template);
  assert.equal(printed('{.items[*].metadata.labels.x}', false), 'error: x is not found');
  assert.equal(printed('{..name}', false), 'a b');
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
