/** What v1.36's own expressions gave when the same was asked of them: results, errors' words and costs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldErrorText } from '#machinery/field.ts';
import { admissionEnvironment, composeVariables } from './admission.ts';
import { compile } from './compile.ts';
import { valueDeclaration } from './declare.ts';
import { mutationEnvironment } from './kubernetes.ts';
import { authorizerType, authorizerValue } from './library/authorizer.ts';
import { compileSchemaRules } from './rule-checker.ts';
import { declareSchema, type StructuralSchema, type ValidationRule } from './structural.ts';
import { costOf, evaluate, testEnvironment } from './testing.ts';
import { isError } from './values.ts';

const data = { list: [1, 'a', null], map: { a: 1 }, number: 1, text: 'str', nothing: null };

function check(cases: readonly (readonly [expression: string, value: string])[]): void {
  for (const [expression, value] of cases) assert.equal(evaluate(expression, data), value, expression);
}

/** Only the messages of what does not compile. */
function checkRefused(cases: readonly (readonly [expression: string, ...messages: string[]])[]): void {
  for (const [expression, ...messages] of cases) {
    const issues = compile(expression, testEnvironment).issues ?? '';
    const heads = [...issues.matchAll(/^ERROR: <input>:(.*)$/gm)].map(match => match[1]);
    assert.deepEqual(heads, messages, expression);
  }
}

test('what has no keys is without that key', () => {
  check([
    ['number[0]', 'error: no such key: 0'],
    ['text.x', 'error: no such key: x'],
    ['nothing[0]', 'error: no such key: 0'],
    ['has(list.a)', "error: unsupported index type 'string' in list"],
    ['[1, 2][dyn(1.5)]', 'error: unsupported index value 1.5 in list'],
    ['list[2]', 'null'],
    ['optional.of(null).value()', 'null'],
  ]);
});

test('a value that fits no overload is refused as cel-go refuses it', () => {
  check([
    ['null < null', 'error: no such overload: _<_'],
    ['-dyn([1])', 'error: no such overload: -_'],
    ["dyn('a') * 2", 'error: no such overload'],
    ['size(dyn(1))', 'error: no such overload: size'],
    ['dyn(1).contains("a")', 'error: no such overload'],
    ['1 in dyn(5)', 'error: no such overload'],
    ['list.min()', 'error: no such overload'],
    ['list.isSorted()', 'error: no such overload'],
    ['dyn(1).all(x, true)', "error: got 'types.Int', expected iterable type"],
    ['9223372036854775807 + 1 == 0', 'error: integer overflow'],
    ['-9223372036854775808 % -1', 'error: integer overflow'],
    ["duration('9223372036s') + duration('9223372036s')", 'error: integer overflow'],
    ["duration('-9223372036.854775808s') < duration('0')", 'true'],
  ]);
});

test('keys of maps may be null and fractions', () => {
  check([
    ['{1.5: 1}[1.5]', '1'],
    ['{null: 1}.size()', '1'],
  ]);
});

const starts =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

test('what the parser does not know in Kubernetes is refused', () => {
  checkRefused([
    ["{'a': 1}.`a`", "1:10: unsupported syntax: '`'"],
    [
      '[1].existsOne(x, true)',
      "1:14: undeclared reference to 'existsOne' (in container '')",
      "1:15: undeclared reference to 'x' (in container '')",
    ],
    ['()', `1:2: Syntax error: mismatched input ')' expecting ${starts}`],
    ['self.l[0]v)', "1:10: Syntax error: mismatched input 'v' expecting <EOF>"],
    ['[1, 2][0, 1]', "1:9: Syntax error: mismatched input ',' expecting ']'"],
    ['size([1]v)', "1:9: Syntax error: extraneous input 'v' expecting ')'"],
    [String.raw`'\uD800'`, '1:1: invalid unicode code point'],
    [String.raw`b'\u00e9'`, '1:1: unable to unescape string'],
    ["timestamp('2024-01-01t00:00:00z')", '1:11: invalid timestamp argument'],
    ["timestamp('0000-12-31T23:59:59Z')", '1:11: invalid timestamp argument'],
    ['duration(1)', '1:10: invalid duration argument'],
    ['kubernetes.Quantity{}', "1:20: undeclared reference to 'kubernetes.Quantity' (in container '')"],
  ]);
  const { issues } = compile("'abc'.matches(dyn('['))", testEnvironment);
  assert.equal(issues, 'error parsing regexp: missing closing ]: `[`');
});

