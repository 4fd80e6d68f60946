import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyDefaults } from '#machinery/defaults.ts';
import { withoutMalformed } from '#machinery/embedded.ts';
import { prune } from '#machinery/prune.ts';
import type { JSONSchemaProps } from '../../generated/types/apiextensions.v1.ts';
import { loadSchemas } from '../../schemas.ts';
import { createErrors } from '../../testing.ts';
import { customResourceDefinitionResource } from '../custom-resource-definition/definition.ts';
import { Correlation } from './correlation.ts';
import { validateEmbedded } from './embedded.ts';
import { validateListTypes } from './list-types.ts';
import { compileSchema } from './schema.ts';
import { compileValidator } from './value-validator.ts';

const meta = { objectMeta: loadSchemas().schemaOf('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')! };
const names = ['a', 'b', 'kind', 'apiVersion', '__proto__', 'constructor'];

/** A schema of some members, of which the named ones are always there. */
function record(
  model: Record<string, fc.Arbitrary<unknown>>,
  ...requiredKeys: string[]
): fc.Arbitrary<JSONSchemaProps> {
  return fc.record(model, { requiredKeys }) as fc.Arbitrary<JSONSchemaProps>;
}

const scalar: fc.Arbitrary<JSONSchemaProps> = fc.oneof(
  record(
    {
      type: fc.constant('string'),
      maxLength: fc.nat(4),
      pattern: fc.constantFrom('^a', '[0-9]+$'),
      format: fc.constantFrom('date', 'ipv4', 'uuid', 'x'),
      enum: fc.constant(['a', 'b']),
      nullable: fc.boolean(),
    },
    'type',
  ),
  record(
    {
      type: fc.constantFrom('integer', 'number'),
      minimum: fc.integer({ min: -3, max: 3 }),
      multipleOf: fc.integer({ min: 1, max: 3 }),
      default: fc.constant(1),
    },
    'type',
  ),
  fc.constantFrom<JSONSchemaProps>(
    { type: 'boolean' },
    { 'x-kubernetes-int-or-string': true },
    { 'x-kubernetes-preserve-unknown-fields': true },
    { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
  ),
);

const { schema } = fc.letrec<{ schema: JSONSchemaProps; properties: Record<string, JSONSchemaProps> }>(
  tie => ({
    properties: fc.dictionary(fc.constantFrom(...names.slice(0, 2)), tie('schema'), { maxKeys: 2 }),
    schema: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      scalar,
      record(
        {
          type: fc.constant('object'),
          properties: tie('properties'),
          required: fc.constant(['a']),
          'x-kubernetes-map-type': fc.constantFrom('atomic', 'granular'),
          oneOf: fc.constant([{ required: ['a'] }, { required: ['b'] }]),
          not: fc.constant({ required: ['a', 'b'] }),
        },
        'type',
      ),
      tie('schema').map(additionalProperties => ({
        type: 'object',
        additionalProperties: additionalProperties as never,
      })),
      record(
        {
          type: fc.constant('array'),
          items: tie('schema'),
          'x-kubernetes-list-type': fc.constantFrom('atomic', 'set', 'map'),
          'x-kubernetes-list-map-keys': fc.constant(['a']),
          maxItems: fc.nat(3),
        },
        'type',
        'items',
      ),
    ),
  }),
);

const root = schema.map(spec => ({ type: 'object', properties: { spec } }) satisfies JSONSchemaProps);
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, 1.5, -1, 'a', 'abcdef', '10.0.0.1', '2024-01-01'),
  fc.string({ maxLength: 3 }),
);
const value = fc.letrec<{ any: unknown }>(tie => ({
  any: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...names), tie('any'), { maxKeys: 3 }),
  ),
})).any;

test('any value is decoded by any schema once and for all, and checked without a failure', () => {
  fc.assert(
    fc.property(root, value, value, (props, spec, old) => {
      const compiled = compileSchema('com.example.v1.Any', props, meta);
      const decoded = prune(withoutMalformed({ spec }, compiled), compiled) as object;
      applyDefaults(decoded, compiled);
      const again = prune(decoded, compiled) as object;
      applyDefaults(again, compiled);
      assert.deepEqual(again, decoded);
      const check = compileValidator(props);
      const errors = check(decoded, undefined);
      assert.ok(errors.every(error => error.field !== '' && error.message !== ''));
      const ratcheted = check(decoded, undefined, new Correlation({ spec: old }, props));
      assert.ok(ratcheted.length <= errors.length);
      const unchanged = check(decoded, undefined, new Correlation(structuredClone(decoded), props));
      assert.ok(unchanged.length <= errors.length);
      validateListTypes(props, decoded);
      validateEmbedded(props, decoded, meta);
    }),
    { numRuns: 600 },
  );
});

/** What authors write wrong: anything anywhere. */
const broken = fc.letrec<{ props: JSONSchemaProps }>(tie => ({
  props: record({
    type: fc.constantFrom('object', 'array', 'string', 'integer', 'null', 'text'),
    properties: fc.dictionary(
      fc.constantFrom('a', 'metadata', 'kind'),
      fc.oneof({ maxDepth: 3, depthSize: 'small' }, fc.constant({}), tie('props')),
      {
        maxKeys: 2,
      },
    ),
    items: fc.oneof({ maxDepth: 3 }, fc.constant({}), tie('props')) as fc.Arbitrary<JSONSchemaProps>,
    anyOf: fc.array(fc.constantFrom<JSONSchemaProps>({ type: 'integer' }, { minimum: 1 }), {
      maxLength: 2,
    }),
    default: leaf,
    pattern: fc.string({ maxLength: 4 }),
    nullable: fc.boolean(),
    'x-kubernetes-list-type': fc.constantFrom('set', 'map', 'odd'),
    'x-kubernetes-list-map-keys': fc.constant(['k', 'k']),
    'x-kubernetes-embedded-resource': fc.boolean(),
    'x-kubernetes-int-or-string': fc.boolean(),
    'x-kubernetes-validations': fc.array(
      fc.record({
        rule: fc.constantFrom('true', 'self', 'self.a > 1', '(', 'oldSelf == self'),
        fieldPath: fc.string({ maxLength: 4 }),
      }),
      { maxLength: 1 },
    ),
  }),
})).props;

test('any schema is taken or refused with its reasons', () => {
  fc.assert(
    fc.property(fc.oneof(broken, root), openAPIV3Schema => {
      const errors = createErrors(customResourceDefinitionResource, {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'boats.example.com' },
        spec: {
          group: 'example.com',
          scope: 'Namespaced',
          names: { plural: 'boats', kind: 'Boat' },
          versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
        },
      } as never);
      if (errors.length > 0) return;
      compileSchema('com.example.v1.Boat', openAPIV3Schema, meta);
      compileValidator(openAPIV3Schema);
    }),
    { numRuns: 600 },
  );
});
