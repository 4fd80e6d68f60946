import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ambiguity, ambiguityOf } from './ambiguity.ts';
import { regExpLiterals } from './regexp-literals.ts';

const known: readonly (readonly [RegExp, Ambiguity])[] = [
  [/^a+b+$/, 'none'],
  [/^(?:\.[a-z]+)*$/, 'none'],
  [/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/, 'none'],
  [/^(?:[a-z]{4})*(?:[a-z]{2}=|[a-z]{4})$/, 'none'],
  [/^(?:[a-z]{2,4})*$/, 'exponential'],
  [/^(?:[a-z]{1,3}-)*$/, 'none'],
  [/^\/(?:\.{1,2}(?:\/+|$))*$/, 'none'],
  [/^(?:a+)+$/, 'exponential'],
  [/^(?:a*)*$/, 'exponential'],
  [/^(?:a|b|a)*$/, 'exponential'],
  [/^(?:\w|\d)*$/, 'exponential'],
  [/^(?:\w|-)*$/, 'none'],
  [/^(?:"[^"]*"|[^">]+)*>/, 'exponential'],
  [/^(?:(?=a)a|\bb)*$/, 'none'],
  [/^\s*\s*$/, 'polynomial'],
  [/^\d+\.?\d*$/, 'polynomial'],
  [/^\d+(?:\.\d*)?$/, 'none'],
  [/^.*:.*$/, 'polynomial'],
  [/^(?<name>[^:]*):[\s\S]*$/u, 'none'],
];
for (const [pattern, ambiguity] of known) {
  test(`${pattern} has ${ambiguity}`, () =>
    assert.equal(ambiguityOf(pattern.source, pattern.flags), ambiguity));
}

test('regular expressions are told from quotients, strings, comments and templates', () => {
  const source = [
    'const half = (a + b) / 2 / c[0] / 1; // no /pattern/',
    "const text = '/no/'; /* nor /this/ */",
    'const one = `/no/ #{/[/]yes\\//g.exec(`#{"}"}`) ?? x / 2} /no/`;',
    'if (/=two/.test(text)) return /three/u;',
  ]
    .join('\n')
    .replaceAll('#{', '${');
  assert.deepEqual(regExpLiterals(source), [
    { text: '/[/]yes\\//g', line: 3 },
    { text: '/=two/', line: 4 },
    { text: '/three/u', line: 4 },
  ]);
});
