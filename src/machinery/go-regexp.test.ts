import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GoRegexpError, compileGoRegexp } from './go-regexp.ts';

test('patterns match what they match in Go', () => {
  const cases: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
    ['^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$', '* * * * */5', true],
    ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', 'a-b', true],
    ['^[\\w-.]+$', 'a-b.c', true],
    ['^\\_\\:\\"\\-$', '_:"-', true],
    ['^[]a]+$', ']a', true],
    ['^[^]a]+$', 'b', true],
    ['^(?i)abc|d$', 'ABC', true],
    ['(?i:a)b', 'AB', false],
    ['^(?P<name>x)$', 'x', true],
    ['\\Aab\\z', 'ab', true],
    ['\\Aab\\z', 'ab\n', false],
    ['^[[:alpha:]]+$', 'abC', true],
    ['^[[:^alpha:]]+$', '12é', true],
    ['^\\Qa.b\\E$', 'a.b', true],
    ['^\\Qa.b\\E$', 'axb', false],
    ['^\\pL+$', 'éa', true],
    ['^\\p{Greek}$', 'λ', true],
    ['^a{,2}$', 'a{,2}', true],
    ['^{"a":}$', '{"a":}', true],
    ['^.$', '\r', true],
    ['^.$', '\n', false],
    ['(?s)^.$', '\n', true],
    ['^\\x41\\x{42}\\103$', 'ABC', true],
    ['^\\s$', '\u00a0', false],
    ['^[\\s]$', '\u00a0', false],
    ['^(a|b)*?c$', 'abac', true],
    ['^$|^a$', '', true],
    ['^[+-]$', '-', true],
    ['^[a\\-z]$', 'b', false],
  ];
  for (const [pattern, text, matches] of cases) {
    assert.equal(compileGoRegexp(pattern).test(text), matches, `${pattern} on ${JSON.stringify(text)}`);
  }
});

test('what Go refuses is refused in its words', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['a**', 'invalid nested repetition operator: `**`'],
    ['(?=a)', 'invalid or unsupported Perl syntax: `(?=`'],
    ['*a', 'missing argument to repetition operator: `*`'],
    ['(a', 'missing closing ): `(a`'],
    ['a)', 'unexpected ): `a)`'],
    ['[a', 'missing closing ]: `[a`'],
    ['\\y', 'invalid escape sequence: `\\y`'],
    ['a\\', 'trailing backslash at end of expression'],
    ['[z-a]', 'invalid character class range: `z-a`'],
    ['a{1001}', 'invalid repeat count: `{1001}`'],
  ];
  for (const [pattern, message] of cases) {
    assert.throws(() => compileGoRegexp(pattern), { message: `error parsing regexp: ${message}` }, pattern);
  }
});

test('no text holds a match up', () => {
  assert.equal(compileGoRegexp('^(a+)+$').test(`${'a'.repeat(5000)}b`), false);
});

test('any text is compiled or refused', () => {
  const text = fc.string({
    unit: fc.constantFrom(...'ab01()[]{}\\^$.|*+?-,:<>P=!iQEpLxd λ'.split('')),
    maxLength: 16,
  });
  fc.assert(
    fc.property(text, pattern => {
      try {
        compileGoRegexp(pattern);
      } catch (error) {
        assert.ok(error instanceof GoRegexpError, `${pattern}: ${String(error)}`);
      }
    }),
    { numRuns: 3000 },
  );
});