test('what an authorizer is has no fields and compares with nothing', () => {
  const environment = testEnvironment.with({ authorizer: valueDeclaration(authorizerType) });
  const { issues } = compile('authorizer.nope', environment);
  assert.match(issues!, /1:11: unexpected failed resolution of 'kubernetes.authorization.Authorizer'/);
  const { program } = compile('authorizer == authorizer', environment);
  const authorizer = authorizerValue({ check: () => ({ allowed: false, reason: '' }) });
  const { value } = program!.evaluate({ authorizer }, 100);
  assert.ok(isError(value) && value.message === 'no such overload');
});

test('text is searched, formatted and converted as upstream does', () => {
  check([
    ["'abc'.indexOf('', 4)", '4'],
    ["'abc'.indexOf('', -1)", '-1'],
    ["'abcabc'.lastIndexOf('', 9)", '9'],
    ["'%.3e'.format([1234.5])", '1.234500×10⁰³'],
    ["'%e'.format([0.0 / 0.0])", '   NaN'],
    ["'%.257f'.format([1.5])", '1.5'],
    [
      String.raw`'%s'.format([b'\xff'])`,
      'error: error during formatting: could not convert argument "invalid UTF-8 in bytes, cannot convert to string" to string',
    ],
    ["double('0x1p4') + double('1_0')", '26'],
  ]);
});

test('zones are named and written as upstream takes them', () => {
  const at = "timestamp('2024-02-29T12:34:56.789Z')";
  check([
    [`${at}.getHours('Local')`, '12'],
    [`${at}.getHours('+2:30')`, '15'],
    [`${at}.getHours('utc')`, 'error: unknown time zone utc'],
    [`${at}.getHours('europe/berlin')`, 'error: unknown time zone europe/berlin'],
    [`${at}.getHours('+05')`, 'error: unknown time zone +05'],
    [`${at}.getHours('+a:b')`, 'error: strconv.Atoi: parsing "+a": invalid syntax'],
    [`${at}.getHours('../etc')`, 'error: time: invalid location name'],
    ["timestamp('1800-02-28T12:34:56Z').getSeconds('America/New_York')", '54'],
    ["timestamp('2024-01-01T0:00:00Z').getHours()", '0'],
  ]);
});

test('URLs are parsed by their parts as any URL', () => {
  check([
    ["url('//host/path').getHost()", 'host'],
    ["url('http://[::1%25eth0]:8/').getHostname()", '::1%eth0'],
    ["url('http://a<b/').getHost()", 'a<b'],
    ["url('http://%e4%b8%96/').getHost()", '世'],
    ["isURL('http://a#b')", 'false'],
    ["isURL('http://[1.2.3.4]/')", 'false'],
    ["isURL('http://u s@h/')", 'false'],
  ]);
});

test('what is no address is said in the words of netip', () => {
  const said = (text: string, why: string): [string, string] => [
    `ip('${text}')`,
    `error: IP Address "${text}" parse error during conversion from string: ParseAddr("${text}"): ${why}`,
  ];
  check([
    said('fe80::G', 'each colon-separated field must have at least one digit (at "G")'),
    said('1:2:3:4:5:6:7:8:9', 'trailing garbage after address (at "9")'),
    said('1::2::3', 'multiple :: in address (at ":3")'),
    said('12345::', 'each group must have 4 or less digits (at "12345::")'),
    said('::1%', 'zone must be a non-empty string'),
    said('1.2.3.x', 'unexpected character (at "x")'),
    ["cidr('10.0.0.0/8').containsIP('x')", 'error: no such overload'],
  ]);
});

