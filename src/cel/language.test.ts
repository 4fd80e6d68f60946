import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from './compile.ts';
import { dynDeclaration } from './declare.ts';
import { evaluate, testEnvironment } from './testing.ts';
import { typeText } from './types.ts';

type Rows = readonly (readonly [expression: string, result: string])[];

function check(rows: Rows, values: Readonly<Record<string, unknown>> = {}): void {
  for (const [expression, result] of rows) assert.equal(evaluate(expression, values), result, expression);
}

test('integers are 64 bits wide and never wrap', () => {
  check([
    ['9223372036854775807 + 1', 'error: integer overflow'],
    ['-9223372036854775808 - 1', 'error: integer overflow'],
    ['9007199254740993 + 1', '9007199254740994'],
    ['4611686018427387904 * 2', 'error: integer overflow'],
    ['3037000500 * 3037000499', '9223372033963249500'],
    ['-9223372036854775808 / -1', 'error: integer overflow'],
    ['-(-9223372036854775808)', 'error: integer overflow'],
    ['7 / -2', '-3'],
    ['-7 % 3', '-1'],
    ['1 / 0', 'error: division by zero'],
    ['1 % 0', 'error: modulus by zero'],
    ['0u - 1u', 'error: unsigned integer overflow'],
    ['18446744073709551615u + 0u', '18446744073709551615'],
    ['1.0 / 0.0', '+Inf'],
    ['0.0 / 0.0 == 0.0 / 0.0', 'false'],
    ['0 * -1 == 0', 'true'],
  ]);
});

test('numbers compare across types, everything else within one', () => {
  check([
    ['dyn(1) == 1.0 && dyn(1u) == 1', 'true'],
    ['1 < 1.5 && 2u > 1', 'true'],
    ['dyn(9223372036854775807) == 9223372036854775808.0', 'true'],
    ["dyn('1') == 1", 'false'],
    ['dyn(null) == 0', 'false'],
    ["dyn('a') < 1", 'error: no such overload'],
    ['[1, 2] == [1, 2] && [1] != [1, 2]', 'true'],
    ["{'a': [1]} == {'a': [1]}", 'true'],
    ['dyn([1]) == [1.0]', 'true'],
    ["'a' < 'b' && 'Z' < 'a' && '\\uFFFD' < '😀'", 'true'],
    ["b'a' < b'b' && false < true", 'true'],
    ['type(1) == int && type(1u) != int', 'true'],
    ['type([]) == list && type({}) == map && type(type(1)) == type', 'true'],
    ['type(null) == null_type', 'true'],
  ]);
});

test('logic absorbs what fails beside a decisive term', () => {
  check([
    ['1 / 0 > 0 || true', 'true'],
    ['false && 1 / 0 > 0', 'false'],
    ['1 / 0 > 0 && false', 'false'],
    ['1 / 0 > 0 || false', 'error: division by zero'],
    ['true ? 1 : 1 / 0', '1'],
    ['[1, 0, 2].exists(x, 2 / x == 1)', 'true'],
    ['[1, 0].all(x, 1 / x == 2)', 'false'],
    ['[0, 1].all(x, 1 / x == 1)', 'error: division by zero'],
    ["dyn('x') ? 1 : 2", 'error: no such overload'],
  ]);
});

test('macros loop over lists and maps', () => {
  check([
    ['[1, 2, 3].map(x, x * x)', '[1, 4, 9]'],
    ['[1, 2, 3].map(x, x > 1, x * 10)', '[20, 30]'],
    ['[1, 2, 3].filter(x, x % 2 == 1)', '[1, 3]'],
    ['[1, 2, 2].exists_one(x, x == 1) && ![1, 2, 2].exists_one(x, x == 2)', 'true'],
    ["{'a': 1, 'b': 2}.filter(k, k > 'a')", '[b]'],
    ["{'a': 1}.all(k, k == 'a')", 'true'],
    ['[[1], [2, 3]].map(x, x.map(x, x + 1))', '[[2], [3, 4]]'],
    ['[].map(x, 1 / 0)', '[]'],
    ["{'a': 1}.all(k, v, k == 'a' && v == 1)", 'true'],
    ['[5, 6].exists(i, v, i == 1 && v == 6)', 'true'],
    ['[5, 6].transformList(i, v, i > 0, v * i)', '[6]'],
    ["{'a': 1, 'b': 2}.transformMap(k, v, v + 1)", '{a: 2, b: 3}'],
    ["['x', 'y'].transformMapEntry(i, v, {v: i})", '{x: 0, y: 1}'],
    ["['x', 'x'].transformMapEntry(i, v, {v: i})", 'error: insert failed: key x already exists'],
    ['[3, 1, 2].map(x, x)[0]', '3'],
    ['[1, 2].map(x, [x]) + [[3]]', '[[1], [2], [3]]'],
    ["dyn('x').all(x, true)", "error: got 'types.String', expected iterable type"],
  ]);
});

