import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyDefaults } from '#machinery/defaults.ts';
import { fieldErrorText } from '#machinery/field.ts';
import { prune } from '#machinery/prune.ts';
import type { JSONSchemaProps } from '../../generated/types/apiextensions.v1.ts';
import { loadSchemas } from '../../schemas.ts';
import { Correlation } from './correlation.ts';
import { validateEmbedded } from './embedded.ts';
import { hasFormat } from './formats.ts';
import { validateListTypes } from './list-types.ts';
import { compileSchema } from './schema.ts';
import { compileValidator } from './value-validator.ts';

const objectMeta = loadSchemas().schemaOf('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')!;
const meta = { objectMeta };
const object = (
  properties: Record<string, JSONSchemaProps>,
  more: JSONSchemaProps = {},
): JSONSchemaProps => ({
  type: 'object',
  properties,
  ...more,
});
const spec = (properties: Record<string, JSONSchemaProps>, more: JSONSchemaProps = {}) =>
  object({ spec: object(properties, more) });

function errorsOf(schema: JSONSchemaProps, value: unknown, old?: unknown): string[] {
  const before = old === undefined ? undefined : new Correlation(old, schema);
  return compileValidator(schema)(value, undefined, before).map(fieldErrorText);
}

function decoded(schema: JSONSchemaProps, value: object): object {
  const compiled = compileSchema('com.example.v1.Boat', schema, meta);
  const made = prune(value, compiled) as object;
  applyDefaults(made, compiled);
  return made;
}

test('unknown fields go, and what the schema leaves open stays', () => {
  const schema = spec({
    known: { type: 'string' },
    open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: object({}) } },
    any: { 'x-kubernetes-preserve-unknown-fields': true },
    map: { type: 'object', additionalProperties: object({ a: { type: 'integer' } }) },
    bools: { type: 'object', additionalProperties: true },
    list: { type: 'array', items: object({ a: { type: 'integer' } }) },
    openList: {
      type: 'array',
      items: object({ a: object({}) }),
      'x-kubernetes-preserve-unknown-fields': true,
    },
    bare: { type: 'object' },
  });
  assert.deepEqual(
    decoded(schema, {
      spec: {
        known: 'x',
        unknown: 1,
        open: { a: { b: 1 }, c: { d: 1 } },
        any: [{ a: 1 }],
        map: { x: { a: 1, b: 2 } },
        bools: { x: 1, y: { z: 1 } },
        list: [{ a: 1, b: 2 }],
        openList: [{ a: { b: 1 }, b: 2 }],
        bare: { a: 1 },
      },
      other: 1,
    }),
    {
      spec: {
        known: 'x',
        open: { a: {}, c: { d: 1 } },
        any: [{ a: 1 }],
        map: { x: { a: 1 } },
        bools: { x: 1, y: {} },
        list: [{ a: 1 }],
        openList: [{ a: {}, b: 2 }],
        bare: {},
      },
    },
  );
});

test('defaults fill in what is absent, also within defaults, and take the place of null', () => {
  const schema = object({
    spec: object(
      {
        a: { type: 'string', default: 'x' },
        b: object({ c: { type: 'integer', default: 1 } }, { default: {} }),
        n: { type: 'string', nullable: true, default: 'y' },
      },
      { default: {} },
    ),
  });
  assert.deepEqual(decoded(schema, {}), { spec: { a: 'x', b: { c: 1 }, n: 'y' } });
  assert.deepEqual(decoded(schema, { spec: { a: null, n: null } }), {
    spec: { a: 'x', b: { c: 1 }, n: null },
  });
});

test('defaults take the place of null among the items of lists and the entries of maps', () => {
  const filled = (more: JSONSchemaProps): JSONSchemaProps => ({ type: 'string', default: 'x', ...more });
  const schema = spec({
    list: { type: 'array', items: filled({}) },
    nullables: { type: 'array', items: filled({ nullable: true }) },
    plain: { type: 'array', items: { type: 'string' } },
    map: { type: 'object', additionalProperties: filled({}) },
    open: { type: 'object', additionalProperties: filled({ nullable: true }) },
  });
  const lists = { list: ['a', null], nullables: [null], plain: [null] };
  assert.deepEqual(decoded(schema, { spec: { ...lists, map: { a: null, b: '' }, open: { a: null } } }), {
    spec: { list: ['a', 'x'], nullables: [null], plain: [null], map: { a: 'x', b: '' }, open: { a: null } },
  });
});

