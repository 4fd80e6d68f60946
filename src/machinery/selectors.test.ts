import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FieldPath, fieldErrorText } from './field.ts';
import * as selectors from './selectors.ts';

const { parseLabelSelector, parseFieldSelector, parseSelectorObject, SelectorError } = selectors;

test('label selectors: text to canonical text', () => {
  const cases: [string, string][] = [
    ['', ''],
    ['x=a,y=b', 'x=a,y=b'],
    ['y=b , x==a', 'x==a,y=b'],
    ['x!=a', 'x!=a'],
    ['x', 'x'],
    ['!x', '!x'],
    ['x=', 'x='],
    ['x= ,z', 'x=,z'],
    ['x in (b,a,a)', 'x in (a,b)'],
    ['x in ()', 'x in ()'],
    ['x in (,)', 'x in ()'],
    ['x in (a,)', 'x in (,a)'],
    ['x in (a,,b)', 'x in (,a,b)'],
    ['x notin (a)', 'x notin (a)'],
    ['in in (in,notin)', 'in in (in,notin)'],
    ['in', 'in'],
    ['x>1', 'x>1'],
    ['x < 7', 'x<7'],
  ];
  for (const [text, want] of cases) assert.equal(parseLabelSelector(text).toString(), want, text);
});

test("label selectors: errors in upstream's words", () => {
  const cases: [string, RegExp][] = [
    [
      'x=a||y=b',
      /^unable to parse requirement: values\[0\]\[x\]: Invalid value: "a\|\|y": a valid label must/,
    ],
    ['x==a==b', /^found '==', expected: ',' or 'end of string'$/],
    ['!x=a', /^found '=', expected: ',' or 'end of string'$/],
    [
      'x<a',
      /^unable to parse requirement: values\[0\]: Invalid value: "a": for 'Gt', 'Lt' operators, the value must be an integer$/,
    ],
    ['x y', /^unable to parse requirement: found 'y', expected: in, notin, =, ==, !=, gt, lt$/],
    ['x in', /^unable to parse requirement: found '' expected: '\('$/],
    ['x in (a', /^unable to parse requirement: found '', expected: ',' or '\)'$/],
    ['x in (a b)', /^unable to parse requirement: found 'b', expected: ',' or '\)'$/],
    ['x,', /^found '', expected: identifier after ','$/],
    ['=a', /^found '=', expected: !, identifier, or 'end of string'$/],
    ['x=!=a', /^unable to parse requirement: found '!=', expected: identifier$/],
    // Reading each sign takes the time of one, however many follow.
    [','.repeat(100_000), /^found ',', expected: !, identifier, or 'end of string'$/],
    ['a/b/c=d', /^unable to parse requirement: <nil>: Invalid value: "a\/b\/c": a valid label key must/],
  ];
  for (const [text, want] of cases) {
    assert.throws(
      () => parseLabelSelector(text),
      (error: Error) => error instanceof SelectorError && want.test(error.message),
      text,
    );
  }
});

test('label selectors: matching', () => {
  const cases: [string, selectors.Labels, boolean][] = [
    ['', { x: 'y' }, true],
    ['x=y', { x: 'y', z: 'w' }, true],
    ['x!=y', {}, true],
    ['x!=y', { x: 'y' }, false],
    ['x notin (y)', { x: 'z' }, true],
    ['x in (y,z)', { x: 'z' }, true],
    ['x', { x: '' }, true],
    ['!x', { x: '' }, false],
    ['toString', {}, false],
    ['x>1', { x: '9' }, true],
    ['x<1', { x: '9' }, false],
    ['x>1', { x: 'a' }, false],
    ['x>9007199254740993', { x: '9007199254740994' }, true],
  ];
  for (const [text, labels, want] of cases) {
    assert.equal(parseLabelSelector(text).matches(labels), want, `${text} ${JSON.stringify(labels)}`);
  }
});

test('label selector objects', () => {
  assert.equal(parseSelectorObject(undefined).matches({}), false);
  assert.equal(parseSelectorObject({}).matches({ a: 'b' }), true);
  const object = {
    matchLabels: { b: 'c' },
    matchExpressions: [
      { key: 'a', operator: 'In', values: ['y', 'x'] },
      { key: 'd', operator: 'DoesNotExist' },
    ],
  };
  assert.equal(selectors.formatLabelSelector(object), 'a in (x,y),b=c,!d');
  assert.equal(selectors.formatLabelSelector({}), '<none>');
  const bad = { matchExpressions: [{ key: 'a', operator: 'Is' }] };
  assert.throws(
    () => parseSelectorObject(bad),
    /^SelectorError: "Is" is not a valid label selector operator$/,
  );
  assert.deepEqual(
    selectors
      .validateLabelSelector(
        {
          matchExpressions: [
            ...bad.matchExpressions,
            { key: 'a', operator: 'In' },
            { key: '', operator: 'Exists', values: ['-'] },
          ],
        },
        FieldPath.of('spec', 'selector'),
      )
      .map(error => fieldErrorText(error).split(' (e.g.')[0]),
    [
      'spec.selector.matchExpressions[0].operator: Invalid value: "Is": not a valid selector operator',
      "spec.selector.matchExpressions[1].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      "spec.selector.matchExpressions[2].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      'spec.selector.matchExpressions[2].key: Invalid value: "": name part must be non-empty',
      "spec.selector.matchExpressions[2].key: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      "spec.selector.matchExpressions[2].values[0]: Invalid value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    ],
  );
});

test('field selectors', () => {
  const selector = parseFieldSelector('b!=c,a=1\\,2,d==e');
  assert.deepEqual(selector.requirements, [
    { field: 'a', operator: '=', value: '1,2' },
    { field: 'b', operator: '!=', value: 'c' },
    { field: 'd', operator: '=', value: 'e' },
  ]);
  assert.equal(selector.toString(), 'a=1\\,2,b!=c,d=e');
  const values: Record<string, string> = { a: '1,2', d: 'e' };
  assert.ok(selector.matches(field => values[field] ?? ''));
  assert.equal(selector.requiredValue('d'), 'e');
  assert.equal(selector.requiredValue('b'), undefined);
  assert.throws(
    () => parseFieldSelector('a'),
    /^SelectorError: invalid selector: 'a'; can't understand 'a'$/,
  );
  assert.throws(
    () => parseFieldSelector('a=b=c'),
    /: invalid field selector: unescaped character in value: 61$/,
  );
  assert.throws(() => parseFieldSelector('a=\\b'), /: invalid field selector: invalid escape sequence: \\b$/);
});

const noise = fc.oneof(fc.string(), fc.stringMatching(/^([a-c /]|in|notin|[=!<>(),\\]){0,14}$/));

test('any text parses or is refused with SelectorError', () => {
  fc.assert(
    fc.property(noise, text => {
      for (const parse of [parseLabelSelector, parseFieldSelector]) {
        try {
          const canonical = parse(text).toString();
          assert.equal(parse(canonical).toString(), canonical);
        } catch (error) {
          assert.ok(error instanceof SelectorError, String(error));
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('any value of a field survives its text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), value => {
      const text = new selectors.FieldSelector([{ field: 'a', operator: '=', value }]).toString();
      assert.equal(parseFieldSelector(text).requiredValue('a'), value);
    }),
  );
});

test('a set without values is shown as Go shows what is not there', () => {
  assert.throws(
    () => selectors.parseSelectorObject({ matchExpressions: [{ key: 'a', operator: 'In', values: [] }] }),
    new SelectorError("values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty"),
  );
});
