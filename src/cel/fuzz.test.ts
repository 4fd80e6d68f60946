import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compile } from './compile.ts';
import { dynDeclaration } from './declare.ts';
import { resolveFieldPath, FieldPathError } from './field-path.ts';
import { declareSchema } from './structural.ts';
import { testEnvironment } from './testing.ts';
import { isError } from './values.ts';

const limit = 10_000;
const self = { a: [1, 2, 3], s: 'text', m: { k: 'v' }, n: 1.5, o: { i: 1 } };
const declared = declareSchema(
  {
    type: 'object',
    properties: {
      a: { type: 'array', maxItems: 5, items: { type: 'integer' } },
      s: { type: 'string', maxLength: 10 },
      m: { type: 'object', maxProperties: 5, additionalProperties: { type: 'string', maxLength: 5 } },
      n: { type: 'number' },
      o: { type: 'object', properties: { i: { type: 'integer' } } },
    },
  },
  false,
)!;
const environment = testEnvironment.with({ self: declared, object: dynDeclaration });

/** Any text gives a program or issues; any program ends within its limit, and never throws. */
function tryOut(text: string): void {
  const { program, issues } = compile(text, environment);
  if (!program) {
    assert.ok(issues.length > 0, text);
    return;
  }
  const { value, cost } = program.evaluate({ self, object: self }, limit);
  assert.notEqual(value, undefined, text);
  assert.ok(cost <= limit || isError(value), text);
  assert.ok(program.estimate.max >= program.estimate.min, text);
}

test('no text makes the parser crash', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), tryOut), { numRuns: 300 });
});

const words = fc.constantFrom(
  ...'self object a s m n o i x y true false null in 1 2u 1.5 "t" b"z" [ ] { } ( ) . , ? : ! - + * / % == != < <= > >= && ||'.split(
    ' ',
  ),
  'has',
  'all',
  'exists',
  'map',
  'filter',
  'size',
  'matches',
  'int',
  'string',
  'type',
  'optional.of',
  'orValue',
  'transformMap',
);

test('no row of tokens makes anything crash', () => {
  fc.assert(
    fc.property(fc.array(words, { maxLength: 25 }), parts => tryOut(parts.join(' '))),
    { numRuns: 1500 },
  );
});

/** Expressions that at least parse, with loops in loops. */
const { expression } = fc.letrec<{ expression: string }>(tie => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      'self.a',
      'self.s',
      'self.m',
      'self.n',
      'self.o.i',
      'object',
      'object.a',
      'object.x',
      'x',
      '1',
      '0',
      '-1',
      "'t'",
      'true',
      '[]',
      '{}',
      '1.5',
      '2u',
      'null',
    ),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('+', '-', '*', '/', '%', '==', '!=', '<', '>=', '&&', '||', 'in'),
        tie('expression'),
      )
      .map(([l, op, r]) => `(${l} ${op} ${r})`),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('all', 'exists', 'exists_one', 'map', 'filter'),
        tie('expression'),
      )
      .map(([l, f, r]) => `${l}.${f}(x, ${r})`),
    fc.tuple(tie('expression'), tie('expression')).map(([l, r]) => `${l}[${r}]`),
    fc.tuple(tie('expression'), tie('expression')).map(([l, r]) => `[${l}, ${r}]`),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([c, l, r]) => `(${c} ? ${l} : ${r})`),
    tie('expression').map(e => `string(${e})`),
    tie('expression').map(e => `dyn(${e})`),
    tie('expression').map(e => `type(${e})`),
    tie('expression').map(e => `(${e}).size()`),
    tie('expression').map(e => `(${e}).?a.orValue(1)`),
    tie('expression').map(e => `!(${e})`),
  ),
}));

test('no expression runs longer than its budget, or throws', () => {
  fc.assert(fc.property(expression, tryOut), { numRuns: 1500 });
});

test('no field path makes the resolver crash', () => {
  const piece = fc.constantFrom('.', '[', ']', "'", '\\', 'a', 'o', 'i', "['k']", '.o.i', '"', ' ');
  const schema = {
    type: 'object',
    properties: { o: { type: 'object', properties: { i: { type: 'integer' } } } },
  };
  const property = fc.property(fc.array(piece, { maxLength: 8 }), parts => {
    try {
      resolveFieldPath(parts.join(''), schema);
    } catch (error) {
      assert.ok(error instanceof FieldPathError);
    }
  });
  fc.assert(property, { numRuns: 500 });
});