test('a list that a macro made is a value of its own', () => {
  check([
    ['[[1, 2].map(x, x)].map(l, l + [3]) + [[1, 2].map(x, x)]', '[[1, 2, 3], [1, 2]]'],
    ['[1, 2].map(x, x).map(y, [1, 2].map(x, x) + [y])', '[[1, 2, 1], [1, 2, 2]]'],
  ]);
});

test('fields, keys and indices are found or said to be missing', () => {
  const object = { a: { b: [1, 2] }, n: null, __proto__: 1 };
  check(
    [
      ['object.a.b[1]', '2'],
      ["object['a']['b'][0]", '1'],
      ['object.x', 'error: no such key: x'],
      ['object.a.b[2]', 'error: index out of bounds: 2'],
      ['object.a.b[-1]', 'error: index out of bounds: -1'],
      ['object.a.b[1.0]', '2'],
      ["object.a.b['0']", "error: unsupported index type 'string' in list"],
      ['has(object.a.b) && !has(object.a.c)', 'true'],
      ['has(object.n) && object.n == null', 'true'],
      ['has(object.constructor)', 'false'],
      ["'a' in object && !('z' in object)", 'true'],
      ['1 in object.a.b && !(3 in object.a.b)', 'true'],
      ["{'a': 1}.a + {1: 2}[1] + {true: 3}[true]", '6'],
      ['{1: 2}[dyn(1.0)]', '2'],
      ['size(object.a.b) == object.a.b.size()', 'true'],
    ],
    { object },
  );
});

test('optionals hold what may be there', () => {
  const object = { a: { b: 1 }, l: [1] };
  check(
    [
      ['object.?a.?b', 'optional(1)'],
      ['object.?x.?b', 'optional.none()'],
      ['object.?a.b.orValue(5) + object.?x.y.orValue(5)', '6'],
      ['object.l[?0].hasValue() && !object.l[?1].hasValue()', 'true'],
      ['optional.none().or(optional.of(2)).value()', '2'],
      ['dyn([1]).orValue([])', '[1]'],
      ['optional.none().value()', 'error: optional.none() dereference'],
      ["optional.ofNonZeroValue('').hasValue()", 'false'],
      ['object.?a.optMap(v, v.b + 1)', 'optional(2)'],
      ['object.?a.optFlatMap(v, v.?c)', 'optional.none()'],
      ['[?object.?x, ?object.a.?b]', '[1]'],
      ["{?'x': object.?x, ?'b': object.a.?b}", '{b: 1}'],
      ['[1, 2].first().value() + [1, 2].last().value()', '3'],
      ['has(object.?a.b) && !has(object.?x.b)', 'true'],
    ],
    { object },
  );
});

test('conversions say what they cannot do', () => {
  check([
    ["int('12') + int(3.9) + int(4u)", '19'],
    ["int('x')", "type conversion error from 'string' to 'int'"],
    ["int('x' + 'y')", "error: type conversion error from 'string' to 'int'"],
    ['int(1e98 * 10.0)', 'error: integer overflow'],
    ['uint(-1 + 0)', 'error: unsigned integer overflow'],
    ["double('1e3') == 1000.0 && double('NaN') != double('NaN')", 'true'],
    ["bool('TRUE') && !bool('f')", 'true'],
    ['string(1) + string(1.5) + string(1e6) + string(1e-7) + string(true)', '11.51e+061e-07true'],
    ["string(b'abc' + b'\\xff')", 'error: invalid UTF-8 in bytes, cannot convert to string'],
    ["string(timestamp('2011-08-18T19:03:37.01+01:00'))", '2011-08-18T19:03:37.01+01:00'],
    ["string(duration('1h1.5s'))", '3601.5s'],
    ["int(timestamp('1970-01-01T00:00:01Z')) + int(duration('1us'))", '1001'],
    ["bytes('ä').size()", '2'],
  ]);
});