test('quantities are whole numbers where upstream can tell', () => {
  check([
    ["quantity('1.5Gi').isInteger()", 'false'],
    ["quantity('1000m').isInteger()", 'false'],
    ["quantity('9223372036854775807').isInteger()", 'false'],
    ["quantity('1k').add(quantity('0m')).asInteger()", '1000'],
    ["quantity('300m').asApproximateFloat() == 0.3", 'true'],
    ["quantity('0.7').asApproximateFloat()", '0.7000000000000001'],
    ["quantity('1Gi').sub(-9223372036854775808).isInteger()", 'true'],
    ["isSemver('1.2.99999999999999999999')", 'false'],
  ]);
});

const schema: StructuralSchema = {
  type: 'object',
  properties: {
    flag: { type: 'boolean' },
    index: { type: 'integer' },
    absent: { type: 'string' },
    items: { type: 'array', items: { type: 'integer', nullable: true } },
    numbers: { type: 'array', items: { type: 'integer' } },
    names: { type: 'object', additionalProperties: { type: 'integer' } },
    'a-b': { type: 'integer' },
    maybe: { type: 'string', nullable: true },
  },
};
const self = { flag: true, index: 1, items: [1, null], numbers: [5, 6, 7], 'a-b': 3, maybe: null };

function ofSelf(expression: string, values: Record<string, unknown> = { self, oldSelf: self }): string {
  const declaration = declareSchema(schema, false)!;
  return evaluate(expression, values, testEnvironment.with({ self: declaration, oldSelf: declaration }));
}

test('an object is a map at run time', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['type(self) == map', 'true'],
    ['dyn(self).size()', '6'],
    ["dyn(self)['a-b'] == dyn(self)['a__dash__b'] && 'flag' in dyn(self)", 'true'],
    ["dyn(self).exists(key, key == 'a__dash__b')", 'true'],
    ['dyn(self) == 1', 'error: no such overload'],
    ['1 in dyn(self)', 'error: no such overload'],
    ['self == oldSelf', 'true'],
  ];
  for (const [expression, value] of cases) assert.equal(ofSelf(expression), value, expression);
});

test('null among numbers fails a rule, not the server', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['self.items.map(x, x + 1)', 'error: no such overload: _+_'],
    ['self.items.sort()', 'error: list elements must have the same type'],
    ['self.numbers.sortBy(x, self.absent)', 'error: no such key: absent'],
  ];
  for (const [expression, value] of cases) assert.equal(ofSelf(expression), value, expression);
});

test('failures cost what they cost upstream', () => {
  const environment = testEnvironment.with({ self: declareSchema(schema, false)! });
  const cases: readonly (readonly [string, number])[] = [
    ['self.numbers[(self.flag ? 1 : 2)]', 5],
    ['self.numbers[(self.flag ? self.index : 2)]', 6],
    ['self.numbers.map(x, 1 / (x - 5))', 48],
    ["self.absent.find('[0-9]+')", 2],
    ['self.numbers.slice(self.index, self.names.zz)', 18],
    ['self.names[?self.absent].orValue(1)', 2],
    ['dyn(self.numbers).?a', 4],
    ["format.uuid().validate('x')", 19],
  ];
  for (const [expression, cost] of cases)
    assert.equal(costOf(expression, { self }, environment), cost, expression);
});

test('estimates of lists that are cut or counted out', () => {
  const max = (expression: string) => compile(expression, testEnvironment).program!.estimate.max;
  assert.equal(max('lists.range(-1)'), 11);
  assert.equal(max('[[[1]], [[2]]].flatten(-1)'), 61);
  assert.equal(max('[1, 2, 3].slice(2, 1)'), Number.POSITIVE_INFINITY);
});

