import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionSpec,
  JSONSchemaProps,
} from '../../generated/types/apiextensions.v1.ts';
import { createErrors, createWarnings, created, testContext, updateErrors } from '../../testing.ts';
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

test('one that says nothing is refused for all that it lacks', () => {
  const names = { plural: '', kind: '' };
  const said = createErrors(
    customResourceDefinitionResource,
    crd({ group: '', scope: '', names, versions: null as never }),
  );
  for (const field of ['group', 'scope', 'names.plural', 'names.singular', 'names.kind', 'names.listKind']) {
    assert.ok(said.includes(`spec.${field}: Required value`), said.join('\n'));
  }
  const missing = 'must have exactly one version marked as storage version';
  assert.ok(said.includes(`spec.versions: Invalid value: null: ${missing}`), said.join('\n'));
});

test('names follow from the kind, and the storage version is recorded', () => {
  const { spec, status } = created(customResourceDefinitionResource, crd());
  assert.deepEqual(spec.names, { plural: 'boats', singular: 'boat', kind: 'Boat', listKind: 'BoatList' });
  assert.deepEqual(spec.conversion, { strategy: 'None' });
  assert.deepEqual(status?.storedVersions, ['v1']);
  assert.deepEqual(createErrors(customResourceDefinitionResource, crd()), []);
});

