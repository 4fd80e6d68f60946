import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atOnce } from '#base/steps.ts';
import { fieldErrorText, FieldPath } from '#machinery/field.ts';
import { checkRuleForm, checkSchemaRules } from './schema-rules.ts';
import type { StructuralSchema, ValidationRule } from './structural.ts';
import { testEnvironment } from './testing.ts';

const path = FieldPath.of('schema', 'openAPIV3Schema');

function problems(schema: StructuralSchema, ignoreRuleCosts = false): string[] {
  const options = { environment: testEnvironment, ignoreRuleCosts, schemaErrors: [] };
  return atOnce(checkSchemaRules(schema, path, options)).map(fieldErrorText);
}

/** What is wrong with the form of the rules of the field `f`. */
function formProblems(schema: StructuralSchema): string[] {
  return checkRuleForm(schema, path.child('properties').key('f')).map(fieldErrorText);
}

function withRules(schema: StructuralSchema, ...rules: ValidationRule[]): StructuralSchema {
  return { ...schema, 'x-kubernetes-validations': rules };
}

/** A root whose field `f` has this schema. */
function rootOf(f: StructuralSchema): StructuralSchema {
  return { type: 'object', properties: { f } };
}

const rulesOfF = 'schema.openAPIV3Schema.properties[f].x-kubernetes-validations[0]';

test('rules that are right are let be', () => {
  const schema = withRules(
    {
      type: 'object',
      properties: {
        replicas: { type: 'integer' },
        'dotted.name': { type: 'string' },
        namespace: { type: 'string', maxLength: 10 },
        list: {
          type: 'array',
          maxItems: 10,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
          items: withRules(
            { type: 'object', properties: { k: { type: 'string' } } },
            { rule: 'self.k == oldSelf.k', fieldPath: '.k', reason: 'FieldValueForbidden' },
          ),
        },
      },
    },
    {
      rule: "self.replicas > 0 && self.metadata.name != ''",
      messageExpression: "'bad ' + self.metadata.name",
    },
    { rule: "self.dotted__dot__name == 'x' || self.namespace == self.__namespace__" },
    { rule: 'oldSelf.hasValue() || true', optionalOldSelf: true },
  );
  assert.deepEqual(problems(schema), []);
});

test('what a rule may not say is refused by field', () => {
  const rows: readonly (readonly [ValidationRule, string])[] = [
    [{ rule: ' ' }, `${rulesOfF}.rule: Required value: rule is not specified`],
    [
      { rule: 'true', message: ' ' },
      `${rulesOfF}.message: Invalid value: " ": must be non-empty if specified`,
    ],
    [
      { rule: 'true', message: 'a\nb' },
      `${rulesOfF}.message: Invalid value: "a\\nb": must not contain line breaks`,
    ],
    [
      { rule: 'true\n||false' },
      `${rulesOfF}.message: Required value: message must be specified if rule contains line breaks`,
    ],
    [
      { rule: 'true', messageExpression: ' ' },
      `${rulesOfF}.messageExpression: Required value: messageExpression must be non-empty if specified`,
    ],
    [
      { rule: 'true', reason: 'No' },
      `${rulesOfF}.reason: Unsupported value: "No": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"`,
    ],
    [
      { rule: 'true', fieldPath: '.nope' },
      `${rulesOfF}.fieldPath: Invalid value: ".nope": must be a valid path`,
    ],
  ];
  for (const [rule, problem] of rows)
    assert.deepEqual(formProblems(withRules({ type: 'object' }, rule)), [problem]);
  const unused = withRules({ type: 'object' }, { rule: 'true', optionalOldSelf: true });
  assert.deepEqual(problems(rootOf(unused)), [
    `${rulesOfF}.optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule`,
  ]);
});

