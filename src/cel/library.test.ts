import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from './compile.ts';
import { valueDeclaration } from './declare.ts';
import { baseEnvironment, mutationEnvironment } from './kubernetes.ts';
import {
  type AuthorizationCheck,
  authorizerType,
  authorizerValue,
  requestResourceValue,
  resourceCheckType,
} from './library/authorizer.ts';
import { ConstructedObject } from './library/mutation.ts';
import { NotJson, configurationJson, patchJson } from './library/mutation-json.ts';
import { evaluate } from './testing.ts';
import type { CelValue } from './values.ts';

type Rows = readonly (readonly [expression: string, result: string])[];

function check(rows: Rows): void {
  for (const [expression, result] of rows) assert.equal(evaluate(expression), result, expression);
}

test('texts by characters', () => {
  check([
    ["'tacocat'.indexOf('ac') + 'tacocat'.lastIndexOf('a')", '6'],
    ["'ta©o©αT'.charAt(2) + '😀x'.charAt(0)", '©😀'],
    ["'abc'.charAt(4)", 'error: index out of range: 4'],
    ["'hello hello'.replace('he', 'we', 1) + 'ab'.replace('', '-')", 'wello hello-a-b-'],
    ["'a,b,c'.split(',', 2)", '[a, b,c]'],
    ["'a,b'.split(',', 0) + '😀x'.split('')", '[😀, x]'],
    ["'tacocat'.substring(4) + 'tacocat'.substring(0, 4)", 'cattaco'],
    ["'abc'.substring(2, 1)", 'error: invalid substring range. start: 2, end: 1'],
    ["'  \\u0085a '.trim() + 'TÄ'.lowerAscii() + 'tä'.upperAscii()", 'atÄTä'],
    ["['a', 'b'].join('-') + ['c'].join()", 'a-bc'],
    ["strings.quote('a\\n\"b')", '"a\\n\\"b"'],
    [
      "'%d%% of %s, %.2f, %e, %b, %x, %X, %o'.format([5, 'x', 1234.567, 3.14, 5, 'hi', 255, 8])",
      '5% of x, 1,234.57, 3.140000×10⁰⁰, 101, 6869, FF, 10',
    ],
    ["'%s'.format([[1, 'a', null, {'k': 1.5}]])", '[1, "a", null, {"k":1.500000}]'],
    ["'%.0f'.format([2.5]) + '%.0f'.format([3.5])", '24'],
  ]);
});

test('long texts are no harder to read', () => {
  const long = 90_000;
  const trimmed = evaluate(`'a${' '.repeat(long)}b'.trim().size()`);
  assert.equal(trimmed, String(long + 2));
  assert.match(evaluate(`double('${'1'.repeat(long)}x')`), /type conversion error/);
});

test('lists and sets', () => {
  check([
    ["[1, 2, 2].isSorted() && !['b', 'a'].isSorted()", 'true'],
    ["[1, 2].sum() + [duration('1s')].map(d, 2).sum()", '5'],
    ['[1.5, 2.5].sum()', '4'],
    ["['a', 'c'].max() + ['b', 'a'].min()", 'ca'],
    ['[].map(x, 1).max()', 'error: max called on empty list'],
    ['[1, 2, 1].indexOf(1) + [1, 2, 1].lastIndexOf(1)', '2'],
    ['[3, 1, 2].sort() + [1, 2].reverse() + [1, 1].distinct()', '[1, 2, 3, 2, 1, 1]'],
    ["[{'n': 'b'}, {'n': 'a'}].sortBy(e, e.n)[0].n", 'a'],
    ['[1, 2, 3].slice(1, 3)', '[2, 3]'],
    ['[1].slice(0, 2)', 'error: cannot slice(0, 2), list is length 1'],
    ['[[1], [2]].flatten()', '[1, 2]'],
    ['lists.range(3)', '[0, 1, 2]'],
    [
      "sets.contains(['a', 'b'], ['b']) && sets.equivalent([1, 1], [1]) && !sets.intersects([1], [2])",
      'true',
    ],
  ]);
});

test('patterns are those of RE2', () => {
  check([
    ["'abc 123'.find('[0-9]+') + 'x'.find('[0-9]')", '123'],
    ["'123 abc 456'.findAll('[0-9]+', 1)", '[123]'],
    ["'123 abc 456'.findAll('[0-9]*').size() > 2", 'true'],
    ["'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$')", 'false'],
  ]);
});