test('defaults give embedded resources a type and metadata, of which what is unknown goes', () => {
  const resource = (properties: Record<string, JSONSchemaProps>, more: JSONSchemaProps = {}) =>
    object(
      {
        apiVersion: { type: 'string', default: 'v1' },
        kind: { type: 'string', default: 'Foo' },
        ...properties,
      },
      { 'x-kubernetes-embedded-resource': true, ...more },
    );
  const name: JSONSchemaProps = { type: 'string', default: 'bar' };
  const metadata = { name: 'bar', unknown: 'unknown' };
  const schema = spec({
    fields: resource({ metadata: object({ name, unknown: name }) }),
    whole: resource({ metadata: object({}, { default: metadata }) }),
    open: resource({ metadata: object({ name }) }, { 'x-kubernetes-preserve-unknown-fields': true }),
    all: resource({}, { default: { metadata } }),
    around: object({ in: resource({}) }, { default: { in: { metadata } } }),
  });
  const given = { fields: { metadata: {} }, whole: {}, open: { metadata: { name: 'own' }, a: 1 } };
  const one = { apiVersion: 'v1', kind: 'Foo', metadata: { name: 'bar' } };
  assert.deepEqual(decoded(schema, { spec: given }), {
    spec: {
      fields: one,
      whole: one,
      open: { ...one, metadata: { name: 'own' }, a: 1 },
      all: one,
      around: { in: one },
    },
  });
});

test('null goes where it is no value and nothing takes its place', () => {
  const schema = spec({
    a: { type: 'string' },
    map: { type: 'object', additionalProperties: { type: 'string' } },
    nullable: { type: 'object', additionalProperties: { type: 'string', nullable: true } },
  });
  assert.deepEqual(decoded(schema, { spec: { a: null, map: { x: null }, nullable: { x: null } } }), {
    spec: { map: {}, nullable: { x: null } },
  });
});

const violations: readonly (readonly [schema: JSONSchemaProps, value: unknown, error: string])[] = [
  [
    { type: 'string' },
    1,
    'spec.a: Invalid value: "integer": spec.a in body must be of type string: "integer"',
  ],
  [{ type: 'string' }, null, 'spec.a: Invalid value: "null": spec.a in body must be of type string: "null"'],
  [
    { 'x-kubernetes-int-or-string': true },
    true,
    'spec.a: Invalid value: "boolean": spec.a in body must be of type integer,string: "boolean"',
  ],
  [
    { type: 'integer', minimum: 1 },
    0,
    'spec.a: Invalid value: 0: spec.a in body should be greater than or equal to 1',
  ],
  [
    { type: 'integer', maximum: 5, exclusiveMaximum: true },
    5,
    'spec.a: Invalid value: 5: spec.a in body should be less than 5',
  ],
  [
    { type: 'number', maximum: 2.5 },
    2.75,
    'spec.a: Invalid value: 2.75: spec.a in body should be less than or equal to 2.5',
  ],
  [
    { type: 'integer', multipleOf: 3 },
    4,
    'spec.a: Invalid value: 4: spec.a in body should be a multiple of 3',
  ],
  [{ type: 'string', maxLength: 2 }, 'abc', 'spec.a: Too long: may not be more than 2 bytes'],
  [
    { type: 'string', minLength: 2 },
    'a',
    'spec.a: Invalid value: "a": spec.a in body should be at least 2 chars long',
  ],
  [
    { type: 'string', pattern: '^a+$' },
    'b',
    `spec.a: Invalid value: "b": spec.a in body should match '^a+$'`,
  ],
  [{ type: 'string', enum: ['x', 'y'] }, 'z', 'spec.a: Unsupported value: "z": supported values: "x", "y"'],
  [
    { type: 'string', format: 'date' },
    'x',
    'spec.a: Invalid value: "x": spec.a in body must be of type date: "x"',
  ],
  [
    { type: 'integer', format: 'int32' },
    2 ** 31,
    '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.a',
  ],
  [
    { type: 'array', items: { type: 'string' }, maxItems: 1 },
    ['a', 'b'],
    'spec.a: Too many: 2: must have at most 1 items',
  ],
  [
    { type: 'array', items: { type: 'string' }, minItems: 1 },
    [],
    'spec.a: Invalid value: 0: spec.a in body should have at least 1 items',
  ],
  [
    { type: 'array', items: { type: 'string' } },
    ['a', 1],
    'spec.a[1]: Invalid value: "integer": spec.a[1] in body must be of type string: "integer"',
  ],
  [object({ b: { type: 'string' } }, { required: ['b'] }), {}, 'spec.a.b: Required value'],
  [
    { type: 'object', additionalProperties: { type: 'string' }, minProperties: 1 },
    {},
    'spec.a: Invalid value: 0: spec.a in body should have at least 1 properties',
  ],
  [
    { type: 'object', additionalProperties: { type: 'string' } },
    { 'x.y/z': 1 },
    'spec.a.x.y/z: Invalid value: "integer": spec.a.x.y/z in body must be of type string: "integer"',
  ],
  [
    { type: 'object', additionalProperties: false },
    { b: 1 },
    'spec.a: Invalid value: "b": spec.a.b in body is a forbidden property',
  ],
  [
    { type: 'integer', not: { minimum: 5 } },
    7,
    '<nil>: Invalid value: "": "spec.a" must not validate the schema (not)',
  ],
];

