import { type Family, answered, configMap, get, post, refused } from '../case.ts';

const base = '/api/v1/namespaces/reads';
const maps = `${base}/configmaps`;
const listError = 'ListOptions.meta.k8s.io "" is invalid: ';
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const partial = { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
const partialList = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };

/** What a client reads, and how it asks for it. */
export const readsFamily: Family = {
  title: 'Reads',
  source:
    'apiserver endpoints/handlers/get.go and rest/table.go, apimachinery api/errors and apis/meta/internalversion/validation',
  setup: [
    post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'reads' } }),
    ...['a', 'b', 'c', 'd'].map(name =>
      post(
        maps,
        configMap(name, { k: name }, { labels: { name, even: String(name === 'b' || name === 'd') } }),
      ),
    ),
  ],
  cases: [
    answered('an object', get(`${maps}/a`), 200, {
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-cache, private',
        'audit-id': /^[0-9a-f-]{36}$/,
      },
      body: { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' }, data: { k: 'a' } },
    }),
    refused('an object that is not there', get(`${maps}/x`), 404, 'NotFound', 'configmaps "x" not found', {
      details: { name: 'x', kind: 'configmaps', group: null },
    }),
    refused(
      'one of a group',
      get('/apis/apps/v1/namespaces/reads/deployments/x'),
      404,
      'NotFound',
      'deployments.apps "x" not found',
      { details: { name: 'x', group: 'apps', kind: 'deployments' } },
    ),
    refused(
      'a namespace that is not there',
      get('/api/v1/namespaces/x'),
      404,
      'NotFound',
      'namespaces "x" not found',
    ),
    answered('a list in a namespace that is not there', get('/api/v1/namespaces/x/configmaps'), 200, {
      body: { kind: 'ConfigMapList', apiVersion: 'v1', items: [] },
    }),
    answered('a list', get(maps), 200, {
      body: {
        kind: 'ConfigMapList',
        metadata: { resourceVersion: /^\d+$/, continue: null, remainingItemCount: null },
        items: [{ metadata: { name: 'a' }, kind: null }, { apiVersion: null }, {}, {}],
      },
    }),
    answered('a page', get(`${maps}?limit=3`), 200, {
      body: { metadata: { continue: /^\S+$/, remainingItemCount: 1 }, items: [{}, {}, {}] },
    }),
    answered('a page of a selection', get(`${maps}?limit=1&labelSelector=even%3Dtrue`), 200, {
      body: {
        metadata: { continue: /^\S+$/, remainingItemCount: null },
        items: [{ metadata: { name: 'b' } }],
      },
    }),
    answered('a set of labels', get(`${maps}?labelSelector=name+in+(a,d),even`), 200, {
      body: { items: [{ metadata: { name: 'a' } }, { metadata: { name: 'd' } }] },
    }),
    answered('labels that are not', get(`${maps}?labelSelector=!other,name!%3Da,name+notin+(b)`), 200, {
      body: { items: [{ metadata: { name: 'c' } }, { metadata: { name: 'd' } }] },
    }),
    answered('a name by field selector', get(`${maps}?fieldSelector=metadata.name%3D%3Dc`), 200, {
      body: { items: [{ metadata: { name: 'c' } }] },
    }),
    answered('all names but one', get(`${maps}?fieldSelector=metadata.name!%3Dc`), 200, {
      body: { items: [{}, {}, {}] },
    }),
    refused(
      'a field that cannot be selected',
      get(`${maps}?fieldSelector=data.k%3Da`),
      400,
      'BadRequest',
      '"data.k" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ),
    refused(
      'a field of pods that cannot be selected',
      get('/api/v1/pods?fieldSelector=spec.foo%3Da'),
      400,
      'BadRequest',
      'field label not supported: spec.foo',
    ),
    refused(
      'a field selector that is none',
      get(`${maps}?fieldSelector=foo`),
      400,
      'BadRequest',
      "invalid selector: 'foo'; can't understand 'foo'",
    ),
    refused(
      'a label selector that is none',
      get(`${maps}?labelSelector=a+in+b`),
      400,
      'BadRequest',
      "unable to parse requirement: found 'b' expected: '('",
    ),
    refused(
      'a label value that is none',
      get(`${maps}?labelSelector=a%3Db!`),
      400,
      'BadRequest',
      /^unable to parse requirement: |^found '!'/,
    ),
    refused(
      'a limit that is no number',
      get(`${maps}?limit=x`),
      400,
      'BadRequest',
      /parsing "x": invalid syntax$/,
    ),
    refused(
      'a resource version that is no number',
      get(`${maps}?resourceVersion=x`),
      400,
      'BadRequest',
      'invalid resource version: resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
    ),
    refused(
      'a resource version of the future',
      get(`${maps}?resourceVersion=99999999`),
      504,
      'Timeout',
      /^Timeout: Too large resource version: 99999999, current: \d+$/,
      {
        headers: { 'retry-after': '1' },
        details: { retryAfterSeconds: 1 },
        causes: [['ResourceVersionTooLarge', '', 'Too large resource version']],
      },
    ),
    refused(
      'a match without a resource version',
      get(`${maps}?resourceVersionMatch=Exact`),
      422,
      'Invalid',
      `${listError}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided`,
      { details: { group: 'meta.k8s.io', kind: 'ListOptions' } },
    ),
    refused(
      'no such match',
      get(`${maps}?resourceVersion=1&resourceVersionMatch=Newest`),
      422,
      'Invalid',
      `${listError}resourceVersionMatch: Unsupported value: "Newest": supported values: "Exact", "NotOlderThan", ""`,
    ),
    refused(
      'exactly any revision',
      get(`${maps}?resourceVersion=0&resourceVersionMatch=Exact`),
      422,
      'Invalid',
      `${listError}resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"`,
    ),
    refused(
      'initial events of a list',
      get(`${maps}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan`),
      422,
      'Invalid',
      `${listError}sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list`,
      {
        differs:
          'Upstream checks the match first and names it too; both say that a list sends no initial events.',
      },
    ),
    refused(
      'a continue token that is none',
      get(`${maps}?continue=x`),
      400,
      'BadRequest',
      /^invalid continue token: continue key is not valid: |^continue key is not valid: /,
    ),
    answered('a table', get(`${maps}/a`, table), 200, {
      headers: { 'content-type': 'application/json' },
      body: {
        kind: 'Table',
        apiVersion: 'meta.k8s.io/v1',
        columnDefinitions: [
          { name: 'Name', type: 'string', format: 'name', priority: 0 },
          { name: 'Data', type: 'string' },
          { name: 'Age', type: 'string' },
        ],
        rows: [
          { cells: ['a', 1, /^\d+s$/], object: { kind: 'PartialObjectMetadata', metadata: { name: 'a' } } },
        ],
      },
    }),
    answered('a table without objects', get(`${maps}?includeObject=None&limit=1`, table), 200, {
      body: { rows: [{ cells: ['a', 1, /s$/], object: null }] },
    }),
    answered('a table with whole objects', get(`${maps}?includeObject=Object&limit=1`, table), 200, {
      body: { rows: [{ object: { kind: 'ConfigMap', apiVersion: 'v1', data: { k: 'a' } } }] },
    }),
    refused(
      'a table with something else',
      get(`${maps}?includeObject=Foo`, table),
      400,
      'BadRequest',
      `Unable to convert to Table as requested: includeObject: Invalid value: "Foo": must be 'Metadata', 'Object', 'None', or empty`,
    ),
    answered('metadata alone', get(`${maps}/a`, partial), 200, {
      body: {
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: { name: 'a', labels: { name: 'a' } },
        data: null,
      },
    }),
    answered('metadata of a list', get(maps, partialList), 200, {
      body: {
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        items: [{ kind: 'PartialObjectMetadata' }, {}, {}, {}],
      },
    }),
    answered('YAML', get(`${maps}/a`, { accept: 'application/yaml' }), 200, {
      headers: { 'content-type': 'application/yaml' },
      text: /^apiVersion: v1\ndata:\n {2}k: a\nkind: ConfigMap\nmetadata:\n/,
    }),
    answered('protobuf', get(`${maps}/a`, { accept: 'application/vnd.kubernetes.protobuf' }), 200, {
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
      text: /^k8s\0/,
    }),
    answered('whatever there is', get(`${maps}/a`, { accept: 'text/html, */*;q=0.1' }), 200, {
      headers: { 'content-type': 'application/json' },
    }),
    refused(
      'a media type that nobody serves',
      get(`${maps}/a`, { accept: 'text/html' }),
      406,
      'NotAcceptable',
      /^406: Not Acceptable\n\nAvailable representations: application\/json, application\/yaml, application\/vnd\.kubernetes\.protobuf$/,
    ),
    answered('indented JSON', get(`${maps}/a?pretty=true`), 200, { text: /^\{\n {2}"kind": "ConfigMap",\n/ }),
  ],
};
