import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldErrorText } from '#machinery/field.ts';
import { compileSchemaRules, type RuleOutcome } from './rule-checker.ts';
import type { StructuralSchema, ValidationRule } from './structural.ts';
import { testEnvironment } from './testing.ts';

const text: StructuralSchema = { type: 'string' };
const whole: StructuralSchema = { type: 'integer' };

function withRules(schema: StructuralSchema, ...rules: (string | ValidationRule)[]): StructuralSchema {
  return {
    ...schema,
    'x-kubernetes-validations': rules.map(rule => (typeof rule === 'string' ? { rule } : rule)),
  };
}

function outcome(schema: StructuralSchema, object: unknown, old?: unknown, budget?: number): RuleOutcome {
  return compileSchemaRules(schema, testEnvironment)!.check(
    object,
    old,
    budget === undefined ? {} : { budget },
  );
}

function errors(schema: StructuralSchema, object: unknown, old?: unknown): string[] {
  return outcome(schema, object, old).errors.map(fieldErrorText);
}

function specOf(spec: StructuralSchema): StructuralSchema {
  return { type: 'object', properties: { spec } };
}

test('a schema without rules has no checker', () => {
  assert.equal(compileSchemaRules(specOf(text), testEnvironment), undefined);
});

test('what a rule refuses is said at its place, scalars with their value', () => {
  const schema = specOf({
    type: 'object',
    properties: {
      n: withRules(whole, 'self > 1'),
      list: { type: 'array', items: withRules(text, { rule: "self != 'x'", message: ' no x ' }) },
      map: {
        type: 'object',
        additionalProperties: withRules({ type: 'object', properties: { a: whole } }, 'self.a == 1'),
      },
      'odd key!': withRules(whole, 'self == 0'),
    },
  });
  const object = { spec: { n: 1, list: ['a', 'x'], map: { k: { a: 2 } }, 'odd key!': 1 } };
  assert.deepEqual(errors(schema, object), [
    'spec.n: Invalid value: 1: failed rule: self > 1',
    'spec.list[1]: Invalid value: "x": no x',
    'spec.map[k]: Invalid value: failed rule: self.a == 1',
    'spec.odd key!: Invalid value: 1: failed rule: self == 0',
  ]);
});

test('reason, fieldPath and messageExpression shape the error', () => {
  const rule = { rule: 'false', fieldPath: '.a', messageExpression: "'a is ' + string(self.a)" };
  const object = { type: 'object', properties: { a: whole } };
  const of = (reason?: string) =>
    errors(specOf(withRules(object, reason ? { ...rule, reason } : rule)), { spec: { a: 1 } });
  assert.deepEqual(of(), ['spec.a: Invalid value: a is 1']);
  assert.deepEqual(of('FieldValueForbidden'), ['spec.a: Forbidden: a is 1']);
  assert.deepEqual(of('FieldValueRequired'), ['spec.a: Required value: a is 1']);
  assert.deepEqual(of('FieldValueDuplicate'), ['spec.a: Duplicate value']);
  const useless = { rule: 'false', message: 'plain', messageExpression: "self.a > 0 ? '  ' : 'x'" };
  assert.deepEqual(errors(specOf(withRules(object, useless)), { spec: { a: 1 } }), [
    'spec: Invalid value: plain',
  ]);
});

test('an expression that fails is an error of its own', () => {
  const schema = (rule: string) =>
    specOf(
      withRules(
        { type: 'object', properties: { a: whole, i: { 'x-kubernetes-int-or-string': true } } },
        rule,
      ),
    );
  assert.deepEqual(errors(schema('self.a > 0'), { spec: {} }), [
    'spec: Invalid value: "object": no such key: a evaluating rule: self.a > 0',
  ]);
  assert.deepEqual(errors(schema("self.i.contains('5')"), { spec: { i: 5 } }), [
    `spec: Invalid value: "object": 'no such overload': call arguments did not match a supported operator, function or macro signature for rule: self.i.contains('5')`,
  ]);
  assert.deepEqual(errors(schema('self.b > 0'), { spec: {} }), [
    `spec: Invalid value: "object": rule compile error: compilation failed: ERROR: <input>:1:5: undefined field 'b'\n | self.b > 0\n | ....^`,
  ]);
});