test('URLs as Go reads them', () => {
  check([
    ["url('https://user:pass@example.com:80/a%20b?k=v&k=w#f').getHost()", 'example.com:80'],
    ["url('https://[::1]:80/').getHostname() + url('https://[::1]:80/').getPort()", '::180'],
    ["url('/path with spaces').getEscapedPath()", '/path%20with%20spaces'],
    ["url('https://a/?k1=a&k2=b&k2=c+d').getQuery()['k2']", '[b, c d]'],
    ["isURL('https://a') && isURL('/a') && !isURL('a') && !isURL('../a') && !isURL('https://a:b/')", 'true'],
    [
      "url('kubernetes.io')",
      'error: URL parse error during conversion from string: parse "kubernetes.io": invalid URI for request',
    ],
  ]);
});

test('quantities, versions and addresses', () => {
  check([
    ["quantity('1') == dyn(1)", 'error: no such overload'],
    [
      "[dyn(quantity('1')) != dyn('1'), dyn(1) == quantity('1'), quantity('1') == dyn(null)]",
      '[true, false, false]',
    ],
    ["[ip('10.0.0.1')] == dyn(['10.0.0.1'])", 'false'],
    ["quantity('1Gi').compareTo(quantity('1024Mi')) == 0 && quantity('1Gi') == quantity('1024Mi')", 'true'],
    [
      "quantity('50k').add(20) == quantity('50020') && quantity('1').sub(quantity('2')).asInteger() == -1",
      'true',
    ],
    ["sign(quantity('-1')) == -1 && quantity('50.703G').asApproximateFloat() == 50703000000.0", 'true'],
    ["quantity('50.5').isInteger() || quantity('9999999999999999999999G').isInteger()", 'false'],
    [
      "quantity('10Mo')",
      "error: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [
      "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-alpha').isLessThan(semver('1.0.0'))",
      'true',
    ],
    ["semver('v1.0', true).minor() + semver('01.2.3', true).major()", '1'],
    ["isSemver('1.0') || isSemver('1.2.3+') || isSemver('01.0.0')", 'false'],
    ["ip('192.168.0.1').family() + ip('::1').family()", '10'],
    ["ip('::ffff:1.2.3.4')", 'error: IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed'],
    ["ip.isCanonical('2001:DB8::1') || !isIP('10.0.0.1')", 'false'],
    [
      "ip('fe80::1').isLinkLocalUnicast() && ip('8.8.8.8').isGlobalUnicast() && ip('127.0.0.1').isLoopback()",
      'true',
    ],
    [
      "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16'))",
      'true',
    ],
    ["string(cidr('10.1.2.3/8').masked()) + string(cidr('10.1.2.3/8').ip())", '10.0.0.0/810.1.2.3'],
    [
      "cidr('10.0.0.0/08')",
      'error: network address parse error during conversion from string: network address parse error during conversion from string: netip.ParsePrefix("10.0.0.0/08"): bad bits after slash: "08"',
    ],
    ["format.dns1123Label().validate('a b').hasValue() && !format.named('nope').hasValue()", 'true'],
    ["format.uuid().validate('x').value()", '[does not match the UUID format]'],
  ]);
});

test('the authorizer is asked what the expression says', () => {
  const asked: unknown[] = [];
  const authorizer = {
    check: (question: AuthorizationCheck, serviceAccount?: unknown) => {
      asked.push({ ...question, ...(serviceAccount ? { serviceAccount } : {}) });
      return { allowed: question.verb === 'get', reason: 'because' };
    },
  };
  const environment = baseEnvironment().with({
    authorizer: valueDeclaration(authorizerType),
    'authorizer.requestResource': valueDeclaration(resourceCheckType),
  });
  const resource = { group: 'apps', resource: 'deployments', subresource: '', namespace: 'n', name: 'd' };
  const values = {
    authorizer: authorizerValue(authorizer),
    'authorizer.requestResource': requestResourceValue(authorizer, resource),
  };
  const run = (expression: string) => evaluate(expression, values, environment);
  assert.equal(
    run("authorizer.group('').resource('pods').namespace('x').labelSelector('a=b').check('get').allowed()"),
    'true',
  );
  assert.equal(run("authorizer.path('/healthz').check('post').reason()"), 'because');
  assert.equal(run("authorizer.requestResource.check('delete').allowed()"), 'false');
  assert.equal(run("authorizer.serviceAccount('n', 'sa').path('/x').check('get').errored()"), 'false');
  assert.equal(run("authorizer.path(' ')"), 'error: path must not be empty');
  const none = { subresource: '', name: '', fieldSelector: '' };
  assert.deepEqual(asked, [
    { ...none, verb: 'get', group: '', resource: 'pods', namespace: 'x', labelSelector: 'a=b' },
    { verb: 'post', path: '/healthz' },
    { ...none, ...resource, labelSelector: '', verb: 'delete' },
    { verb: 'get', path: '/x', serviceAccount: { namespace: 'n', name: 'sa' } },
  ]);
});