function outcome(spec: StructuralSchema, rule: ValidationRule, value: unknown, old?: unknown) {
  const checker = compileSchemaRules(
    { type: 'object', properties: { spec: { ...spec, 'x-kubernetes-validations': [rule] } } },
    testEnvironment,
  )!;
  const { errors, warnings } = checker.check({ spec: value }, old === undefined ? undefined : { spec: old });
  return { errors: errors.map(fieldErrorText), warnings };
}

test('within an optional, oldSelf is plain JSON', () => {
  const preserving = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const rule = { rule: 'self == oldSelf.value()', optionalOldSelf: true };
  assert.deepEqual(outcome(preserving, rule, { a: 1 }, { a: 1 }).errors, [
    `spec: Invalid value: "object": 'no such overload': call arguments did not match a supported operator, function or macro signature for rule: self == oldSelf.value()`,
  ]);
  const set = { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'integer' } };
  const reversed = { rule: 'oldSelf.value() == self', optionalOldSelf: true, message: 'changed' };
  assert.deepEqual(outcome(set, reversed, [1, 2], [2, 1]).errors, ['spec: Invalid value: changed']);
});

test('a message expression sees oldSelf itself, and its failure is told like the rule', () => {
  const spec = { type: 'object', properties: { x: { type: 'integer' } } };
  const message = { rule: 'oldSelf.hasValue() && false', optionalOldSelf: true };
  const said = outcome(
    spec,
    { ...message, messageExpression: "'was ' + string(oldSelf.orValue(self).x)" },
    { x: 1 },
    { x: 2 },
  );
  assert.deepEqual(said.errors, ['spec: Invalid value: was 2']);
  const dear = 'string(lists.range(2000000).all(x, x < 5000000))';
  const unchanged = outcome(
    spec,
    { rule: 'false', messageExpression: dear, fieldPath: '.x' },
    { x: 1 },
    { x: 1 },
  );
  assert.deepEqual(unchanged.errors, []);
  assert.match(
    unchanged.warnings.join('\n'),
    /^spec\.x: .* due to call cost exceeds limit for messageExpression/,
  );
});

test('formats of text are read as upstream reads them', () => {
  const read = (format: string, rule: string, value: string) =>
    outcome({ type: 'string', format }, { rule: `(${rule}) ? false : 1 / 0 == 0` }, value).errors.join();
  const isRead = (format: string, rule: string, value: string) =>
    assert.equal(read(format, rule, value).includes('evaluating'), false, value);
  for (const text of ['3 milliseconds', '10 seconds', '1Hour', '1 week 2 days', '1.5d'])
    isRead('duration', 'self > duration("0")', text);
  isRead('date-time', 'self.getFullYear() == 2024', '2024-01-01T00:00:00');
  isRead('byte', 'size(self) == 3', 'a-_b');
  assert.match(
    read('byte', 'size(self) == 3', 'a+/b'),
    /illegal base64 data at input byte 1 evaluating rule/,
  );
  const small = '2024-01-01t00:00:00z';
  const why = `parsing time "${small}" as "2006-01-02T15:04:05": cannot parse "t00:00:00z" as "T"`;
  assert.match(read('date-time', 'self.getFullYear() == 2024', small), new RegExp(why));
});

test('a policy has variables, though it declares none', () => {
  const { types } = composeVariables([], { params: false, authorizer: false });
  const environment = admissionEnvironment({ params: false, authorizer: false, composed: types });
  assert.match(compile('variables.x', environment).issues!, /^ERROR: <input>:1:10: undefined field 'x'/);
});

test('a patch says of what type a part of it is', () => {
  const patching = mutationEnvironment();
  const said = evaluate('[JSONPatch{op: number}]', data, patching);
  assert.equal(said, "error: unexpected type int64 for JSONPatchType 'op' field");
});

test('nothing at all has no place', () => {
  assert.match(
    compile('', testEnvironment).issues!,
    /^ERROR: <input>:1:0: Syntax error: mismatched input[^\n]*$/,
  );
});
