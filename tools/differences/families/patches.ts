import { type Family, answered, configMap, object, patch, post, refused } from '../case.ts';

const base = '/api/v1/namespaces/patches';
const one = `${base}/configmaps/one`;
const deployment = '/apis/apps/v1/namespaces/patches/deployments/web';
const rejected = 'the server rejected our request due to an error in our request';
const web = object('apps/v1', 'Deployment', 'web', {
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          { name: 'a', image: 'a:1', ports: [{ containerPort: 80 }] },
          { name: 'b', image: 'b:1' },
        ],
      },
    },
  },
});
const containers = (list: unknown, more: object = {}) => ({
  spec: { template: { spec: { containers: list, ...more } } },
});
const names = (...list: string[]) => containers(list.map(name => ({ name })));
const apply = (body: object, query: string) => patch(`${one}?${query}`, 'apply', body);

/** The four kinds of patches. */
export const patchesFamily: Family = {
  title: 'Patches',
  source:
    'apiserver endpoints/handlers/patch.go, apimachinery util/strategicpatch and util/managedfields, RFC 6902 and RFC 7386',
  setup: [
    post('/api/v1/namespaces', object('v1', 'Namespace', 'patches')),
    post(`${base}/configmaps?fieldManager=maker`, configMap('one', { a: '1', b: '2' })),
    post('/apis/apps/v1/namespaces/patches/deployments', web),
  ],
  cases: [
    answered('a merge patch', patch(one, 'merge', { data: { a: '9', b: null, c: '3' } }), 200, {
      body: { data: { a: '9', b: null, c: '3' } },
    }),
    answered(
      'a JSON patch',
      patch(one, 'json', [
        { op: 'test', path: '/data/a', value: '9' },
        { op: 'add', path: '/data/b', value: '2' },
        { op: 'move', from: '/data/c', path: '/data/d' },
      ]),
      200,
      {
        body: { data: { b: '2', c: null, d: '3' } },
      },
    ),
    refused(
      'a test that fails',
      patch(one, 'json', [{ op: 'test', path: '/data/a', value: 'x' }]),
      422,
      'Invalid',
      rejected,
      {
        details: { causes: null },
      },
    ),
    refused(
      'a removal of nothing',
      patch(one, 'json', [{ op: 'remove', path: '/data/x' }]),
      422,
      'Invalid',
      rejected,
    ),
    refused(
      'an unknown operation',
      patch(one, 'json', [{ op: 'foo', path: '/data/a' }]),
      422,
      'Invalid',
      rejected,
    ),
    refused(
      'a JSON patch that is no list',
      patch(one, 'json', {}),
      400,
      'BadRequest',
      /^error decoding patch: json: cannot unmarshal object into Go value of type /,
    ),
    refused(
      'a merge patch that is a list',
      patch(one, 'merge', []),
      400,
      'BadRequest',
      /^error decoding patch: json: cannot unmarshal array into Go value of type map/,
    ),
    refused(
      'half a merge patch',
      patch(one, 'merge', '{"a":'),
      400,
      'BadRequest',
      'error decoding patch: unexpected end of JSON input',
    ),
    refused(
      'a patch of nothing',
      patch(`${base}/configmaps/x`, 'merge', {}),
      404,
      'NotFound',
      'configmaps "x" not found',
    ),
    refused(
      'a patch of an old version',
      patch(one, 'merge', { metadata: { resourceVersion: '1' } }),
      409,
      'Conflict',
      'Operation cannot be fulfilled on configmaps "one": the object has been modified; please apply your changes to the latest version and try again',
    ),
    refused(
      'a new name',
      patch(one, 'merge', { metadata: { name: 'two' } }),
      400,
      'BadRequest',
      'the name of the object (two) does not match the name on the URL (one)',
    ),
    refused(
      'a wrong type',
      patch(one, 'merge', { data: [] }),
      422,
      'Invalid',
      /^ "" is invalid: patch: Invalid value: ".*": json: cannot unmarshal array into Go struct field ConfigMap.data of type map\[string\]string$/,
    ),
    refused(
      'an unknown field, strictly',
      patch(`${one}?fieldValidation=Strict`, 'merge', { foo: 1 }),
      422,
      'Invalid',
      / "" is invalid: patch: Invalid value: ".*": strict decoding error: unknown field "foo"$/,
    ),
    answered('an unknown field', patch(one, 'merge', { foo: 1 }), 200, {
      headers: { warning: '299 - "unknown field \\"foo\\""' },
    }),
    refused(
      'a patch of no type',
      { method: 'PATCH', path: one, body: {}, headers: { 'content-type': 'application/json' } },
      415,
      'UnsupportedMediaType',
      '415: Unsupported Media Type',
    ),
    refused(
      'a forced merge',
      patch(`${one}?force=true`, 'merge', {}),
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    ),
    answered(
      'a strategic patch merges by name',
      patch(
        deployment,
        'strategic',
        containers([
          { name: 'b', image: 'b:2' },
          { name: 'c', image: 'c:1' },
        ]),
      ),
      200,
      {
        body: containers([{ name: 'a', ports: [{}] }, { name: 'b', image: 'b:2' }, { name: 'c' }]),
      },
    ),
    answered(
      'a strategic patch that deletes',
      patch(deployment, 'strategic', containers([{ name: 'c', $patch: 'delete' }])),
      200,
      {
        body: names('a', 'b'),
      },
    ),
    answered(
      'a strategic patch that orders',
      patch(
        deployment,
        'strategic',
        containers([], { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] }),
      ),
      200,
      { body: names('b', 'a') },
    ),
    answered(
      'a strategic patch that replaces',
      patch(deployment, 'strategic', containers([{ name: 'z', image: 'z:1' }, { $patch: 'replace' }])),
      200,
      { body: names('z') },
    ),
    answered(
      'a strategic patch that keeps some keys',
      patch(deployment, 'strategic', { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } }),
      200,
      { body: { spec: { strategy: { type: 'Recreate', rollingUpdate: null } } } },
    ),
    refused(
      'a strategic patch without the key',
      patch(deployment, 'strategic', containers([{ image: 'x' }])),
      500,
      '',
      /^map: map\[image:x\] does not contain declared merge key: name$/,
    ),
    refused(
      'an unknown directive',
      patch(deployment, 'strategic', { spec: { $patch: 'foo' } }),
      500,
      '',
      /^unknown patch type: foo|Unknown patch type/i,
    ),
    refused(
      'an apply without a manager',
      patch(one, 'apply', configMap('one')),
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    ),
    refused(
      'an apply that conflicts',
      apply(configMap('one', { a: 'x' }), 'fieldManager=other'),
      409,
      'Conflict',
      /^Apply failed with \d conflicts?: conflicts? with "[^"]*"( using v1)?: \.data\.a$/,
      { causes: [['FieldManagerConflict', '.data.a']] },
    ),
    answered('an apply by force', apply(configMap('one', { a: 'x' }), 'fieldManager=other&force=true'), 200, {
      body: { data: { a: 'x' } },
    }),
    answered(
      'an apply that creates',
      patch(`${base}/configmaps/new?fieldManager=m`, 'apply', configMap('new', { a: '1' })),
      201,
      {
        body: {
          metadata: {
            managedFields: [{ manager: 'm', operation: 'Apply', fieldsV1: { 'f:data': { 'f:a': {} } } }],
          },
        },
      },
    ),
    refused(
      'an apply with managed fields',
      apply(configMap('one', {}, { managedFields: [{ manager: 'm' }] }), 'fieldManager=other'),
      400,
      'BadRequest',
      'metadata.managedFields must be nil',
    ),
  ],
};
