import { type Family, answered, get, invalid, object, patch, post, refused, remove } from '../case.ts';

const group = 'custom.example.com';
const widgets = `/apis/${group}/v1/namespaces/customs/widgets`;
const one = `${widgets}/a`;
const what = 'Widget.custom.example.com';
const unchecked =
  'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
const immutable = 'Invalid value: "x": field is immutable';
const accepted =
  'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        replicas: { type: 'integer' },
        ratio: { type: 'number', multipleOf: 0.5 },
        mac: { type: 'string', format: 'mac' },
        mode: { type: 'string', maxLength: 3 },
      },
      'x-kubernetes-validations': [{ rule: "!has(self.mode) || self.mode != 'bad'" }],
    },
    status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};
const definition = {
  ...object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', `widgets.${group}`),
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: schema },
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
      },
    ],
  },
};

const widget = (name: string, spec: unknown) => ({ ...object(`${group}/v1`, 'Widget', name), spec });

/** Custom resources, in what a server of their own does otherwise than that of built-in kinds. */
export const customFamily: Family = {
  title: 'Custom resources',
  source: 'the answers of k8s.io/apiextensions-apiserver v0.36.4, asked the same',
  setup: [
    post('/api/v1/namespaces', object('v1', 'Namespace', 'customs')),
    post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition),
    post(widgets, widget('a', { replicas: 2 })),
  ],
  cases: [
    answered(
      'a Scale as a table',
      get(`${one}/scale`, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }),
      200,
      {
        body: {
          columnDefinitions: [
            { name: 'Name' },
            { name: 'Desired', type: 'integer' },
            { name: 'Available', type: 'integer' },
            { name: 'Age', type: 'date' },
          ],
          rows: [{ cells: ['a', 2, 0, /s$/] }],
        },
      },
    ),
    answered(
      'a Scale as protobuf',
      get(`${one}/scale`, { accept: 'application/vnd.kubernetes.protobuf' }),
      406,
      {
        text: /only the following media types are accepted: /,
      },
    ),
    refused(
      'what is not there, as a table in YAML',
      get(`${widgets}/x`, { accept: 'application/yaml;as=Table;v=v1;g=meta.k8s.io' }),
      404,
      'NotFound',
      'widgets.custom.example.com "x" not found',
      { headers: { 'content-type': 'application/json' } },
    ),
    refused(
      'a patch of a type that is none, and forced',
      {
        method: 'PATCH',
        path: `${one}?force=true`,
        headers: { 'content-type': 'application/foo' },
        body: {},
      },
      415,
      'UnsupportedMediaType',
      accepted,
    ),
    refused(
      'a strategic patch of all of them',
      patch(widgets, 'strategic', {}),
      415,
      'UnsupportedMediaType',
      accepted,
    ),
    answered('a status of something else', patch(`${one}/status?dryRun=All`, 'merge', { kind: 'Foo' }), 200, {
      body: { kind: 'Widget', apiVersion: `${group}/v1` },
    }),
    refused(
      'another uid',
      patch(`${one}?dryRun=All`, 'merge', { metadata: { uid: 'x' } }),
      422,
      'Invalid',
      `${what} "a" is invalid: metadata.uid: ${immutable}`,
      {
        causes: [
          ['FieldValueInvalid', 'metadata.uid', immutable],
          ['FieldValueInvalid', 'metadata.uid', immutable],
        ],
      },
    ),
    invalid(
      'no name, beside rules',
      post(`${widgets}?dryRun=All`, widget('', {})),
      `${what} ""`,
      ['FieldValueRequired', 'metadata.name', 'Required value: name or generateName is required'],
      ['FieldValueInvalid', '<nil>', unchecked],
    ),
    invalid(
      'a whole number beside a factor below one',
      post(`${widgets}?dryRun=All`, widget('b', { ratio: 1 })),
      `${what} "b"`,
      [
        'FieldValueInvalid',
        'spec.ratio',
        'Invalid value: 0: factor MultipleOf declared for spec.ratio must be positive: 0',
      ],
    ),
    answered('a fraction beside it', post(`${widgets}?dryRun=All`, widget('b', { ratio: 1.5 })), 201),
    answered(
      'a hardware address without separators',
      post(`${widgets}?dryRun=All`, widget('b', { mac: '00005e005301' })),
      201,
    ),
    invalid(
      'a spec that has no replicas',
      post(`${widgets}?dryRun=All`, widget('b', 5)),
      `${what} "b"`,
      [
        'FieldValueTypeInvalid',
        'spec',
        'Invalid value: "integer": spec in body must be of type object: "integer"',
      ],
      [
        'FieldValueInvalid',
        '.spec.replicas',
        'Invalid value: 0: .spec.replicas accessor error: 5 is of the type int64, expected map[string]interface{}',
      ],
      ['FieldValueInvalid', '<nil>', unchecked],
    ),
    refused(
      'applied with a uid where there is none',
      patch(`${widgets}/x?fieldManager=m`, 'apply', {
        ...object(`${group}/v1`, 'Widget', 'x'),
        metadata: { uid: 'x' },
      }),
      409,
      'Conflict',
      'Operation cannot be fulfilled on widgets.custom.example.com "x": uid mismatch: the provided object specified uid x, and no existing object was found',
    ),
    refused(
      'options of another kind',
      remove(one, { kind: 'Foo', apiVersion: 'v1' }),
      400,
      'BadRequest',
      'no kind "Foo" is registered for version "v1" in scheme "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"',
    ),
  ],
};