for (const [schema, value, error] of violations) {
  test(`a value that its schema refuses: ${error}`, () => {
    assert.deepEqual(errorsOf(spec({ a: schema }), { spec: { a: value } }), [error]);
  });
}

test('a fraction is neither of the type nor in its range', () => {
  assert.deepEqual(errorsOf(spec({ a: { type: 'integer' } }), { spec: { a: 1.5 } }), [
    'spec.a: Invalid value: "number": spec.a in body must be of type integer: "number"',
    '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.a',
  ]);
});

test('alternatives tell what is wrong with the one that fits best', () => {
  const schema = spec(
    { a: { type: 'string' }, b: { type: 'string' } },
    { oneOf: [{ required: ['a'] }, { required: ['b'] }] },
  );
  assert.deepEqual(errorsOf(schema, { spec: {} }), [
    '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid',
    'spec.a: Required value',
  ]);
  assert.deepEqual(errorsOf(schema, { spec: { a: '', b: '' } }), [
    '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives',
  ]);
  assert.deepEqual(errorsOf(schema, { spec: { a: '' } }), []);
});

test('what did not change is not held against an update', () => {
  const schema = spec({
    n: { type: 'integer', minimum: 5 },
    s: { type: 'string', maxLength: 1 },
    list: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: object({ k: { type: 'string' }, n: { type: 'integer', minimum: 5 } }),
    },
    atomic: { type: 'array', items: { type: 'integer', minimum: 5 } },
  });
  const old = { spec: { n: 1, s: 'x', list: [{ k: 'a', n: 1 }], atomic: [1] } };
  assert.deepEqual(errorsOf(schema, { spec: { ...old.spec, s: 'y' } }, old), []);
  assert.equal(errorsOf(schema, { spec: { ...old.spec, n: 2 } }, old).length, 1);
  const grown = {
    spec: {
      ...old.spec,
      list: [
        { k: 'b', n: 9 },
        { k: 'a', n: 1 },
      ],
    },
  };
  assert.deepEqual(errorsOf(schema, grown, old), []);
  assert.equal(errorsOf(schema, { spec: { ...old.spec, atomic: [1, 9] } }, old).length, 1);
});

test('sets and keys hold each value once', () => {
  const schema = spec({
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    map: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: object({ k: { type: 'string' } }),
    },
  });
  const value = { spec: { set: ['a', 'b', 'a', 'a'], map: [{ k: 'x' }, { k: 'x' }] } };
  assert.deepEqual(validateListTypes(schema, value).map(fieldErrorText), [
    'spec.set[2]: Duplicate value: "a"',
    'spec.map[1]: Duplicate value: {"k":"x"}',
  ]);
});

