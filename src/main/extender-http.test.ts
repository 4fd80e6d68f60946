import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { extenderPost } from './extender-http.ts';

test('an extender is asked by POST, and what is no 200 in time is an error', async () => {
  const asked: unknown[] = [];
  await using server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    asked.push([request.method, request.url, request.headers['content-type'], JSON.parse(body)]);
    if (request.url === '/x/slow') return;
    response.writeHead(request.url === '/x/bad' ? 500 : 200).end('{"NodeNames":["a"]}');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const urlPrefix = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x/`;
  const post = extenderPost({ urlPrefix, httpTimeout: '30s' });
  assert.deepEqual(await post('filter', { Pod: {} }), { NodeNames: ['a'] });
  assert.deepEqual(asked, [['POST', '/x/filter', 'application/json', { Pod: {} }]]);
  await assert.rejects(post('bad', {}), {
    message: `failed bad with extender at URL ${urlPrefix}bad, code 500`,
  });
  const impatient = extenderPost({ urlPrefix, httpTimeout: '50ms' });
  await assert.rejects(impatient('slow', {}), { message: `Post "${urlPrefix}slow": time-out` });
  server.closeAllConnections();
});
