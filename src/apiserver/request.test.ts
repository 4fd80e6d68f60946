import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isTrue, parseRequest } from './request.ts';

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
    'GET /api/v1/namespaces/n/pods/a%2Fb': 'get  v1 n pods a/b ',
    'GET /healthz': 'get /healthz',
    'GET /api/v1': 'get /api/v1',
    'GET /apis/apps/v1': 'get /apis/apps/v1',
  };
  for (const [request, expected] of Object.entries(cases)) {
    const [method, url] = request.split(' ');
    assert.equal(show(method!, url!), expected, request);
  }
});

test('query values mean yes as Go reads them', () => {
  assert.deepEqual([null, '0', 'false', 'FALSE', '', '1', 'true', 'yes'].map(isTrue), [
    false,
    false,
    false,
    false,
    true,
    true,
    true,
    true,
  ]);
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
