import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from './compile.ts';
import { macroTable, standardMacros } from './macros.ts';
import { parse } from './parser.ts';
import { Source } from './source.ts';
import { evaluate, testEnvironment } from './testing.ts';

const primary =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** Expression, and the issues without their snippets: 'line:column: message'. */
const syntaxErrors: readonly (readonly [string, ...string[]])[] = [
  ['', `1:1: Syntax error: mismatched input '<EOF>' expecting ${primary}`],
  ['1 +', `1:4: Syntax error: mismatched input '<EOF>' expecting ${primary}`],
  [
    'a | b',
    "1:3: Syntax error: token recognition error at: '| '",
    "1:5: Syntax error: extraneous input 'b' expecting <EOF>",
  ],
  [
    '1 + $',
    "1:5: Syntax error: token recognition error at: '$'",
    `1:6: Syntax error: mismatched input '<EOF>' expecting ${primary}`,
  ],
  ['1 + 2\n3 +', "2:1: Syntax error: mismatched input '3' expecting <EOF>"],
  ['f(){}', "1:4: Syntax error: mismatched input '{' expecting <EOF>"],
  ['{"a": 1}."a"', `1:10: Syntax error: no viable alternative at input '."a"'`],
  ['self.true == 1', "1:6: Syntax error: mismatched input 'true' expecting IDENTIFIER"],
  ['{a}', "1:3: Syntax error: mismatched input '}' expecting ':'"],
  ['as', '1:1: reserved identifier: as'],
  ['namespace.x', '1:1: reserved identifier: namespace'],
  ['0xFFFFFFFFFFFFFFFFF', '1:1: invalid int literal'],
  ['18446744073709551616u', '1:1: invalid uint literal'],
  ['1.99e90000009', '1:1: invalid double literal'],
  ['has(m)', '1:5: invalid argument to has() macro'],
  ['1.all(2, 3)', '1:7: argument must be a simple name'],
  ['m.filter(a.b, false)', '1:11: argument is not an identifier'],
  ['m.map(__result__, 1)', '1:7: iteration variable overwrites accumulator variable'],
];

test('syntax errors have the words and places of cel-go', () => {
  for (const [expression, ...wanted] of syntaxErrors) {
    const { issues } = parse(expression, { macros: macroTable(standardMacros), optionalSyntax: true });
    const source = new Source(expression);
    const found = issues
      .map(issue => ({ ...issue, ...source.position(issue.offset) }))
      .sort((a, b) => a.offset - b.offset)
      .map(({ line, column, message }) => `${line}:${column + 1}: ${message}`);
    assert.deepEqual(found, wanted, expression);
  }
});

test('an issue shows its line with a mark, wide under wide characters', () => {
  const { issues } = compile("'😁' in ['😁'] && no.such", testEnvironment);
  const wanted = [
    "ERROR: <input>:1:17: undeclared reference to 'no' (in container '')",
    " | '😁' in ['😁'] && no.such",
    ' | .．.......．......^',
  ];
  assert.equal(issues, wanted.join('\n'));
});

test('literals are read with their escapes', () => {
  assert.equal(
    evaluate(String.raw`'\a\b\f\n\r\t\v\\\?\'\"\x41\u00e9\U0001F431\101'`),
    '\x07\b\f\n\r\t\v\\?\'"Aé🐱A',
  );
  assert.equal(evaluate(String.raw`r'\n' == '\\n'`), 'true');
  assert.equal(evaluate(`'''a\nb''' + """c'"d"""`), `a\nbc'"d`);
  assert.equal(evaluate(String.raw`b'\xff\377' == b'ÿ'`), 'false');
  assert.equal(evaluate(String.raw`size(b'\xff\377')`), '2');
  assert.equal(evaluate('-9223372036854775808'), '-9223372036854775808');
  assert.equal(evaluate('0x10 + 0xFF'), '271');
  assert.equal(evaluate('.5e1'), '5');
  assert.equal(evaluate('1 // to the end\n + 2'), '3');
});

test('operators bind as the language has them', () => {
  assert.equal(evaluate('1 + 2 * 3 - 4 / 2 % 2'), '7');
  assert.equal(evaluate('!true || true && !false'), 'true');
  assert.equal(evaluate('1 < 2 == true'), 'true');
  assert.equal(evaluate('false ? 1 : true ? 2 : 3'), '2');
  assert.equal(evaluate('--5 - -5'), '10');
  assert.equal(evaluate('[1, 2,][1]'), '2');
});

test('what is too deep or too long is refused before it is walked', () => {
  const refusal = (expression: string) => compile(expression, testEnvironment).issues?.split('\n')[0];
  assert.equal(refusal(`true${' == true'.repeat(250)}`), undefined);
  assert.equal(refusal(`true${' == true'.repeat(251)}`), 'ERROR: <input>:-1:0: max recursion depth exceeded');
  assert.equal(refusal(`a${'.b'.repeat(40_000)}`), 'ERROR: <input>:-1:0: max recursion depth exceeded');
  assert.equal(refusal('['.repeat(251)), 'ERROR: <input>:-1:0: expression recursion limit exceeded: 250');
  assert.equal(
    refusal('1'.repeat(100_001)),
    'ERROR: <input>:-1:0: expression code point size exceeds limit: size: 100001, limit 100000',
  );
  assert.equal(evaluate(`true${' && true'.repeat(10_000)}`), 'true');
});
