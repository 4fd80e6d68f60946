import { type Family, answered, configMap, get, object, post, put, refused } from '../case.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const notServed = 'the server could not find the requested resource';
const notAllowed = 'the server does not allow this method on the requested resource';

/** Paths, methods, limits and the documents beside the resources. */
export const protocolFamily: Family = {
  title: 'Paths, methods, limits and documents',
  source:
    'apiserver server/handler.go, endpoints/request/requestinfo.go and handlers/negotiation, server/healthz',
  cases: [
    refused('PUT to a collection', put(maps, {}), 405, 'MethodNotAllowed', notAllowed),
    refused('POST to an object', post(`${maps}/a`, {}), 405, 'MethodNotAllowed', notAllowed),
    refused(
      'POST over all namespaces',
      post('/api/v1/configmaps', configMap('a')),
      405,
      'MethodNotAllowed',
      notAllowed,
    ),
    refused(
      'GET of what can only be created',
      get('/apis/authentication.k8s.io/v1/tokenreviews'),
      405,
      'MethodNotAllowed',
      notAllowed,
    ),
    refused('no such resource', get('/api/v1/foos'), 404, 'NotFound', notServed, { details: {} }),
    refused('no such subresource', get(`${maps}/a/status`), 404, 'NotFound', notServed),
    refused(
      'a wildcard that no route names',
      get(maps, { accept: 'application/*' }),
      406,
      'NotAcceptable',
      /^406: Not Acceptable\n\nAvailable representations: application\/json, .*protobuf;stream=watch$/,
    ),
    refused(
      'types in capitals, where nothing is',
      get('/api/v1/foos', { accept: 'APPLICATION/JSON' }),
      404,
      'NotFound',
      notServed,
    ),
    refused(
      'a body of another type, and a bad option',
      post(`${maps}?fieldValidation=Bad`, '{}', { 'content-type': 'text/plain' }),
      415,
      'UnsupportedMediaType',
      /^the body of the request was in an unknown format/,
    ),
    refused(
      'a bad selector, and a bad option',
      get(`${maps}?labelSelector=a+in&resourceVersionMatch=Bad&resourceVersion=1`),
      400,
      'BadRequest',
      /^unable to parse requirement/,
    ),
    refused(
      'options of a watch in the old form',
      get('/api/v1/watch/configmaps?sendInitialEvents=true'),
      422,
      'Invalid',
      /sendInitialEvents is forbidden for list$/,
    ),
    refused(
      'groups without a user',
      get(maps, { 'impersonate-group': 'devs' }),
      400,
      'BadRequest',
      'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"devs"}, Extra:map[string][]string(nil)} without impersonating a user name',
    ),
    answered('two slashes first', get('//api/v1/configmaps'), 404, { text: '404 page not found\n' }),
    answered('the index by its name', get('/index.html'), 200, { body: { paths: /\/apis\// } }),
    answered('the resources of the core group', get('/api/v1'), 200, {
      body: { kind: 'APIResourceList', apiVersion: null, groupVersion: 'v1' },
    }),
    answered('no such group', get('/apis/foo.example/v1/bars'), 404, {
      text: '404 page not found\n',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    }),
    answered('no such path', get('/foo'), 404, { text: '404 page not found\n' }),
    answered('no such check', get('/livez/foo'), 404, { text: '404 page not found\n' }),
    answered('the root', get('/'), 200, { body: { paths: /\/api/ } }),
    answered('health', get('/healthz'), 200, {
      text: 'ok',
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    }),
    answered('readiness in words', get('/readyz?verbose'), 200, {
      text: /^\[\+\]ping ok\n[\s\S]*readyz check passed\n$/,
    }),
    answered('a check left out', get('/readyz?verbose&exclude=ping'), 200, {
      text: /\[\+\]ping excluded: ok\n/,
    }),
    answered('the version', get('/version'), 200, {
      body: { major: '1', minor: '36', gitVersion: /^v1\.36\./, platform: /^linux\// },
    }),
    answered('the versions of the core group', get('/api'), 200, {
      body: {
        kind: 'APIVersions',
        versions: ['v1'],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0' }],
      },
    }),
    answered('a group', get('/apis/apps'), 200, {
      body: {
        kind: 'APIGroup',
        apiVersion: 'v1',
        name: 'apps',
        versions: [{ groupVersion: 'apps/v1', version: 'v1' }],
        preferredVersion: { version: 'v1' },
      },
    }),
    answered('the resources of a version', get('/apis/policy/v1'), 200, {
      body: {
        kind: 'APIResourceList',
        apiVersion: 'v1',
        groupVersion: 'policy/v1',
        resources: [
          {
            name: 'poddisruptionbudgets',
            singularName: 'poddisruptionbudget',
            shortNames: ['pdb'],
            namespaced: true,
            kind: 'PodDisruptionBudget',
            storageVersionHash: /=$/,
          },
          { name: 'poddisruptionbudgets/status', verbs: ['get', 'patch', 'update'] },
        ],
      },
    }),
    answered(
      'aggregated discovery',
      get('/apis', { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' }),
      200,
      {
        headers: {
          'content-type': 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
          etag: /^"[0-9A-F]{128}"$/,
          vary: /Accept/,
        },
        body: { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' },
      },
    ),
    answered('OpenAPI v3', get('/openapi/v3'), 200, {
      body: {
        paths: {
          'apis/apps/v1': { serverRelativeURL: /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/ },
        },
      },
    }),
    answered('OpenAPI v2', get('/openapi/v2'), 200, {
      headers: { etag: /^"[0-9A-F]{128}"$/ },
      body: { swagger: '2.0', info: { title: 'Kubernetes' } },
    }),
    refused(
      'a body of more than 3 MiB',
      post(maps, configMap('a', { a: 'x'.repeat(3 * 1024 * 1024) })),
      413,
      'RequestEntityTooLarge',
      'Request entity too large: limit is 3145728',
    ),
    refused(
      'more than 1 MiB in a ConfigMap',
      post(maps, configMap('a', { a: 'x'.repeat(1024 * 1024 + 1) })),
      422,
      'Invalid',
      'ConfigMap "a" is invalid: : Too long: may not be more than 1048576 bytes',
      {
        causes: [['FieldValueTooLong', '', /^Too long: may not be more than 1048576 bytes$/]],
        differs:
          'Upstream names an empty path; our field errors show an absent path as <nil>, as its field.Error does for a nil path.',
      },
    ),
    answered('HEAD of what answers to any method', { ...get('/readyz'), method: 'HEAD' }, 200, { text: '' }),
    answered('HEAD of an object', { ...get('/api/v1/namespaces/default'), method: 'HEAD' }, 405, {
      text: '',
    }),
    answered(
      'an answer too small to compress',
      get('/api/v1/namespaces/default', { 'accept-encoding': 'gzip' }),
      200,
      { headers: { 'content-encoding': '' } },
    ),
    answered('an audit id of the client', get('/api/v1/namespaces/default', { 'audit-id': 'mine' }), 200, {
      headers: { 'audit-id': 'mine' },
    }),
    refused('an old version', get('/apis/batch/v1beta1/cronjobs'), 404, 'NotFound', notServed),
    answered('a deprecated kind', get('/api/v1/componentstatuses'), 200, {
      headers: { warning: '299 - "v1 ComponentStatus is deprecated in v1.19+"' },
    }),
    answered('endpoints', get('/api/v1/namespaces/default/endpoints'), 200, {
      headers: {
        warning: '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
      },
    }),
    answered(
      'a lease of an object',
      post(
        '/apis/coordination.k8s.io/v1/namespaces/default/leases',
        object('coordination.k8s.io/v1', 'Lease', 'l', {
          spec: { holderIdentity: 'me', leaseDurationSeconds: 10, renewTime: '2026-01-02T03:04:05.000006Z' },
        }),
      ),
      201,
      {
        body: { spec: { renewTime: '2026-01-02T03:04:05.000006Z' } },
      },
    ),
  ],
};