const at = 'spec.validation.openAPIV3Schema';
const list = (items: JSONSchemaProps, more: JSONSchemaProps): JSONSchemaProps => ({
  type: 'object',
  properties: { a: { type: 'array', items, ...more } },
});
const field = (a: JSONSchemaProps): JSONSchemaProps => ({ type: 'object', properties: { a } });
const inMap = { 'x-kubernetes-list-type': 'map' };
const inKeys = 'this property is in x-kubernetes-list-map-keys, so it';
const schemas: readonly (readonly [name: string, schema: JSONSchemaProps, errors: readonly string[]])[] = [
  ['no type at the root', {}, [`${at}.type: Required value: must not be empty at the root`]],
  ['not an object', { type: 'string' }, [`${at}.type: Invalid value: "string": must be object at the root`]],
  [
    'a field without a type',
    field({}),
    [`${at}.properties[a].type: Required value: must not be empty for specified object fields`],
  ],
  [
    'an unknown type',
    field({ type: 'text' }),
    [
      `${at}.properties[a].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"`,
    ],
  ],
  [
    'a list of anything',
    field({ type: 'array' }),
    [`${at}.properties[a].items: Required value: must be specified`],
  ],
  [
    'keys that are no properties',
    list({ type: 'object' }, { ...inMap, 'x-kubernetes-list-map-keys': ['k'] }),
    [
      `${at}.properties[a].x-kubernetes-list-map-keys: Invalid value: ["k"]: entries must all be names of item properties`,
    ],
  ],
  [
    'keys that may be missing',
    list(
      { type: 'object', properties: { k: { type: 'string' } } },
      { ...inMap, 'x-kubernetes-list-map-keys': ['k'] },
    ),
    [
      `${at}.properties[a].items.properties[k].default: Required value: ${inKeys} must have a default or be a required property`,
    ],
  ],
  [
    'items of a map that are no objects',
    list({ type: 'string' }, { ...inMap, 'x-kubernetes-list-map-keys': ['k'] }),
    [
      `${at}.properties[a].items.type: Invalid value: "string": must be object if parent array's x-kubernetes-list-type is map`,
    ],
  ],
  [
    'sets of what is no whole',
    list({ type: 'object' }, { 'x-kubernetes-list-type': 'set' }),
    [
      `${at}.properties[a].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set`,
    ],
  ],
  [
    'references',
    field({ type: 'object', $ref: '#/x' }),
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
  [
    'a type among validations',
    field({ type: 'integer', anyOf: [{ type: 'integer' }] }),
    [`${at}.properties[a].anyOf[0].type: Forbidden: must be empty to be structural`],
  ],
  [
    'validations of what is not specified',
    { type: 'object', oneOf: [{ properties: { b: { minimum: 1 } } }] },
    [`${at}.properties[b]: Required value: because it is defined in ${at}.oneOf[0].properties[b]`],
  ],
  [
    'a pattern that is none',
    field({ type: 'string', pattern: '(a' }),
    [
      `${at}.properties[a].pattern: Invalid value: "(a": must be a valid regular expression, but isn't: error parsing regexp: missing closing ): \`(a\``,
    ],
  ],
  [
    'a default of another type',
    field({ type: 'integer', default: 'x' }),
    [`${at}.properties[a].default: Invalid value: "string":  in body must be of type integer: "string"`],
  ],
  [
    'a default with fields that would be pruned',
    field({ type: 'object', default: { b: 1 } }),
    [`${at}.properties[a].default: Invalid value: {"b":1}: must not have unknown fields`],
  ],
  [
    'a default of the metadata',
    {
      type: 'object',
      properties: { metadata: { type: 'object', properties: { name: { type: 'string', default: 'x' } } } },
    },
    [`${at}.properties[metadata].properties[name].default: Forbidden: must not be set in top-level metadata`],
  ],
  [
    'defaults of an embedded resource that no resource may have',
    field({
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: {
        kind: { type: 'string', default: '%' },
        metadata: {
          type: 'object',
          default: { unknown: 1 },
          properties: {
            name: { type: 'string', default: 42 },
            labels: { type: 'object', default: { a: 'x y' } },
            finalizers: { type: 'array', items: { type: 'string', default: 'a b' } },
          },
        },
      },
    }),
    [
      `${at}.properties[a].properties[kind].default: Invalid value: "%": must result in valid metadata: kind: Invalid value: "%": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`,
      `${at}.properties[a].properties[metadata].properties[name].default: Invalid value: 42: must result in valid metadata: metadata: Invalid value: {"name":42}: json: cannot unmarshal number into Go struct field ObjectMeta.name of type string`,
      `${at}.properties[a].properties[metadata].properties[labels].default: Invalid value: {"a":"x y"}: must result in valid metadata: metadata.labels: Invalid value: "x y": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
      `${at}.properties[a].properties[metadata].properties[finalizers].items.default: Invalid value: "a b": must result in valid metadata: metadata.finalizers: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  ],
  [
    'a default of an embedded resource that is of a wrong type, which is told alone',
    field({
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
      default: { metadata: { labels: 1 } },
    }),
    [
      `${at}.properties[a].default.metadata: Invalid value: {"labels":1}: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type map[string]string`,
    ],
  ],
  [
    'a rule that does not compile beside a part that is wrong',
    {
      type: 'object',
      properties: {
        a: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self' }] },
        b: { type: 'nothing' },
      },
      'x-kubernetes-validations': [{ rule: 'self.nothing' }],
    },
    [
      `${at}.properties[b].type: Unsupported value: "nothing": supported values: "array", "boolean", "integer", "number", "object", "string"`,
      `${at}.properties[a].x-kubernetes-validations[0].rule: Invalid value: {"Rule":"self","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: cel expression must evaluate to a bool`,
    ],
  ],
  [
    'a default of the metadata as a whole',
    { type: 'object', properties: { metadata: { type: 'object', default: { name: 'x' } } } },
    [`${at}.properties[metadata].default: Forbidden: must not be set in top-level metadata`],
  ],
  [
    'a default of an embedded resource with fields that would be pruned',
    field({
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: { b: { type: 'string' } },
      default: { apiVersion: 'v1', kind: 'Foo', metadata: { unknown: 1 }, c: 1 },
    }),
    [
      `${at}.properties[a].default: Invalid value: {"apiVersion":"v1","c":1,"kind":"Foo","metadata":{"unknown":1}}: must not have unknown fields`,
    ],
  ],
  [
    'unique items',
    field({ type: 'array', items: { type: 'string' }, uniqueItems: true }),
    [
      `${at}.properties[a].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
    ],
  ],
  [
    'properties and others',
    field({
      type: 'object',
      properties: { b: { type: 'string' } },
      additionalProperties: { type: 'string' } as never,
    }),
    [
      `${at}.properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
    ],
  ],
  [
    'a rule that is empty',
    field({ type: 'string', 'x-kubernetes-validations': [{ rule: ' ' }] }),
    [`${at}.properties[a].x-kubernetes-validations[0].rule: Required value: rule is not specified`],
  ],
  [
    'a rule about no field',
    field({ type: 'object', 'x-kubernetes-validations': [{ rule: 'true', fieldPath: '.b' }] }),
    [`${at}.properties[a].x-kubernetes-validations[0].fieldPath: Invalid value: ".b": must be a valid path`],
  ],
  [
    'a rule about a field of a schema that cannot be read',
    field({
      type: 'object',
      properties: { c: { $ref: '#/x' } },
      'x-kubernetes-validations': [{ rule: 'true', fieldPath: '.b' }],
    }),
    [`${at}.properties[a].properties[c].$ref: Forbidden: $ref is not supported`],
  ],
  [
    'an embedded resource of no kind',
    field({ 'x-kubernetes-embedded-resource': true }),
    [
      `${at}.properties[a].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields`,
      `${at}.properties[a].type: Required value: must be object if x-kubernetes-embedded-resource is true`,
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

test('what versions have of their own is told with the version', () => {
  const versions = [version(), version({ type: 'object', properties: { a: {} } }, 'v2')];
  const own = 'spec.versions[1].schema.openAPIV3Schema';
  assert.deepEqual(createErrors(customResourceDefinitionResource, crd({ versions })), [
    `${own}.properties[a].type: Required value: must not be empty for specified object fields`,
  ]);
});

test('the root says little where the status is of its own', () => {
  const schema: JSONSchemaProps = { type: 'object', maxProperties: 3 };
  const versions = [{ ...version(schema), subresources: { status: {} } }];
  const [error] = createErrors(customResourceDefinitionResource, crd({ versions }));
  assert.match(
    error!,
    /^spec\.validation\.openAPIV3Schema: Invalid value: \{"ID":"",.*"Type":"object",.*"MaxProperties":3,.*\}: only \[Description Type Format /,
  );
});

test('what all versions have alike is judged after the names', () => {
  const wrong = version({ type: 'object', properties: { a: {} } });
  const versions = [wrong, { ...wrong, name: 'v2', deprecationWarning: 'w' }];
  const errors = createErrors(
    customResourceDefinitionResource,
    crd({ versions, names: { plural: 'X Y', kind: 'A', listKind: 'A', singular: 'a' } as never }),
  );
  assert.deepEqual(
    errors.map(error => error.slice(0, error.indexOf(':'))).filter(path => path.startsWith('spec')),
    [
      'spec.versions[1].deprecationWarning',
      'spec.versions',
      'spec.names.plural',
      'spec.names.listKind',
      'spec.validation.openAPIV3Schema.properties[a].type',
    ],
  );
  assert.match(errors.join(), /spec\.versions: Invalid value: \[\{"Name":"v1",.*"Schema":null,/);
});

test('selectable fields', () => {
  const properties = Object.fromEntries(
    Array.from({ length: 9 }, (_, i) => [`f${i}`, { type: 'string' } satisfies JSONSchemaProps]),
  );
  const schema: JSONSchemaProps = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: { ...properties, list: { type: 'array', items: { type: 'string' } } },
      },
    },
  };
  const errors = (...paths: string[]) =>
    createErrors(
      customResourceDefinitionResource,
      crd({ versions: [{ ...version(schema), selectableFields: paths.map(jsonPath => ({ jsonPath })) }] }),
    );
  assert.deepEqual(errors('.spec.f0', '.spec.f1'), []);
  assert.deepEqual(errors('.spec.x', '.spec.list', ".spec['f0']", '.spec.f1', '.spec.f1'), [
    'spec.selectableFields[0].jsonPath: Invalid value: ".spec.x": is an invalid path: does not refer to a valid field',
    'spec.selectableFields[1].jsonPath: Invalid value: ".spec.list": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
    `spec.selectableFields[2].jsonPath: Invalid value: ".spec['f0']": is an invalid path: array notation is not allowed`,
    'spec.selectableFields[4].jsonPath: Duplicate value: ".spec.f1"',
  ]);
  const selecting = { selectableFields: [{ jsonPath: '.spec.f0' }] };
  const apart = [
    { ...version(schema), ...selecting },
    { ...version(schema, 'v2'), storage: false },
  ];
  assert.deepEqual(createErrors(customResourceDefinitionResource, crd({ versions: apart })), [
    'spec.versions[0].selectableFields: Invalid value: "": may only be set when `version.schema.openAPIV3Schema` is not included',
  ]);
  const open = { ...version({ type: 'object', additionalProperties: true as never }), ...selecting };
  open.selectableFields = [{ jsonPath: '.f' }];
  assert.match(
    createErrors(customResourceDefinitionResource, crd({ versions: [open] })).join(),
    /jsonPath: Invalid value: "\.f": must point to a field of type string/,
  );
  const many = Object.keys(properties).map(name => `.spec.${name}`);
  assert.deepEqual(errors(...many), ['spec.selectableFields: Too many: 9: must have at most 8 items']);
});

test('subresources, columns and conversion', () => {
  const versions = [
    {
      ...version(),
      subresources: { scale: { specReplicasPath: '.status.x', statusReplicasPath: '' } },
      additionalPrinterColumns: [{ name: '', type: 'text', jsonPath: 'spec' }],
    },
  ];
  const conversion = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v9', 'v9'] } };
  assert.deepEqual(createErrors(customResourceDefinitionResource, crd({ versions, conversion })), [
    'spec.subresources.scale.specReplicasPath: Invalid value: ".status.x": should be a json path under .spec',
    'spec.subresources.scale.statusReplicasPath: Required value',
    'spec.additionalPrinterColumns[0].name: Required value',
    'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
    'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec": must be a simple json path starting with .',
    'spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook',
    'spec.conversion.conversionReviewVersions[1]: Invalid value: "v9": duplicate version',
    'spec.conversion.conversionReviewVersions: Invalid value: ["v9","v9"]: must include at least one of v1, v1beta1',
  ]);
});

test('a group of the community needs approval', () => {
  const guarded = (approval?: string): CustomResourceDefinition => {
    const made = crd({ group: 'x.k8s.io' });
    const annotations = approval === undefined ? undefined : { 'api-approved.kubernetes.io': approval };
    return { ...made, metadata: { name: 'boats.x.k8s.io', ...(annotations ? { annotations } : {}) } };
  };
  const errors = (approval?: string) => createErrors(customResourceDefinitionResource, guarded(approval));
  assert.match(
    errors()[0]!,
    /^metadata\.annotations\[api-approved\.kubernetes\.io\]: Required value: protected/,
  );
  assert.match(errors('x')[0]!, /Invalid value: "x": protected groups must have .* with either a URL/);
  assert.deepEqual([errors('unapproved, x'), errors('https://example.com/1')], [[], []]);
  assert.deepEqual(updateErrors(customResourceDefinitionResource, guarded(), guarded()), []);
});

test('formats that say nothing draw a warning', () => {
  const schema = field({ type: 'string', format: 'no-such' });
  const warnings = createWarnings(customResourceDefinitionResource, crd({ versions: [version(schema)] }));
  assert.deepEqual(warnings, ['unrecognized format "no-such"']);
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

test('a second version marked as stored is none of the stored', () => {
  const versions = [version(), { ...version(undefined, 'v2'), storage: true }];
  const errors = createErrors(customResourceDefinitionResource, crd({ versions }));
  assert.equal(
    errors.at(-1),
    'status.storedVersions: Invalid value: ["v1"]: must have the storage version v2',
  );
});

test('a stored version stays', () => {
  const versions = [{ ...version(undefined, 'v2'), storage: true }];
  const errors = updateErrors(customResourceDefinitionResource, crd(), crd({ versions }));
  assert.match(
    errors[0]!,
    /^status\.storedVersions\[0\]: Invalid value: "v1": missing from spec\.versions; v1 was/,
  );
  const moved = updateErrors(
    customResourceDefinitionResource,
    crd(),
    crd({ versions, group: 'other.example.com' }),
  );
  assert.deepEqual(
    moved.map(error => error.split(':')[0]),
    ['spec.group', 'status.storedVersions[0]'],
    'what never changes is told first',
  );
});

test('a definition is judged in steps: one for each place with rules, and some parts without at once', () => {
  const ruled = { type: 'object', 'x-kubernetes-validations': [{ rule: 'true' }] };
  for (const [part, parts, steps] of [
    [ruled, 20, 20],
    [{ type: 'string' }, 3_200, 200],
  ] as const) {
    const properties = Object.fromEntries(Array.from({ length: parts }, (_, i) => [`f${i}`, part]));
    const made = created(
      customResourceDefinitionResource,
      crd({ versions: [version({ type: 'object', properties })] }),
    );
    const judging = customResourceDefinitionResource.strategy.validateInSteps!(made, testContext());
    let count = 0;
    while (!judging.next().done) count++;
    assert.ok(count > steps, `${count} steps`);
  }
});
