import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  JSONSchemaProps,
} from '../../generated/types/apiextensions.v1.ts';
import { createErrors, created, updateErrors } from '../../testing.ts';
import { customResourceDefinitionResource } from './definition.ts';

const version = (openAPIV3Schema: JSONSchemaProps = { type: 'object' }, name = 'v1') => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: { openAPIV3Schema },
});
const crd = (spec: Partial<CustomResourceDefinitionSpec> = {}): CustomResourceDefinition => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'boats.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'boats', kind: 'Boat' },
    versions: [version()],
    ...spec,
  },
});

test('names follow from the kind, and the storage version is recorded', () => {
  const { spec, status } = created(customResourceDefinitionResource, crd());
  assert.deepEqual(spec.names, { plural: 'boats', singular: 'boat', kind: 'Boat', listKind: 'BoatList' });
  assert.deepEqual(spec.conversion, { strategy: 'None' });
  assert.deepEqual(status?.storedVersions, ['v1']);
  assert.deepEqual(createErrors(customResourceDefinitionResource, crd()), []);
});

const at = 'spec.versions[0].schema.openAPIV3Schema';
const schemas: readonly (readonly [name: string, schema: JSONSchemaProps, errors: readonly string[]])[] = [
  ['no type at the root', {}, [`${at}.type: Required value: must not be empty at the root`]],
  ['not an object', { type: 'string' }, [`${at}.type: Invalid value: "string": must be object at the root`]],
  [
    'an unknown type',
    { type: 'object', properties: { a: { type: 'text' } } },
    [
      `${at}.properties[a].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"`,
    ],
  ],
  [
    'a list of anything',
    { type: 'object', properties: { a: { type: 'array' } } },
    [`${at}.properties[a].items: Required value: must be specified`],
  ],
  [
    'keys that are no properties',
    {
      type: 'object',
      properties: {
        a: {
          type: 'array',
          items: { type: 'object' },
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k'],
        },
      },
    },
    [
      `${at}.properties[a].x-kubernetes-list-map-keys: Invalid value: ["k"]: entries must all be names of item properties`,
    ],
  ],
  [
    'references',
    { type: 'object', properties: { a: { type: 'object', $ref: '#/x' } } },
    [`${at}.properties[a].$ref: Forbidden: $ref is not supported`],
  ],
  [
    'metadata of its own',
    {
      type: 'object',
      properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } },
    },
    [
      `${at}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
    ],
  ],
];

for (const [name, schema, errors] of schemas) {
  test(`refused: ${name}`, () => {
    assert.deepEqual(
      createErrors(customResourceDefinitionResource, crd({ versions: [version(schema)] })),
      errors,
    );
  });
}

test('open schemas are taken', () => {
  const open: JSONSchemaProps = {
    type: 'object',
    properties: {
      any: { 'x-kubernetes-preserve-unknown-fields': true },
      port: { 'x-kubernetes-int-or-string': true },
      map: { type: 'object', additionalProperties: { type: 'string' } },
    },
  };
  assert.deepEqual(createErrors(customResourceDefinitionResource, crd({ versions: [version(open)] })), []);
});

test('name, group and scope', () => {
  const errors = createErrors(customResourceDefinitionResource, crd({ group: 'example', scope: 'World' }));
  assert.deepEqual(errors, [
    'metadata.name: Invalid value: "boats.example.com": must be spec.names.plural+"."+spec.group',
    'spec.group: Invalid value: "example": should be a domain with at least one dot',
    'spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"',
  ]);
});

test('one version is stored', () => {
  const versions = [version(undefined, 'v2')];
  const [error] = createErrors(customResourceDefinitionResource, crd({ versions }));
  assert.match(
    error!,
    /^spec\.versions: Invalid value: .*: must have exactly one version marked as storage version$/,
  );
});

test('a stored version stays', () => {
  const versions = [{ ...version(undefined, 'v2'), storage: true }];
  const errors = updateErrors(customResourceDefinitionResource, crd(), crd({ versions }));
  assert.match(
    errors[0]!,
    /^status\.storedVersions\[0\]: Invalid value: "v1": missing from spec\.versions; v1 was/,
  );
});
