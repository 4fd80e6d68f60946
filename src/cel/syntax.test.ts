import assert from 'node:assert/strict';
import { test } from 'node:test';
import { macroTable, standardMacros } from './macros.ts';
import { parse } from './parser.ts';
import { Source } from './source.ts';

const primary =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

function problems(text: string): string[] {
  const { issues } = parse(text, { macros: macroTable(standardMacros), optionalSyntax: true });
  const heads = new Source(text).showAll(issues).matchAll(/^ERROR: <input>:(.*)$/gm);
  return [...heads].map(([, head]) => head!);
}

/** Broken expressions with all that cel-go says of each, without the snippets. */
const broken: readonly (readonly [string, ...string[]])[] = [
  [
    'has(self.a && self.b',
    '1:12: invalid argument to has() macro',
    "1:21: Syntax error: missing ')' at '<EOF>'",
  ],
  ['self.replicas > = 3', "1:17: Syntax error: token recognition error at: '= '"],
  [
    'self.a = 1',
    "1:8: Syntax error: token recognition error at: '= '",
    "1:10: Syntax error: extraneous input '1' expecting <EOF>",
  ],
  [
    "self.name.startsWith('a)",
    "1:22: Syntax error: token recognition error at: ''a)'",
    "1:25: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', ')', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
  ],
  ['x ? y z', "1:7: Syntax error: missing ':' at 'z'"],
  [
    '[1 2, 3]',
    "1:4: Syntax error: extraneous input '2' expecting {']', ','}",
    "1:7: Syntax error: extraneous input '3' expecting ']'",
  ],
  [
    'f(, 1)',
    "1:3: Syntax error: extraneous input ',' expecting {'[', '{', '(', ')', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
  ],
  [
    'a[,1]',
    "1:3: Syntax error: extraneous input ',' expecting {'[', '{', '(', '.', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
  ],
  ['{1: 2', "1:6: Syntax error: mismatched input '<EOF>' expecting {'}', ','}"],
  ['a.b{c: 1', "1:9: Syntax error: mismatched input '<EOF>' expecting {'}', ','}"],
  [
    '-',
    "1:2: Syntax error: no viable alternative at input '-'",
    `1:2: Syntax error: mismatched input '<EOF>' expecting ${primary}`,
  ],
  [
    '--',
    "1:3: Syntax error: no viable alternative at input '-'",
    `1:3: Syntax error: mismatched input '<EOF>' expecting ${primary}`,
  ],
  ['!', `1:2: Syntax error: extraneous input '<EOF>' expecting ${primary}`],
  [
    '? ',
    `1:1: Syntax error: mismatched input '?' expecting ${primary}`,
    `1:3: Syntax error: mismatched input '<EOF>' expecting ${primary}`,
  ],
  [
    '1 + +',
    `1:5: Syntax error: mismatched input '+' expecting ${primary}`,
    `1:6: Syntax error: mismatched input '<EOF>' expecting ${primary}`,
  ],
  [
    '*@a | b',
    `1:1: Syntax error: extraneous input '*' expecting ${primary}`,
    "1:2: Syntax error: token recognition error at: '@'",
    "1:5: Syntax error: token recognition error at: '| '",
    "1:7: Syntax error: extraneous input 'b' expecting <EOF>",
  ],
  ['((a)', "1:5: Syntax error: missing ')' at '<EOF>'"],
  ['a)', "1:2: Syntax error: extraneous input ')' expecting <EOF>"],
  ['a.', "1:3: Syntax error: no viable alternative at input '.'"],
  ['a.(b)', "1:3: Syntax error: no viable alternative at input '.('"],
  [
    'self.?',
    "1:7: Syntax error: mismatched input '<EOF>' expecting {IDENTIFIER, ESC_IDENTIFIER}",
    '1:7: unsupported ident kind',
  ],
  ["{'a' 1}", "1:6: Syntax error: missing ':' at '1'"],
  ['m{a b}', "1:5: Syntax error: missing ':' at 'b'"],
  [
    'm{?: 1}',
    '1:3: unsupported ident kind',
    "1:4: Syntax error: mismatched input ':' expecting {IDENTIFIER, ESC_IDENTIFIER}",
  ],
  [
    'm{:a}',
    "1:3: Syntax error: extraneous input ':' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}",
    "1:5: Syntax error: mismatched input '}' expecting ':'",
  ],
  [
    'func{{a}}',
    "1:6: Syntax error: extraneous input '{' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}",
    "1:8: Syntax error: mismatched input '}' expecting ':'",
    "1:9: Syntax error: extraneous input '}' expecting <EOF>",
  ],
  [
    'a ? b ((?))',
    `1:9: Syntax error: mismatched input '?' expecting ${primary}`,
    `1:10: Syntax error: mismatched input ')' expecting ${primary}`,
    "1:12: Syntax error: mismatched input '<EOF>' expecting ':'",
  ],
  ['self.if && if', '1:12: reserved identifier: if'],
  [
    '[1].map(var, var * var)',
    '1:9: reserved identifier: var',
    '1:9: argument is not an identifier',
    '1:14: reserved identifier: var',
    '1:20: reserved identifier: var',
  ],
  [
    'has(self.)',
    '1:5: invalid argument to has() macro',
    "1:10: Syntax error: no viable alternative at input '.)'",
  ],
  [
    "'\\q' + 1",
    "1:1: Syntax error: token recognition error at: ''\\q'",
    "1:4: Syntax error: token recognition error at: '' + 1'",
    `1:9: Syntax error: mismatched input '<EOF>' expecting ${primary}`,
  ],
  ['"""a\\1', `1:3: Syntax error: token recognition error at: '"a\\1'`],
  ['a && && b || c', `1:6: Syntax error: extraneous input '&&' expecting ${primary}`],
  ['a in in b', `1:6: Syntax error: extraneous input 'in' expecting ${primary}`],
  [
    'in',
    `1:1: Syntax error: mismatched input 'in' expecting ${primary}`,
    `1:3: Syntax error: mismatched input '<EOF>' expecting ${primary}`,
  ],
  ['&& a', `1:1: Syntax error: extraneous input '&&' expecting ${primary}`],
  ['null.x == true.', "1:16: Syntax error: no viable alternative at input '.'"],
  ['{1: 2 3: 4}', "1:7: Syntax error: mismatched input '3' expecting {'}', ','}"],
  ['f(a b)', "1:5: Syntax error: extraneous input 'b' expecting ')'"],
  ['a{?`b`: 1}', "1:3: unsupported syntax: '`'"],
  ["'a' 'b'", "1:5: Syntax error: extraneous input ''b'' expecting <EOF>"],
  ['self.x == "a" and self.y', "1:15: Syntax error: mismatched input 'and' expecting <EOF>"],
  ['not self.x', "1:5: Syntax error: mismatched input 'self' expecting <EOF>"],
  ['self.x === 1', "1:10: Syntax error: token recognition error at: '= '"],
  ['a // c\n . 1', "2:4: Syntax error: no viable alternative at input '. 1'"],
  ["a.b ? 'x'", "1:10: Syntax error: mismatched input '<EOF>' expecting ':'"],
  [
    ' "\\xFh"',
    `1:2: Syntax error: token recognition error at: '"\\xFh'`,
    `1:7: Syntax error: token recognition error at: '"'`,
    `1:8: Syntax error: mismatched input '<EOF>' expecting ${primary}`,
  ],
  [
    '`b-c`()',
    `1:1: Syntax error: extraneous input '\`b-c\`' expecting ${primary}`,
    `1:7: Syntax error: mismatched input ')' expecting ${primary}`,
  ],
  [
    'a@@',
    "1:2: Syntax error: token recognition error at: '@'",
    "1:3: Syntax error: token recognition error at: '@'",
  ],
];

test('what is wrong is found as cel-go finds it, up to the end', () => {
  for (const [text, ...wanted] of broken) assert.deepEqual(problems(text), wanted, text);
});

test('deep and long texts are told of without the stack, and not for ever', () => {
  const deep = (open: string, times: number) => problems(open.repeat(times));
  const givingUp = (column: number) => [
    `1:${column}: Syntax error: mismatched input '<EOF>' expecting ${primary}`,
    `1:${column}: Syntax error: error recovery attempt limit exceeded: 30`,
  ];
  assert.deepEqual(deep('(', 249), givingUp(250));
  assert.deepEqual(deep('(', 251), ['-1:0: expression recursion limit exceeded: 250']);
  assert.deepEqual(deep('a{b:', 249), givingUp(997));
  assert.deepEqual(deep('a +', 30_000), [
    '-1:0: max recursion depth exceeded',
    `1:90001: Syntax error: mismatched input '<EOF>' expecting ${primary}`,
  ]);
  assert.equal(deep('@', 5000).length, 100);
  for (const [open, times] of [
    ['f(1 2 ', 100],
    ['a b ', 20_000],
  ] as const) {
    assert.equal(deep(open, times)[0], '-1:0: error recovery token lookahead limit exceeded: 256');
  }
});
