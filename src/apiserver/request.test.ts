import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KnownPaths } from './known-paths.ts';
import { parseRequest } from './request.ts';

function show(method: string, url: string): string {
  const [path, query] = url.split('?');
  const info = parseRequest(method, path!, new URLSearchParams(query));
  if (!info.isResource) return `${info.verb} ${info.path}`;
  return [
    info.verb,
    info.group,
    info.version,
    info.namespace,
    info.resource,
    info.name,
    info.subresource,
  ].join(' ');
}

test('paths mean what upstream says that they mean', () => {
  const cases: Readonly<Record<string, string>> = {
    'GET /api/v1/namespaces/n/pods': 'list  v1 n pods  ',
    'GET /api/v1/namespaces/n/pods?watch=true': 'watch  v1 n pods  ',
    'GET /api/v1/namespaces/n/pods?watch=0': 'list  v1 n pods  ',
    'GET /api/v1/watch/namespaces/n/pods/p': 'watch  v1 n pods p ',
    'GET /api/v1/namespaces/n/pods/p': 'get  v1 n pods p ',
    'HEAD /api/v1/namespaces/n/pods/p': 'get  v1 n pods p ',
    'GET /api/v1/namespaces/n': 'get  v1 n namespaces n ',
    'GET /api/v1/namespaces': 'list  v1  namespaces  ',
    'PUT /api/v1/namespaces/n/finalize': 'update  v1 n namespaces n finalize',
    'PATCH /apis/apps/v1/namespaces/n/deployments/d/status': 'patch apps v1 n deployments d status',
    'POST /apis/apps/v1/namespaces/n/deployments': 'create apps v1 n deployments  ',
    'DELETE /api/v1/nodes': 'deletecollection  v1  nodes  ',
    'DELETE /api/v1/nodes/a': 'delete  v1  nodes a ',
    'GET /api/v1/nodes?fieldSelector=metadata.name%3Da': 'list  v1  nodes a ',
    'GET /api/v1/nodes?watch=1&fieldSelector=metadata.name%3Da,spec.unschedulable%3Dtrue':
      'watch  v1  nodes a ',
    'GET /api/v1/nodes?fieldSelector=metadata.name!%3Da': 'list  v1  nodes  ',
    'GET /api/v1/nodes?fieldSelector=metadata.name%3Da,b': 'list  v1  nodes  ',
    'GET /api/v1/nodes?fieldSelector=metadata.name%3Da/b': 'list  v1  nodes  ',
    'GET /api/v1/watch/nodes?fieldSelector=metadata.name%3Da': 'watch  v1  nodes  ',
    'DELETE /api/v1/nodes?fieldSelector=metadata.name%3Da': 'deletecollection  v1  nodes  ',
    'GET /api/v1/namespaces/n/pods/a%2Fb': 'get  v1 n pods a b',
    'GET /api/v1/namespaces/n/pods//b': 'list  v1 n pods  b',
    'GET /api/v1//pods': 'get  v1   pods ',
    'GET /healthz': 'get /healthz',
    'GET /api/v1': 'get /api/v1',
    'GET /apis/apps/v1': 'get /apis/apps/v1',
  };
  for (const [request, expected] of Object.entries(cases)) {
    const [method, url] = request.split(' ');
    assert.equal(show(method!, url!), expected, request);
  }
});

test('selectors are asked for where collections are, unless the path itself says that it is watched', () => {
  const selectorOf = (method: string, path: string) =>
    parseRequest(method, path, new URLSearchParams({ fieldSelector: 'a=b' })).fieldSelector;
  assert.equal(selectorOf('GET', '/api/v1/pods'), 'a=b');
  assert.equal(selectorOf('DELETE', '/api/v1/namespaces/n/pods'), 'a=b');
  assert.equal(selectorOf('GET', '/api/v1/namespaces/n/pods/p'), '');
  assert.equal(selectorOf('GET', '/api/v1/watch/pods'), '');
});

test('any path is read, and nothing is made up', () => {
  const piece = fc.oneof(
    fc.constantFrom('api', 'apis', 'v1', 'apps', 'namespaces', 'watch', 'pods', '', '%', '%2f', '%ff', '..'),
    fc.string({ maxLength: 5 }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom('GET', 'POST', 'DELETE', 'X'),
      fc.array(piece, { maxLength: 9 }),
      (method, pieces) => {
        const path = `/${pieces.join('/')}`;
        const info = parseRequest(method, path, new URLSearchParams());
        assert.equal(info.path, path);
        if (info.isResource) assert.ok(pieces[0] === 'api' || pieces[0] === 'apis' || pieces[0] === '', path);
      },
    ),
  );
});

test('paths that are remembered mean what they meant', () => {
  const piece = fc.constantFrom('api', 'v1', 'namespaces', 'watch', 'pods', 'status', 'n', '', '%2f');
  const path = fc
    .tuple(fc.constantFrom('/api/v1/', '/apis/apps/v1/', '/'), fc.array(piece, { maxLength: 6 }))
    .map(([root, pieces]) => root + pieces.join('/'));
  const request = fc.tuple(
    fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'X'),
    path,
    fc.constantFrom('', 'watch=1', 'fieldSelector=metadata.name%3Da'),
  );
  fc.assert(
    fc.property(fc.array(request, { minLength: 2, maxLength: 20 }), requests => {
      const paths = new KnownPaths();
      for (const [method, path, text] of requests) {
        const query = new URLSearchParams(text);
        const { target, ...info } = paths.parse(method, path, query);
        const { target: _, ...plain } = parseRequest(method, path, query);
        assert.deepEqual(info, plain);
        if (target) assert.deepEqual([target.verb, target.subresource], [info.verb, info.subresource]);
      }
    }),
    { numRuns: 2000 },
  );
});

test('requests for the objects of one collection have one target each verb', () => {
  const paths = new KnownPaths();
  const targetOf = (method: string, path: string) => paths.parse(method, path, new URLSearchParams()).target;
  targetOf('GET', '/api/v1/namespaces/n/pods');
  const first = targetOf('GET', '/api/v1/namespaces/n/pods/a');
  assert.ok(first);
  assert.equal(targetOf('GET', '/api/v1/namespaces/n/pods/b'), first);
  assert.notEqual(targetOf('DELETE', '/api/v1/namespaces/n/pods/b'), first);
  assert.notEqual(targetOf('GET', '/api/v1/namespaces/n/pods/b/status'), first);
  assert.notEqual(targetOf('GET', '/api/v1/namespaces/n/pods'), first);
  for (let i = 0; i < 5000; i++) targetOf('GET', `/api/v1/namespaces/${i}/pods/a`);
  assert.notEqual(targetOf('GET', '/api/v1/namespaces/m/pods/b'), first);
});

test('a long path is no harder to read', () => {
  const slashes = '/'.repeat(100_000);
  assert.equal(parseRequest('GET', `/x${slashes}y`, new URLSearchParams()).isResource, false);
  assert.equal(show('GET', `/api/v1/namespaces/a${slashes}`), show('GET', '/api/v1/namespaces/a/'));
});

test('of paths that are too long for any object, nothing is remembered', () => {
  const paths = new KnownPaths();
  const parse = (namespace: string) =>
    paths.parse('GET', `/api/v1/namespaces/${namespace}/pods/a`, new URLSearchParams());
  parse('n');
  assert.ok(parse('n').target);
  const long = 'n'.repeat(2000);
  parse(long);
  assert.equal(parse(long).target, undefined);
  assert.equal(parse(long).namespace, long);
});
