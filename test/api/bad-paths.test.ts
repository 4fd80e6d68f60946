import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { WiredCluster, type WireRequest } from './wire.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const one = `${maps}/one`;
const notServed = 'the server could not find the requested resource';
const notAllowed = 'the server does not allow this method on the requested resource';

/** What is sent, the code, the reason and the message that come back. */
type Case = readonly [string, WireRequest, number, string, string];

const paths: readonly Case[] = [
  ['PUT to a collection', { method: 'PUT', path: maps, body: {} }, 405, 'MethodNotAllowed', notAllowed],
  ['PATCH of a collection', { method: 'PATCH', path: maps, body: {} }, 405, 'MethodNotAllowed', notAllowed],
  ['POST to an object', { method: 'POST', path: one, body: {} }, 405, 'MethodNotAllowed', notAllowed],
  ['OPTIONS', { method: 'OPTIONS', path: maps }, 405, 'MethodNotAllowed', notAllowed],
  [
    'POST over all namespaces',
    { method: 'POST', path: '/api/v1/configmaps', body: {} },
    405,
    'MethodNotAllowed',
    notAllowed,
  ],
  [
    'GET of a review',
    { path: '/apis/authentication.k8s.io/v1/tokenreviews' },
    405,
    'MethodNotAllowed',
    notAllowed,
  ],
  ['no such resource', { path: '/api/v1/namespaces/default/foos' }, 404, 'NotFound', notServed],
  ['no such subresource', { path: `${one}/status` }, 404, 'NotFound', notServed],
  ['no such object', { path: `${maps}/x` }, 404, 'NotFound', 'configmaps "x" not found'],
  [
    'a subresource of no name',
    { path: '/api/v1/namespaces/default/pods//status' },
    400,
    'BadRequest',
    'name must be provided',
  ],
  [
    'a subresource of no name that has no such verb',
    { method: 'DELETE', path: '/api/v1/namespaces/default/pods//status' },
    405,
    'MethodNotAllowed',
    notAllowed,
  ],
  [
    'GET of a review by a selector',
    { path: '/apis/authentication.k8s.io/v1/tokenreviews?fieldSelector=metadata.name%3Da' },
    405,
    'MethodNotAllowed',
    notAllowed,
  ],
  [
    'no method at no path',
    { method: 'OPTIONS', path: '/apis/apps/v1/deployments/x' },
    404,
    'NotFound',
    notServed,
  ],
  [
    'a watch that is posted',
    { method: 'POST', path: '/api/v1/watch/pods' },
    405,
    'MethodNotAllowed',
    notAllowed,
  ],
  [
    'a watch of one without its namespace',
    { path: '/apis/apps/v1/watch/deployments/x' },
    404,
    'NotFound',
    notServed,
  ],
  [
    'no form of a version',
    { path: '/version', headers: { accept: 'text/html' } },
    406,
    'NotAcceptable',
    '406: Not Acceptable\n\nAvailable representations: application/json',
  ],
];

describe('bad paths', () => {
  let wired: WiredCluster;
  before(async () => {
    wired = await WiredCluster.start();
  });
  after(() => wired[Symbol.asyncDispose]());

  test('are refused as upstream refuses them', async () => {
    for (const [name, request, code, reason, message] of paths) {
      const { status, json } = await wired.send(request);
      const { kind, ...told } = json;
      assert.deepEqual(
        [kind, status, told.code, told.reason, told.message],
        ['Status', code, code, reason, message],
        name,
      );
    }
  });

  test('a bad escape is no HTTP', async () => {
    const answer = await wired.send({ path: '/api/v1/namespaces/%zz/configmaps' });
    assert.deepEqual([answer.status, answer.text], [400, '400 Bad Request']);
    assert.equal(answer.headers.connection, 'close');
  });

  test('paths that nobody serves are no page', async () => {
    for (const path of ['/foo', '/apis/foo/v1/bars', '/readyz/foo', '/apis/foo']) {
      const answer = await wired.send({ path });
      assert.deepEqual([answer.status, answer.text], [404, '404 page not found\n'], path);
      assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
    }
  });
});
