import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WiredCluster, type WireRequest } from './wire.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const one = `${maps}/one`;
const json = { 'content-type': 'application/json' };
const yaml = { 'content-type': 'application/yaml' };
const protobuf = { 'content-type': 'application/vnd.kubernetes.protobuf' };
const blanks = `application/json${' '.repeat(8_000)};x`;
const merge = { 'content-type': 'application/merge-patch+json' };
const jsonPatch = { 'content-type': 'application/json-patch+json' };
const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
const unrecognized = 'the object provided is unrecognized (must be of type ConfigMap): ';
const rejected = 'the server rejected our request due to an error in our request';
const scheme = 'in scheme "pkg/api/legacyscheme/scheme.go:30"';
const map = (more: object, name = 'two') => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name },
  ...more,
});
const post = (body: unknown, query = '', headers = json): WireRequest => ({
  method: 'POST',
  path: `${maps}${query}`,
  headers,
  body,
});
const patch = (body: unknown, headers: WireRequest['headers'], query = ''): WireRequest => ({
  method: 'PATCH',
  path: `${one}${query}`,
  headers: headers ?? {},
  body,
});
const list = (query: string): WireRequest => ({ path: `${maps}?${query}` });
const token = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

const badRevision = 'resourceVersion: Invalid value: "foo": strconv.ParseUint: parsing "foo": invalid syntax';

/** What is sent, the code, the reason and the message (a string: its beginning) that come back. */
type Case = readonly [string, WireRequest, number, string | undefined, string | RegExp];

const bodies: readonly Case[] = [
  [
    'truncated JSON',
    post('{"kind":'),
    400,
    'BadRequest',
    `${unrecognized}couldn't get version/kind; json parse error: unexpected end of JSON input ({"kind":)`,
  ],
  [
    'no JSON',
    post('hello'),
    400,
    'BadRequest',
    `${unrecognized}couldn't get version/kind; json parse error: invalid character 'h' looking for beginning of value (68656c6c6f)`,
  ],
  ['nothing', post(''), 400, 'BadRequest', /unexpected end of JSON input \(<empty>\)$/],
  ['an array', post('[1]'), 400, 'BadRequest', /json: cannot unmarshal array into Go value of type/],
  ['null', post('null'), 422, 'Invalid', 'ConfigMap "" is invalid: metadata.name: Required value'],
  [
    'a number for a string',
    post(map({ data: { a: 1 } })),
    400,
    'BadRequest',
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
  ],
  [
    'a string for metadata',
    post({ ...map({}), metadata: 'x' }),
    400,
    'BadRequest',
    /cannot unmarshal string into Go struct field ConfigMap.metadata of type v1.ObjectMeta$/,
  ],
  [
    'another kind',
    post({ ...map({}), kind: 'Secret' }),
    400,
    'BadRequest',
    'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
  ],
  [
    'no kind of this world',
    post({ ...map({}), kind: 'Foo' }),
    400,
    'BadRequest',
    `Foo in version "v1" cannot be handled as a ConfigMap: no kind "Foo" is registered for version "v1" ${scheme}`,
  ],
  [
    'no version of it',
    post({ ...map({}), apiVersion: 'v2' }),
    400,
    'BadRequest',
    `ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" ${scheme}`,
  ],
  ['broken YAML', post('a: [b', '', yaml), 400, 'BadRequest', `${unrecognized}yaml: line 1: `],
  [
    'deep YAML',
    post(`kind: ConfigMap\ndata: ${'['.repeat(20_000)}`, '', yaml),
    400,
    'BadRequest',
    unrecognized,
  ],
  [
    'deep JSON',
    post(`{"data":${'['.repeat(200_000)}`),
    400,
    'BadRequest',
    /exceeded max depth|unexpected end/,
  ],
  [
    'no protobuf',
    post('hello', '', protobuf),
    400,
    'BadRequest',
    /provided data does not appear to be a protobuf message, expected prefix \[107 56 115 0\]/,
  ],
  ['truncated protobuf', post('k8s\0\x0a\x7f', '', protobuf), 400, 'BadRequest', /unexpected EOF/],
  ['blanks', post('{}', '', { 'content-type': blanks }), 415, 'UnsupportedMediaType', /unknown format/],
  [
    'an unknown content type',
    post('{}', '', { 'content-type': 'text/plain' }),
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json',
  ],
  [
    'an unknown field, strictly',
    post(map({ foo: 1 }), '?fieldValidation=Strict'),
    400,
    'BadRequest',
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo"',
  ],
  [
    'a field twice, strictly',
    post('{"kind":"ConfigMap","apiVersion":"v1","data":{"a":"1","a":"2"}}', '?fieldValidation=Strict'),
    400,
    'BadRequest',
    /strict decoding error: duplicate field "data.a"$/,
  ],
  [
    'no name',
    post(map({ metadata: {} })),
    422,
    'Invalid',
    /metadata.name: Required value: name or generateName is required/,
  ],
  [
    'a bad name',
    post(map({}, 'A_b')),
    422,
    'Invalid',
    /^ConfigMap "A_b" is invalid: metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain/,
  ],
  [
    'another namespace',
    post(map({ metadata: { name: 'a', namespace: 'x' } })),
    400,
    'BadRequest',
    'the namespace of the provided object does not match the namespace sent on the request',
  ],
  [
    'another name',
    { method: 'PUT', path: one, body: map({}) },
    400,
    'BadRequest',
    'the name of the object (two) does not match the name on the URL (one)',
  ],
  [
    'a namespace that is not there',
    { ...post(map({})), path: maps.replace('default', 'nope') },
    404,
    'NotFound',
    'namespaces "nope" not found',
  ],
  [
    'an update of nothing',
    { method: 'PUT', path: `${maps}/x`, body: map({}, 'x') },
    404,
    'NotFound',
    'configmaps "x" not found',
  ],
];