test('policies construct objects and patches', () => {
  const environment = mutationEnvironment();
  const made = (expression: string) => {
    const { program, issues } = compile(expression, environment);
    if (!program) return issues.split('\n')[0];
    const { value } = program.evaluate({}, 10_000);
    return value instanceof ConstructedObject ? configurationJson(value) : patchJson(value!);
  };
  assert.deepEqual(made("Object{spec: Object.spec{replicas: 1 + 2, ?paused: optional.none(), l: ['a']}}"), {
    spec: { replicas: 3, l: ['a'] },
  });
  assert.equal(made("JSONPatch{path: '/a/' + jsonpatch.escapeKey('b/c~')}.path"), '/a/b~1c~0');
  assert.deepEqual(made("JSONPatch{op: 'add', value: {'x': 1.5}}.value"), { x: 1.5 });
  assert.equal(made('Object{a: 1} == Object{a: 1} && Object{a: 1} != Object{a: 2}'), true);
  assert.equal(
    made('JSONPatch{op: 1}'),
    "ERROR: <input>:1:13: expected type of field 'op' is 'string' but provided type is 'int'",
  );
  assert.equal(
    made('JSONPatch{no: 1}'),
    "ERROR: <input>:1:13: expected type of field 'no' is '' but provided type is 'int'",
  );
});

test('what policies make has its form in JSON, or is refused', () => {
  const run = (expression: string, form: (value: CelValue) => unknown): unknown => {
    const { program, issues } = compile(expression, mutationEnvironment());
    assert.ok(program, issues ?? '');
    try {
      return form(program.evaluate({}, 10_000).value!);
    } catch (error) {
      if (!(error instanceof NotJson)) throw error;
      return error.message;
    }
  };
  const patched: readonly (readonly [string, unknown])[] = [
    ["[dyn(3u), dyn(9007199254740993), dyn(duration('90s'))]", [3, '9007199254740993', '90s']],
    [
      "{'b': dyn(b'ab'), 'n': dyn(null), 'o': dyn(optional.of(1u)), 't': dyn(timestamp('2026-01-02T03:04:05Z'))}",
      { b: 'YWI=', n: null, o: 1, t: '2026-01-02T03:04:05Z' },
    ],
    ['Object.spec{u: 1u, b: b"ab", t: type(1)}', { u: 1, b: 'YWI=', t: 'int' }],
    ["{'a': type(1)}", "type conversion not supported for 'type'"],
    ["quantity('1Mi')", "type conversion error from 'Quantity' to '*structpb.Value'"],
    ["{1: 'a'}", "unsupported type conversion from 'int' to string"],
    ['optional.none()', 'optional.none() dereference'],
    ['JSONPatch{}', 'cannot convert to native type: *structpb.Value'],
    ['Object.spec{n: null}', 'proto: invalid type: structpb.NullValue'],
  ];
  for (const [expression, expected] of patched) assert.deepEqual(run(expression, patchJson), expected);
  const refusal = (path: string, what: string) =>
    `failed to convert patch object to typed object: ${path}: expected ${what}`;
  const configured: readonly (readonly [string, unknown])[] = [
    ['Object{a: [1, 2], o: optional.of(true)}', { a: [1, 2], o: true }],
    ['Object{a: [3u]}', refusal('.a[0]', 'numeric (int or float), got uint64')],
    ['Object{a: {"n": null}}', refusal('.a.n', 'a value of JSON, got structpb.NullValue')],
    ['Object{a: {1: 2}}', 'invalid return type: *dynamic.ObjectVal'],
  ];
  for (const [expression, expected] of configured) {
    assert.deepEqual(
      run(expression, value => configurationJson(value as ConstructedObject)),
      expected,
    );
  }
});

test('older versions know less', () => {
  const has = (expression: string, minor: number) =>
    compile(expression, baseEnvironment(minor)).program !== undefined;
  assert.deepEqual(
    [27, 28].map(minor => has("isQuantity('1')", minor)),
    [false, true],
  );
  assert.deepEqual(
    [32, 33].map(minor => has("isSemver('1')", minor)),
    [false, true],
  );
  assert.deepEqual(
    [27, 28].map(minor => has('[?optional.none()]', minor)),
    [false, true],
  );
});
