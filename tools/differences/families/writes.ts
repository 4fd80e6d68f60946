import { type Family, answered, configMap, invalid, object, post, put, refused } from '../case.ts';

const base = '/api/v1/namespaces/writes';
const maps = `${base}/configmaps`;
const unrecognized = 'the object provided is unrecognized (must be of type ConfigMap): ';
const cannot = 'ConfigMap in version "v1" cannot be handled as a ConfigMap: ';
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const modified =
  'Operation cannot be fulfilled on configmaps "one": the object has been modified; please apply your changes to the latest version and try again';

/** What a client creates and replaces, and in what form. */
export const writesFamily: Family = {
  title: 'Creates and updates',
  source:
    'apiserver endpoints/handlers/{create,update}.go, registry/rest and registry/generic/registry/store.go, apimachinery api/validation/objectmeta.go',
  setup: [
    post('/api/v1/namespaces', object('v1', 'Namespace', 'writes')),
    post(maps, configMap('one', { a: '1' })),
    post(maps, { ...configMap('fixed', { a: '1' }), immutable: true }),
  ],
  cases: [
    answered('an object', post(maps, configMap('two', { a: '1' })), 201, {
      body: {
        kind: 'ConfigMap',
        apiVersion: 'v1',
        metadata: {
          name: 'two',
          namespace: 'writes',
          uid: /^[0-9a-f-]{36}$/,
          resourceVersion: /^\d+$/,
          creationTimestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
          generation: null,
          managedFields: [{ operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1' }],
        },
      },
    }),
    refused(
      'one that exists',
      post(maps, configMap('one')),
      409,
      'AlreadyExists',
      'configmaps "one" already exists',
      {
        details: { name: 'one', kind: 'configmaps' },
      },
    ),
    answered('a generated name', post(maps, { ...configMap(''), metadata: { generateName: 'gen-' } }), 201, {
      body: { metadata: { name: /^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/, generateName: 'gen-' } },
    }),
    answered('a dry run', post(`${maps}?dryRun=All`, configMap('dry')), 201, {
      body: { metadata: { name: 'dry' } },
    }),
    refused(
      'in a namespace that is not there',
      post('/api/v1/namespaces/nope/configmaps', configMap('x')),
      404,
      'NotFound',
      'namespaces "nope" not found',
      { details: { name: 'nope', kind: 'namespaces' } },
    ),
    refused(
      'of another namespace',
      post(maps, configMap('x', {}, { namespace: 'default' })),
      400,
      'BadRequest',
      'the namespace of the provided object does not match the namespace sent on the request',
    ),
    invalid('no name', post(maps, { apiVersion: 'v1', kind: 'ConfigMap' }), 'ConfigMap ""', [
      'FieldValueRequired',
      'metadata.name',
      'Required value: name or generateName is required',
    ]),
    invalid('a bad name', post(maps, configMap('A')), 'ConfigMap "A"', [
      'FieldValueInvalid',
      'metadata.name',
      `Invalid value: "A": ${subdomain}`,
    ]),
    invalid(
      'a bad label and a bad annotation',
      post(maps, configMap('x', {}, { labels: { 'a b': 'x' }, annotations: { '': 'x' } })),
      'ConfigMap "x"',
      [
        'FieldValueInvalid',
        'metadata.labels',
        "Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
      ['FieldValueInvalid', 'metadata.annotations', 'Invalid value: "": name part must be non-empty'],
      [
        'FieldValueInvalid',
        'metadata.annotations',
        "Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    ),
    invalid(
      'an owner without a name',
      post(
        maps,
        configMap('x', {}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: '', uid: 'u' }] }),
      ),
      'ConfigMap "x"',
      ['FieldValueInvalid', 'metadata.ownerReferences.name', 'Invalid value: "": must not be empty'],
    ),
    invalid('a bad finalizer', post(maps, configMap('x', {}, { finalizers: ['f'] })), 'ConfigMap "x"', [
      'FieldValueInvalid',
      'metadata.finalizers[0]',
      'Invalid value: "f": name is neither a standard finalizer name nor is it fully qualified',
    ]),
    refused(
      'with a resource version',
      post(maps, configMap('x', {}, { resourceVersion: '1' })),
      500,
      '',
      'resourceVersion should not be set on objects to be created',
    ),
    answered('an uid of the client', post(maps, configMap('uid', {}, { uid: 'mine' })), 201, {
      body: { metadata: { uid: /^[0-9a-f]{8}-/ } },
    }),
    invalid('a bad key', post(maps, configMap('x', { 'a b': '' })), 'ConfigMap "x"', [
      'FieldValueInvalid',
      'data[a b]',
      "Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ]),
    invalid(
      'a key twice',
      post(maps, { ...configMap('x', { a: '' }), binaryData: { a: '' } }),
      'ConfigMap "x"',
      ['FieldValueInvalid', 'data[a]', 'Invalid value: "a": duplicate of key present in binaryData'],
    ),
    refused(
      'truncated JSON',
      post(maps, '{"kind":'),
      400,
      'BadRequest',
      `${unrecognized}couldn't get version/kind; json parse error: unexpected end of JSON input ({"kind":)`,
    ),
    refused(
      'nothing',
      post(maps, ''),
      400,
      'BadRequest',
      `${unrecognized}couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)`,
    ),
    refused(
      'a number for a string',
      post(maps, configMap('x', { a: 1 })),
      400,
      'BadRequest',
      `${cannot}json: cannot unmarshal number into Go struct field ConfigMap.data of type string`,
    ),
    refused(
      'a kind of no version',
      post(maps, object('v1', 'Foo', 'x')),
      400,
      'BadRequest',
      'Foo in version "v1" cannot be handled as a ConfigMap: no kind "Foo" is registered for version "v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    ),
    refused(
      'another kind',
      post(maps, object('v1', 'Secret', 'x')),
      400,
      'BadRequest',
      'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
    ),
    answered('an unknown field, by default', post(maps, { ...configMap('warned'), foo: 1 }), 201, {
      headers: { warning: '299 - "unknown field \\"foo\\""' },
      body: { foo: null },
    }),
    answered(
      'an unknown field, ignored',
      post(`${maps}?fieldValidation=Ignore`, { ...configMap('ign'), foo: 1 }),
      201,
      {
        headers: { warning: '' },
      },
    ),
    refused(
      'unknown and repeated fields, strictly',
      post(
        `${maps}?fieldValidation=Strict`,
        '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"s","labl":{}},"foo":1,"data":{"a":"1","a":"2"}}',
      ),
      400,
      'BadRequest',
      `${cannot}strict decoding error: unknown field "metadata.labl", unknown field "foo", duplicate field "data.a"`,
    ),
    refused(
      'a field in another case, strictly',
      post(`${maps}?fieldValidation=Strict`, { ...configMap('s'), Data: {} }),
      400,
      'BadRequest',
      `${cannot}strict decoding error: unknown field "Data"`,
    ),
    refused(
      'no such field validation',
      post(`${maps}?fieldValidation=Hard`, configMap('x')),
      422,
      'Invalid',
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Hard": supported values: "", "Ignore", "Strict", "Warn"',
    ),
    refused(
      'no such dry run',
      post(`${maps}?dryRun=Some`, configMap('x')),
      422,
      'Invalid',
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    ),
    refused(
      'a long field manager',
      post(`${maps}?fieldManager=${'m'.repeat(129)}`, configMap('x')),
      422,
      'Invalid',
      'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
    ),
    answered('an update', put(`${maps}/one`, configMap('one', { a: '2' })), 200, {
      body: { data: { a: '2' } },
    }),
    refused(
      'an update of another name',
      put(`${maps}/one`, configMap('two')),
      400,
      'BadRequest',
      'the name of the object (two) does not match the name on the URL (one)',
    ),
    refused(
      'an update of nothing',
      put(`${maps}/x`, configMap('x')),
      404,
      'NotFound',
      'configmaps "x" not found',
    ),
    refused(
      'an update of an old version',
      put(`${maps}/one`, configMap('one', {}, { resourceVersion: '1' })),
      409,
      'Conflict',
      modified,
      {
        details: { name: 'one', kind: 'configmaps' },
      },
    ),
    refused(
      'an update with another uid',
      put(`${maps}/one`, configMap('one', {}, { uid: 'x' })),
      409,
      'Conflict',
      /^Operation cannot be fulfilled on configmaps "one": StorageError: invalid object, Code: 4, Key: \/registry\/configmaps\/writes\/one, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: x, UID in object meta: [0-9a-f-]{36}$/,
    ),
    refused(
      'an update with a resource version that is none',
      put(`${maps}/one`, configMap('one', {}, { resourceVersion: 'x' })),
      500,
      '',
      'strconv.ParseUint: parsing "x": invalid syntax',
    ),
    invalid(
      'an immutable map',
      put(`${maps}/fixed`, { ...configMap('fixed', { a: '2' }), immutable: true }),
      'ConfigMap "fixed"',
      ['FieldValueForbidden', 'data', 'Forbidden: field is immutable when `immutable` is set'],
    ),
    invalid(
      'a map that is no longer immutable',
      put(`${maps}/fixed`, configMap('fixed', { a: '1' })),
      'ConfigMap "fixed"',
      ['FieldValueForbidden', 'immutable', 'Forbidden: field is immutable when `immutable` is set'],
    ),
    answered(
      'YAML',
      post(maps, 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: yaml}\ndata: {a: "1"}\n', {
        'content-type': 'application/yaml',
      }),
      201,
      { body: { data: { a: '1' } } },
    ),
    refused(
      'a form',
      post(maps, 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'UnsupportedMediaType',
      /^the body of the request was in an unknown format - accepted media types include: application\/json, application\/yaml, application\/vnd.kubernetes.protobuf/,
    ),
  ],
};