test('times are told apart and taken apart', () => {
  check([
    ["timestamp('2024-02-29T12:00:00Z') + duration('24h') == timestamp('2024-03-01T12:00:00Z')", 'true'],
    ["timestamp('2024-01-02T00:00:00Z') - timestamp('2024-01-01T00:00:00Z') == duration('24h')", 'true'],
    ["timestamp('9999-12-31T23:59:59Z') + duration('1s')", 'error: timestamp overflow'],
    ["timestamp('2009-02-13T23:31:30Z').getDayOfYear()", '43'],
    ["timestamp('2009-02-13T23:31:30Z').getDate('+01:00')", '14'],
    ["timestamp('2009-02-13T23:31:30Z').getHours('Australia/Sydney')", '10'],
    ["timestamp('2009-02-13T23:31:30.5Z').getMilliseconds()", '500'],
    [
      "timestamp('2009-02-13T23:31:30Z').getFullYear('Nowhere/Land')",
      'error: unknown time zone Nowhere/Land',
    ],
    ["duration('90m').getHours() == 1 && duration('90m').getMinutes() == 90", 'true'],
  ]);
});

test('the check finds what can never work', () => {
  const first = (expression: string) => evaluate(expression, { object: {} }).split('\n')[0];
  const rows: Rows = [
    ["1 + 'a'", "ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'"],
    ['optional.of(1).hasValue() && []', "ERROR: <input>:1:30: expected type 'bool' but found 'list(_var2)'"],
    ["'a'.nope()", "ERROR: <input>:1:9: undeclared reference to 'nope' (in container '')"],
    [
      "'a'.startsWith(1)",
      "ERROR: <input>:1:15: found no matching overload for 'startsWith' applied to 'string.(int)'",
    ],
    ['(1).a', "ERROR: <input>:1:4: type 'int' does not support field selection"],
    ['1 && true', "ERROR: <input>:1:1: expected type 'bool' but found 'int'"],
    [
      '1.all(x, true)',
      "ERROR: <input>:1:1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
    ],
    ["[1, 'a']", "ERROR: <input>:1:5: expected type 'int' but found 'string'"],
    ['{1: 1, 2: true}', "ERROR: <input>:1:11: expected type 'int' but found 'bool'"],
    ["duration('1x')", 'ERROR: <input>:1:10: invalid duration argument'],
    ["timestamp('now')", 'ERROR: <input>:1:11: invalid timestamp argument'],
    ["'a'.matches('(')", 'ERROR: <input>:1:13: invalid matches argument'],
    [
      "'%d'.format(['x'])",
      'ERROR: <input>:1:14: error during formatting: decimal clause can only be used on integers, was given string',
    ],
    ["'%s'.format([])", 'ERROR: <input>:1:12: index 0 out of range'],
    ["'a'.find('(')", 'error parsing regexp: missing closing ): `(`'],
    ['Pod{}', "ERROR: <input>:1:4: undeclared reference to 'Pod' (in container '')"],
  ];
  for (const [expression, issue] of rows) assert.equal(first(expression), issue, expression);
});

test('types are deduced', () => {
  const environment = testEnvironment.with({ object: dynDeclaration });
  const rows: Rows = [
    ['[1, 2]', 'list(int)'],
    ['[]', 'list(dyn)'],
    ["{'a': [1u]}", 'map(string, list(uint))'],
    ['[1].map(x, string(x))', 'list(string)'],
    ['object.a', 'dyn'],
    ['object.a > 1', 'bool'],
    ['optional.of(1)', 'optional_type(int)'],
    ['type(1)', 'type(int)'],
    ["true ? 1 : dyn('a')", 'dyn'],
    ['null', 'null'],
    ["timestamp('2020-01-01T00:00:00Z') - duration('1s')", 'timestamp'],
  ];
  for (const [expression, type] of rows) {
    const { program } = compile(expression, environment);
    assert.equal(program && typeText(program.resultType), type, expression);
  }
});