const versioned = (name: string) => map({ metadata: { name, resourceVersion: '5' } });

const options: readonly Case[] = [
  ['a version of what is new', post(versioned('two')), 500, undefined, 'resourceVersion should not be set '],
  ['a version of what is invalid too', post(versioned('T')), 422, 'Invalid', 'ConfigMap "T" is invalid: '],
  ['a version of what is there, dry', post(versioned('one'), '?dryRun=All'), 409, 'AlreadyExists', ''],
  [
    'fieldValidation',
    post(map({}), '?fieldValidation=Foo'),
    422,
    'Invalid',
    'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Foo": supported values: "", "Ignore", "Strict", "Warn"',
  ],
  [
    'dryRun',
    post(map({}), '?dryRun=Foo'),
    422,
    'Invalid',
    'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Foo"]: supported values: "All"',
  ],
  [
    'fieldManager',
    post(map({}), `?fieldManager=${'x'.repeat(129)}`),
    422,
    'Invalid',
    'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
  ],
  [
    'force',
    patch('{}', merge, '?force=true'),
    422,
    'Invalid',
    'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
  ],
  [
    'an open label selector',
    list('labelSelector=a%20in%20('),
    400,
    'BadRequest',
    "unable to parse requirement: found ''",
  ],
  [
    'a bad label key',
    list('labelSelector=a%2Fb%2Fc%3Dd'),
    400,
    'BadRequest',
    'unable to parse requirement: <nil>: Invalid value: "a/b/c": a valid label key must',
  ],
  [
    'a field of no such kind',
    list('fieldSelector=spec.foo%3Dx'),
    400,
    'BadRequest',
    '"spec.foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
  ],
  [
    'a field of pods',
    { path: '/api/v1/pods?fieldSelector=spec.foo%3Dx' },
    400,
    'BadRequest',
    'field label not supported: spec.foo',
  ],
  [
    'a field of jobs',
    { path: '/apis/batch/v1/jobs?fieldSelector=spec.foo%3Dx' },
    400,
    'BadRequest',
    'field label "spec.foo" not supported for Job',
  ],
  [
    'a field of resource slices',
    { path: '/apis/resource.k8s.io/v1/resourceslices?fieldSelector=spec.foo%3Dx' },
    400,
    'BadRequest',
    'field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: spec.foo',
  ],
  [
    'a field of replica sets',
    { path: '/apis/apps/v1/replicasets?fieldSelector=status.replicas%3D1' },
    400,
    'BadRequest',
    '"status.replicas" is not a known field selector: only "metadata.name", "metadata.namespace"',
  ],
  [
    'no field selector',
    list('fieldSelector=foo'),
    400,
    'BadRequest',
    "invalid selector: 'foo'; can't understand 'foo'",
  ],
  [
    'resourceVersion of a list',
    list('resourceVersion=foo'),
    400,
    'BadRequest',
    `invalid resource version: ${badRevision}`,
  ],
  ['resourceVersion of a get', { path: `${maps}/one?resourceVersion=foo` }, 500, undefined, badRevision],
  ['resourceVersion of a watch', list('watch=1&resourceVersion=foo'), 500, undefined, badRevision],
  ['limit', list('limit=foo'), 400, 'BadRequest', 'strconv.ParseInt: parsing "foo": invalid syntax'],
  [
    'timeoutSeconds',
    list('watch=1&timeoutSeconds=foo'),
    400,
    'BadRequest',
    'strconv.ParseInt: parsing "foo": invalid syntax',
  ],
  [
    'a continue token',
    list('continue=foo'),
    400,
    'BadRequest',
    "invalid continue token: continue key is not valid: invalid character '~' looking for beginning of value",
  ],
  [
    'a continue token of other letters',
    list('continue=fo%21'),
    400,
    'BadRequest',
    'invalid continue token: continue key is not valid: illegal base64 data at input byte 2',
  ],
  [
    'a climbing continue token',
    list(`continue=${token({ v: 'meta.k8s.io/v1', rv: 1, start: '../x' })}`),
    400,
    'BadRequest',
    'invalid continue token: continue key is not valid: ../x',
  ],
  [
    'an old continue token',
    list(`continue=${token({ v: 'x', rv: 1, start: 'x' })}`),
    400,
    'BadRequest',
    /server does not recognize this encoded version x$/,
  ],
  [
    'a continue token of no revision',
    list(`continue=${token({ v: 'meta.k8s.io/v1', rv: 0, start: 'x' })}`),
    400,
    'BadRequest',
    /incorrect encoded start resourceVersion/,
  ],
  [
    'continue with resourceVersion',
    list(`resourceVersion=1&continue=${token({ v: 'meta.k8s.io/v1', rv: 1, start: 'x' })}`),
    400,
    'BadRequest',
    'specifying resource version is not allowed when using continue',
  ],
  [
    'a match without revision',
    list('resourceVersionMatch=Exact'),
    422,
    'Invalid',
    'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  ],
  [
    'no such match',
    list('resourceVersionMatch=Foo&resourceVersion=1'),
    422,
    'Invalid',
    /Unsupported value: "Foo": supported values: "Exact", "NotOlderThan", ""$/,
  ],
  [
    'initial events of a list',
    list('sendInitialEvents=true'),
    422,
    'Invalid',
    /sendInitialEvents is forbidden for list/,
  ],
  [
    'initial events without a match',
    list('watch=1&sendInitialEvents=true'),
    422,
    'Invalid',
    /sendInitialEvents requires setting resourceVersionMatch to NotOlderThan/,
  ],
  [
    'an Accept that nobody serves',
    { path: maps, headers: { accept: 'text/html' } },
    406,
    'NotAcceptable',
    /^406: Not Acceptable\n\nAvailable representations: application\/json, .*protobuf;stream=watch$/,
  ],
];

const patches: readonly Case[] = [
  [
    'no content type of a patch',
    patch('{}', json),
    415,
    'UnsupportedMediaType',
    '415: Unsupported Media Type',
  ],
  [
    'an object as JSON patch',
    patch('{}', jsonPatch),
    400,
    'BadRequest',
    'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
  ],
  [
    'a test that fails',
    patch([{ op: 'test', path: '/data/a', value: 'zz' }], jsonPatch),
    422,
    'Invalid',
    rejected,
  ],
  ['an unknown operation', patch([{ op: 'foo', path: '/data/a' }], jsonPatch), 422, 'Invalid', rejected],
  ['a path to nowhere', patch([{ op: 'remove', path: '/data/x/y' }], jsonPatch), 422, 'Invalid', rejected],
  [
    'too many operations',
    patch(Array(10_001).fill({ op: 'test', path: '/kind', value: 'ConfigMap' }), jsonPatch),
    413,
    'RequestEntityTooLarge',
    'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
  ],
  [
    'a truncated merge patch',
    patch('{', merge),
    400,
    'BadRequest',
    'error decoding patch: unexpected end of JSON input',
  ],
  [
    'an array as merge patch',
    patch('[]', merge),
    400,
    'BadRequest',
    'error decoding patch: json: cannot unmarshal array',
  ],
  [
    'a wrong type by patch',
    patch({ data: 1 }, merge),
    422,
    'Invalid',
    / "" is invalid: patch: Invalid value: ".*": json: cannot unmarshal number into Go struct field ConfigMap.data/,
  ],
  [
    'a wrong type by strategic patch',
    patch({ metadata: { labels: 'x' } }, strategic),
    422,
    'Invalid',
    ' "" is invalid: patch: Invalid value: "map[metadata:map[labels:x]]": cannot restore map from string',
  ],
  [
    'an unknown field by strict patch',
    patch({ foo: 1 }, merge, '?fieldValidation=Strict'),
    422,
    'Invalid',
    /strict decoding error: unknown field "foo"$/,
  ],
  [
    'a new name',
    patch({ metadata: { name: 'x' } }, merge),
    400,
    'BadRequest',
    'the name of the object (x) does not match the name on the URL (one)',
  ],
  [
    'an old revision',
    patch({ metadata: { resourceVersion: '1' } }, merge),
    409,
    'Conflict',
    'Operation cannot be fulfilled on configmaps "one": the object has been modified; please apply your changes to the latest version and try again',
  ],
  ['a truncated strategic patch', patch('{', strategic), 400, 'BadRequest', 'unexpected end of JSON input'],
  [
    'a patch of nothing',
    { ...patch('{}', merge), path: `${maps}/x` },
    404,
    'NotFound',
    'configmaps "x" not found',
  ],
];

const remove = (body: unknown, query = ''): WireRequest => ({ method: 'DELETE', path: one + query, body });

const deletes: readonly Case[] = [
  ['truncated options', remove('{'), 400, 'BadRequest', /json parse error: unexpected end of JSON input$/],
  [
    'no policy',
    remove({ propagationPolicy: 'X' }),
    422,
    'Invalid',
    'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "X": supported values: "Foreground", "Background", "Orphan", "nil"',
  ],
  [
    'two policies',
    remove({ propagationPolicy: 'Orphan', orphanDependents: true }),
    422,
    'Invalid',
    /orphanDependents and deletionPropagation cannot be both set/,
  ],
  [
    'a text as grace period',
    remove({ gracePeriodSeconds: 'X' }),
    400,
    'BadRequest',
    /cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds of type int64/,
  ],
  [
    'another uid',
    remove({ preconditions: { uid: 'X' } }),
    409,
    'Conflict',
    'Operation cannot be fulfilled on ConfigMap "one": the UID in the precondition (X) does not match the UID in record (',
  ],
  ['another kind', remove(map({})), 400, 'BadRequest', 'no kind "ConfigMap" is registered for'],
  [
    'a bad dryRun',
    remove(undefined, '?dryRun=X'),
    422,
    'Invalid',
    /dryRun: Unsupported value: \["X"\]: supported values: "All"/,
  ],
];

describe('bad requests', () => {
  let wired: WiredCluster;
  before(async () => {
    wired = await WiredCluster.start();
    const created = await wired.send({ method: 'POST', path: maps, body: map({ data: { a: '1' } }, 'one') });
    assert.equal(created.status, 201, created.text);
  });
  after(() => wired[Symbol.asyncDispose]());

  const groups = { bodies, options, patches, deletes };
  for (const [group, cases] of Object.entries(groups)) {
    test(`${group} are refused as upstream refuses them`, async () => {
      for (const [name, request, code, reason, message] of cases) {
        const answer = await wired.send(request);
        assert.equal(answer.status, code, `${name}: ${answer.text}`);
        const status = answer.json;
        assert.deepEqual(
          [status.kind, status.apiVersion, status.status, status.code, status.reason],
          ['Status', 'v1', 'Failure', code, reason],
          name,
        );
        if (typeof message === 'string')
          assert.ok(status.message?.startsWith(message), `${name}: ${status.message}`);
        else assert.match(status.message ?? '', message, name);
      }
    });
  }

  test('nothing of it is stored', async () => {
    const { json } = await wired.send({ path: maps });
    const items = json.items as { metadata: { name: string }; data?: object }[];
    const left = items.filter(item => item.metadata.name !== 'kube-root-ca.crt');
    assert.deepEqual(
      left.map(item => [item.metadata.name, item.data]),
      [['one', { a: '1' }]],
    );
  });

  test('unknown fields warn unless the client wants to know nothing', async () => {
    const warned = await wired.send(post(map({ foo: 1 }, 'warned')));
    assert.equal(warned.status, 201);
    assert.equal(warned.headers.warning, '299 - "unknown field \\"foo\\""');
    assert.equal('foo' in warned.json, false);
    const ignored = await wired.send(post(map({ foo: 1 }, 'ignored'), '?fieldValidation=Ignore'));
    assert.equal(ignored.headers.warning, undefined);
  });

  test('only what is valid is warned of', async () => {
    const send = (restartPolicy: string) => {
      const nodeSelector = { 'beta.kubernetes.io/os': 'linux' };
      const spec = { restartPolicy, nodeSelector, containers: [{ name: 'c', image: 'i' }] };
      const body = { kind: 'PodTemplate', apiVersion: 'v1', metadata: { name: 'old' }, template: { spec } };
      return wired.send({
        ...post(body),
        path: '/api/v1/namespaces/default/podtemplates?dryRun=All',
      });
    };
    const taken = await send('Always');
    assert.equal(taken.status, 201);
    assert.equal(
      taken.headers.warning,
      '299 - "template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \\"kubernetes.io/os\\" instead"',
    );
    const refused = await send('Sometimes');
    assert.deepEqual([refused.status, refused.headers.warning], [422, undefined]);
  });

  test('a revision of the future is a time-out that says when to come again', async () => {
    const answer = await wired.send(list('resourceVersion=99999999'));
    assert.equal(answer.status, 504);
    assert.equal(answer.headers['retry-after'], '1');
    assert.match(answer.json.message!, /^Timeout: Too large resource version: 99999999, current: \d+$/);
    assert.equal(answer.json.details?.causes?.[0]?.reason, 'ResourceVersionTooLarge');
  });
});