test('the fields that rules are about are named as in expressions', () => {
  const schema: StructuralSchema = {
    type: 'object',
    properties: {
      'a.b': { type: 'object', properties: { 'c\x07': { type: 'string' } } },
      map: { type: 'object', additionalProperties: { type: 'string' } },
    },
  };
  const isRight = (fieldPath: string) =>
    formProblems(withRules(schema, { rule: 'true', fieldPath })).length === 0;
  assert.ok(isRight(".map['x']"));
  assert.ok(isRight('.map.x'));
  assert.ok(isRight("['a.b']['c\\a']"));
  assert.ok(!isRight('.a.b'));
  assert.ok(!isRight('.map[0]'));
  assert.ok(!isRight('.'));
});

test('expressions that do not compile show the rule and where', () => {
  const rule = (text: string) =>
    `{"Rule":"${text}","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}`;
  assert.deepEqual(problems(rootOf(withRules({ type: 'string', maxLength: 5 }, { rule: 'self > 5' }))), [
    `${rulesOfF}.rule: Invalid value: ${rule('self \\u003e 5')}: compilation failed: ERROR: <input>:1:6: found no matching overload for '_>_' applied to '(string, int)'\n | self > 5\n | .....^`,
  ]);
  assert.deepEqual(problems(rootOf(withRules({ type: 'integer' }, { rule: 'self' }))), [
    `${rulesOfF}.rule: Invalid value: ${rule('self')}: cel expression must evaluate to a bool`,
  ]);
  const [message] = problems(
    rootOf(withRules({ type: 'integer' }, { rule: 'self > 1', messageExpression: 'self' })),
  );
  assert.match(
    message!,
    /messageExpression: Invalid value: .*: messageExpression must evaluate to a string$/,
  );
});

test('oldSelf stands only where the old value can be told', () => {
  const schema = rootOf({
    type: 'array',
    maxItems: 5,
    items: withRules({ type: 'integer' }, { rule: 'self == oldSelf' }),
  });
  assert.deepEqual(problems(schema), [
    'schema.openAPIV3Schema.properties[f].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within schema.openAPIV3Schema.properties[f]',
  ]);
});

test('rules that may cost too much are refused one by one and together', () => {
  const hint =
    '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
  const strings: StructuralSchema = { type: 'array', items: { type: 'string' } };
  const quadratic = rootOf(withRules(strings, { rule: 'self.all(x, self.exists_one(y, x == y))' }));
  assert.deepEqual(problems(quadratic), [
    `${rulesOfF}.rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${hint}`,
    `${rulesOfF}.rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
    `schema.openAPIV3Schema: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${hint}`,
  ]);
  const many = rootOf({
    type: 'array',
    items: withRules({ type: 'string' }, { rule: "self.contains('x')" }),
  });
  assert.match(problems(many)[0]!, /estimated rule cost exceeds budget by factor of more than 100x/);
  const bounded = rootOf({
    type: 'array',
    maxItems: 3000,
    items: withRules({ type: 'string', maxLength: 12_500 }, { rule: "self.contains('x')" }),
  });
  assert.deepEqual(problems(bounded), [
    `schema.openAPIV3Schema.properties[f].items.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of 1.5x ${hint}`,
  ]);
  assert.deepEqual(problems(bounded, true), []);
});

test('expressions about a schema that is wrong otherwise are passed over', () => {
  const schema = {
    ...withRules({ type: 'object', properties: { f: { type: 'string' } } }, { rule: 'self.nope' }),
  };
  const wrong = (field: string) =>
    atOnce(
      checkSchemaRules(schema, path, {
        environment: testEnvironment,
        schemaErrors: [{ type: 'FieldValueInvalid', field, message: 'Invalid value' }],
      }),
    ).length;
  assert.equal(wrong('schema.openAPIV3Schema.properties[f].type'), 0);
  assert.equal(wrong('other.openAPIV3Schema'), 1);
});

test('what no expression can see has no rules', () => {
  const hidden = rootOf(withRules({ 'x-kubernetes-preserve-unknown-fields': true }, { rule: 'true' }));
  assert.match(problems(hidden)[0]!, /Internal error: internal error: failed to construct type information/);
});