test('an integer is whatever an int64 can hold, digit by digit', () => {
  const max = 2n ** 63n - 1n;
  const integer = spec({ a: { type: 'integer', format: 'int64' } });
  assert.deepEqual(errorsOf(integer, { spec: { a: max } }), []);
  assert.deepEqual(errorsOf(integer, { spec: { a: -max - 1n } }), []);
  assert.deepEqual(errorsOf(integer, { spec: { a: 2 ** 64 } }), [
    'spec.a: Invalid value: "float64": spec.a in body must be of type int64: "float64"',
    '<nil>: Invalid value: "": Checked value must be of type integer with format int64 in spec.a',
  ]);
  assert.deepEqual(errorsOf(spec({ a: { type: 'integer', format: 'int32' } }), { spec: { a: max } }), [
    '<nil>: Invalid value: "": Checked value must be of type integer with format int32 in spec.a',
  ]);
  const bounded = spec({ a: { type: 'integer', maximum: 10, multipleOf: 2 } });
  assert.deepEqual(errorsOf(bounded, { spec: { a: max } }), [
    'spec.a: Invalid value: 9223372036854775807: spec.a in body should be a multiple of 2',
    'spec.a: Invalid value: 9223372036854775807: spec.a in body should be less than or equal to 10',
  ]);
});

test('embedded resources have a type and metadata that may stand', () => {
  const schema = spec({
    e: {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
    },
  });
  const errors = validateEmbedded(
    schema,
    { spec: { e: { kind: 'a b', metadata: { labels: { '!': '' } } } } },
    meta,
  );
  assert.deepEqual(
    errors.map(error => error.field),
    ['spec.e.apiVersion', 'spec.e.kind', 'spec.e.metadata.labels'],
  );
});

test('formats', () => {
  const cases: readonly (readonly [format: string, good: readonly string[], bad: readonly string[]])[] = [
    ['date', ['2024-02-29'], ['2023-02-29', '24-1-1']],
    [
      'date-time',
      ['2024-02-29T01:02:03Z', '2024-02-29t01:02:03.5+01:00'],
      ['2024-02-29', '2024-02-29T24:00:00Z'],
    ],
    ['duration', ['1h30m', '3 days', '22 ns'], ['x', '']],
    ['email', ['a@b.c', 'Ann <a@b>'], ['a', '@b']],
    ['hostname', ['a.example.com'], ['-a', 'a_b']],
    ['ipv4', ['1.2.3.4'], ['1.2.3', '::1']],
    ['ipv6', ['::1'], ['1.2.3.4']],
    ['cidr', ['10.0.0.0/8'], ['10.0.0.0']],
    ['mac', ['01:23:45:67:89:ab', '0123.4567.89ab'], ['01:23']],
    ['uuid', ['123e4567-e89b-12d3-a456-426614174000'], ['x']],
    ['uri', ['https://a.b/c', '/x', 'mailto:x'], ['x', 'http://a b/']],
    ['byte', ['aGk='], ['a']],
    ['isbn', ['0321751043', '978-0321751041'], ['0321751044']],
    ['creditcard', ['4111 1111 1111 1111'], ['4111 1111 1111 1112']],
    ['rgbcolor', ['rgb(1, 2, 255)'], ['rgb(1,2,256)']],
    ['k8s-short-name', ['a-b'], ['A', '-a']],
    ['no-such-format', ['anything'], []],
  ];
  for (const [format, good, bad] of cases) {
    for (const text of good) assert.ok(hasFormat(text, format), `${format} ${text}`);
    for (const text of bad) assert.ok(!hasFormat(text, format), `${format} ${text}`);
  }
});

test('what is long is no harder to refuse', () => {
  const long = 100_000;
  for (const [format, text] of [
    ['email', 'a'.repeat(long)],
    ['email', `${' '.repeat(long)}"`],
    ['email', 'a. "b" '.repeat(long / 10)],
    ['duration', '1'.repeat(long)],
  ] as const) {
    assert.equal(hasFormat(text, format), false, format);
  }
  assert.equal(hasFormat(' "A. B" c. d <a.b@c.d> ', 'email'), true);
});