test('transition rules run where there is an old value', () => {
  const item = withRules({ type: 'object', properties: { k: text, v: whole } }, 'self.v >= oldSelf.v');
  const schema = specOf({
    type: 'object',
    properties: {
      keyed: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: item,
      },
      fixed: withRules(text, 'self == oldSelf'),
      once: withRules(whole, { rule: 'oldSelf.orValue(0) < self', optionalOldSelf: true }),
    },
  });
  const old = {
    spec: {
      keyed: [
        { k: 'a', v: 5 },
        { k: 'b', v: 5 },
      ],
      fixed: 'x',
      once: 3,
    },
  };
  assert.deepEqual(errors(schema, old), []);
  const object = {
    spec: {
      keyed: [
        { k: 'b', v: 4 },
        { k: 'c', v: 0 },
        { k: 'a', v: 6 },
      ],
      fixed: 'y',
      once: 3,
    },
  };
  assert.deepEqual(errors(schema, object, old), [
    'spec.keyed[0]: Invalid value: failed rule: self.v >= oldSelf.v',
    'spec.fixed: Invalid value: "y": failed rule: self == oldSelf',
    'spec.once: Invalid value: 3: failed rule: oldSelf.orValue(0) < self',
  ]);
  assert.deepEqual(errors(schema, { spec: { once: 0 } }), [
    'spec.once: Invalid value: 0: failed rule: oldSelf.orValue(0) < self',
  ]);
});

test('what has not changed only warns, transition rules excepted', () => {
  const schema = specOf({
    type: 'object',
    properties: {
      a: withRules(text, "self == 'good'"),
      list: { type: 'array', items: withRules(whole, 'self > 0') },
      b: whole,
    },
  });
  const old = { spec: { a: 'bad', list: [0, 1], b: 1 } };
  const changed = outcome(schema, { spec: { a: 'bad', list: [0, 1], b: 2 } }, old);
  assert.deepEqual(changed.errors, []);
  assert.deepEqual(changed.warnings, [
    `spec.a: Invalid value: "bad": failed rule: self == 'good'`,
    'spec.list[0]: Invalid value: 0: failed rule: self > 0',
  ]);
  assert.deepEqual(errors(schema, { spec: { a: 'worse', list: [0, 2], b: 1 } }, old), [
    `spec.a: Invalid value: "worse": failed rule: self == 'good'`,
    'spec.list[0]: Invalid value: 0: failed rule: self > 0',
  ]);
});

test('resources have a name and version, embedded ones too, and null is no value', () => {
  const schema = withRules(
    {
      type: 'object',
      properties: {
        inner: withRules(
          {
            type: 'object',
            'x-kubernetes-embedded-resource': true,
            'x-kubernetes-preserve-unknown-fields': true,
          },
          "self.kind == 'Pod'",
        ),
        nothing: withRules({ type: 'string', nullable: true }, 'false'),
        allOf: { type: 'string', allOf: [withRules({}, "self.startsWith('a')")] },
      },
    },
    "self.metadata.name == 'n' && self.kind == 'K' && !has(self.nothing)",
  );
  const object = {
    kind: 'K',
    apiVersion: 'g/v1',
    metadata: { name: 'n' },
    inner: { kind: 'Service' },
    nothing: null,
    allOf: 'b',
  };
  assert.deepEqual(errors(schema, object), [
    "inner: Invalid value: failed rule: self.kind == 'Pod'",
    `allOf: Invalid value: "b": failed rule: self.startsWith('a')`,
  ]);
});

test('sets and keyed lists compare whatever their order', () => {
  const schema = specOf(
    withRules(
      {
        type: 'object',
        properties: {
          set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
          keyed: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['k'],
            items: { type: 'object', properties: { k: text, v: whole } },
          },
          same: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
        },
      },
      "self.set == ['c', 'b', 'a'] && self.set == self.same && size(self.set + ['a', 'd']) == 4",
      'size(self.keyed + [self.keyed[0]]) == 2',
    ),
  );
  const object = {
    spec: {
      set: ['a', 'b', 'c'],
      same: ['b', 'a', 'c'],
      keyed: [
        { k: 'x', v: 1 },
        { k: 'y', v: 2 },
      ],
    },
  };
  assert.deepEqual(errors(schema, object), []);
});

test('the budget ends the check', () => {
  const schema = specOf({ type: 'array', items: withRules(whole, 'self > 0') });
  const { errors: found, remaining } = outcome(schema, { spec: [1, 2, 3, 4] }, undefined, 5);
  assert.deepEqual(found.map(fieldErrorText), [
    'spec[2]: Invalid value: "integer": validation failed due to running out of cost budget, no further validation rules will be run',
  ]);
  assert.equal(remaining, -1);
  assert.equal(outcome(schema, { spec: [1, 2] }).remaining, 10_000_000 - 4);
  const dear = specOf(withRules({ type: 'array', items: whole }, 'self.all(x, self.all(y, x + y >= 0))'));
  const many = { spec: Array.from({ length: 1000 }, (_, i) => i) };
  assert.match(
    errors(dear, many)[0]!,
    /^spec: Invalid value: "array": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: /,
  );
});
