import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareStrings, utf8Length } from './bytes.ts';
import * as names from './names.ts';

test('valid names give no errors', () => {
  const valid: [names.NameCheck, string[]][] = [
    [names.checkDns1123Label, ['a', 'ab', 'a1', 'a--1', '0', 'x'.repeat(63)]],
    [names.checkDns1123Subdomain, ['a', 'a.b.c', 'a--1.b', '0.0', 'x'.repeat(63)]],
    [names.checkDns1035Label, ['a', 'abc-123', 'x'.repeat(63)]],
    [
      names.checkQualifiedName,
      ['simple', 'now-with-dashes', '1.2.3.4', 'example.com/Name_1', 'x'.repeat(63)],
    ],
    [names.checkLabelValue, ['', 'simple', '1234', 'under_score', 'A.b-c']],
    [names.checkPathSegment, ['', 'a:b', 'system:node', '...', 'ü']],
    [names.checkPortName, ['http', 'a-1', '80-80x']],
    [names.checkEnvVarName, ['_', 'my.env-name', 'MY_ENV']],
    [names.checkRelaxedEnvVarName, ['1a', 'a b', ':']],
    [names.checkConfigMapKey, ['.a', 'a..b', 'good-key']],
    [names.checkPercent, ['0%', '100%', '1000%']],
    [names.checkWildcardDns1123Subdomain, ['*.bar.com']],
    [names.checkDomainPrefixedPath, ['acme.io/foo', 'a/b/c%20']],
    [names.checkDomainPrefixedKey, ['acme.io/foo']],
    [names.checkFullyQualifiedName, ['a.b.c']],
  ];
  for (const [check, values] of valid) {
    for (const value of values) assert.deepEqual(check(value), [], `${check.name} ${value}`);
  }
});

test("invalid names give upstream's sentences", () => {
  assert.deepEqual(names.checkDns1123Label('A'), [
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ]);
  assert.deepEqual(names.checkDns1123Label('a.b'), ['must not contain dots']);
  assert.deepEqual(names.checkDns1123Label('x'.repeat(64)), ['must be no more than 63 characters']);
  assert.deepEqual(names.checkDns1123Subdomain('a_b'), [
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ]);
  assert.deepEqual(names.checkQualifiedName('/a'), ['prefix part must be non-empty']);
  assert.deepEqual(names.checkQualifiedName('x'.repeat(64)), ['name part must be no more than 63 bytes']);
  assert.equal(names.checkQualifiedName('').length, 2);
  assert.match(names.checkQualifiedName('a/b/c')[0]!, /^a valid label key must consist of/);
  assert.deepEqual(names.checkLabelValue('-a'), [
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  ]);
  assert.deepEqual(names.checkPathSegment('..'), ["may not be '..'"]);
  assert.deepEqual(names.checkPathSegment('a/%'), ["may not contain '/'", "may not contain '%'"]);
  assert.deepEqual(names.checkPortName('-8--0-'), [
    'must contain at least one letter (a-z)',
    'must not contain consecutive hyphens',
    'must not begin or end with a hyphen',
  ]);
  assert.deepEqual(names.checkPortNumber(0), ['must be between 1 and 65535, inclusive']);
  assert.deepEqual(names.checkConfigMapKey('..'), ["must not be '..'"]);
  assert.deepEqual(names.checkDns1123SubdomainWithUnderscore('a b'), [
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')",
  ]);
  assert.equal(names.checkRelaxedEnvVarName('a=b').length, 1);
  assert.deepEqual(names.checkLabelValue('a\n').length, 1);
});

test('a generateName may end in a dash', () => {
  assert.equal(names.maskTrailingDash('web-'), 'wea');
  assert.equal(names.maskTrailingDash('-'), '-');
  assert.equal(names.maskTrailingDash('é-'), 'é-');
});

test('checks take any text', () => {
  const checks = Object.values(names).filter(
    (value): value is names.NameCheck => typeof value === 'function' && value.name.startsWith('check'),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      for (const check of checks) assert.ok(Array.isArray(check(text)));
    }),
  );
});

test('lengths and order are those of UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      assert.equal(utf8Length(a), new TextEncoder().encode(a).length);
      assert.equal(Math.sign(compareStrings(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});
