import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { configMaps } from '#api/generated/refs.ts';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { startCluster } from '#main/embedded.ts';
import type { WatchEvent } from '#machinery/object.ts';
import { hasReason, statusError } from '#machinery/status.ts';
import { createClient } from './client.ts';
import { createHttpsTransport } from './https.ts';
import { Informer } from './informer.ts';
import { accessOf, parseKubeConfig } from './kubeconfig.ts';

async function serve(t: TestContext, listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const transport = createHttpsTransport({
    access: { server: `http://127.0.0.1:${port}/prefix`, token: 'abc' },
  });
  t.after(async () => {
    transport[Symbol.dispose]();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });
  return createClient(transport);
}

test('sends paths, queries, bodies and credentials; hands back frozen JSON', async t => {
  const seen: unknown[] = [];
  const client = await serve(t, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { authorization, 'content-type': contentType } = request.headers;
    seen.push([request.method, request.url, authorization, contentType, body && JSON.parse(body)]);
    response.setHeader('content-type', 'application/json');
    response.end('{"metadata":{"name":"x"}}');
  });
  const object = { metadata: { namespace: 'a b', name: 'x' }, data: { k: 'ü' } };
  const created = await client.create(configMaps, object, { dryRun: true, fieldManager: 'me' });
  assert.ok(Object.isFrozen(created.metadata));
  await client.patch(configMaps, 'ns', 'x', 'merge', { data: null });
  await client.list(configMaps, '', { labelSelector: 'a in (b,c)', limit: 5 });
  assert.deepEqual(seen, [
    [
      'POST',
      '/prefix/api/v1/namespaces/a%20b/configmaps?dryRun=All&fieldManager=me',
      'Bearer abc',
      'application/json',
      { ...object, apiVersion: 'v1', kind: 'ConfigMap' },
    ],
    [
      'PATCH',
      '/prefix/api/v1/namespaces/ns/configmaps/x',
      'Bearer abc',
      'application/merge-patch+json',
      { data: null },
    ],
    ['GET', '/prefix/api/v1/configmaps?labelSelector=a+in+%28b%2Cc%29&limit=5', 'Bearer abc', undefined, ''],
  ]);
});

test('a name that no object can have leads nowhere else', async t => {
  const seen: unknown[] = [];
  const client = await serve(t, (request, response) => {
    seen.push(request.url);
    response.setHeader('content-type', 'application/json');
    response.end('{"metadata":{"name":"x"}}');
  });
  const refused = (call: () => Promise<unknown>, message: string) =>
    assert.rejects(async () => call(), { message });
  await refused(
    () => client.get(configMaps, 'ns', 'x/status'),
    `invalid resource name "x/status": [may not contain '/']`,
  );
  await refused(() => client.get(configMaps, 'ns', '..'), `invalid resource name "..": [may not be '..']`);
  await refused(
    () => client.list(configMaps, 'a/b%2f'),
    `invalid namespace "a/b%2f": [may not contain '/' may not contain '%']`,
  );
  await client.get(configMaps, 'ns', '.x:y');
  assert.deepEqual(seen, ['/prefix/api/v1/namespaces/ns/configmaps/.x%3Ay']);
});

test("an error is the server's Status, or says what came instead of one", async t => {
  const client = await serve(t, (request, response) => {
    const { status } = statusError.notFound(configMaps, 'x');
    if (request.url?.endsWith('/x')) {
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(status));
    } else response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
  });
  await assert.rejects(client.get(configMaps, 'ns', 'x'), error => hasReason(error, 'NotFound'));
  await assert.rejects(client.get(configMaps, 'ns', 'y'), /answered 502 .*Bad gateway/);
});

test('a watch delivers its events, and tells an orderly end from a broken one', async t => {
  let connections = 0;
  const client = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"type":"ADDED","object":{"metadata":{"na');
    setImmediate(() => {
      response.write('me":"a"}}}\n{"type":"DELETED","object":{"metadata":{"name":"a"}}}\n');
      if (connections++ === 0) response.end();
      else setImmediate(() => response.destroy());
    });
  });
  const run = () =>
    new Promise<[string[], Error | undefined]>(resolve => {
      const types: string[] = [];
      client.watch(
        configMaps,
        'ns',
        {},
        {
          event: (event: WatchEvent) => types.push(event.type),
          end: error => resolve([types, error]),
        },
      );
    });
  assert.deepEqual(await run(), [['ADDED', 'DELETED'], undefined]);
  const [types, error] = await run();
  assert.deepEqual(types, ['ADDED', 'DELETED']);
  assert.ok(error);
});

test('speaks TLS with a real server by its kubeconfig, and an informer follows it there', async t => {
  const cluster = await startCluster({ nodes: 0, controllers: [] });
  t.after(() => cluster.stop());
  const config = parseKubeConfig(await cluster.kubeconfig());
  using transport = createHttpsTransport({ access: accessOf(config, () => assert.fail('all is inline')) });
  const client = createClient(transport);
  const seams = { clock: cluster.clock, random: new SeededRandom(1), log: silentLog };
  using informer = new Informer(client, configMaps, { namespace: 'default' }, seams);
  await client.create(configMaps, { metadata: { namespace: 'default', name: 'before' }, data: { k: 'ü' } });
  informer.start();
  await informer.whenSynced();
  assert.equal(informer.get('default/before')?.data?.k, 'ü');
  const followed = new Promise<string>(resolve => {
    informer.on({ deleted: object => resolve(object.metadata.name!) });
  });
  await client.delete(configMaps, 'default', 'before');
  assert.equal(await followed, 'before');
  await assert.rejects(client.get(configMaps, 'default', 'before'), error => hasReason(error, 'NotFound'));
});

test('what is read and written back keeps the digits of its integers', async t => {
  const object = '{"metadata":{"name":"x","generation":9007199254740993}}';
  const sent: string[] = [];
  const client = await serve(t, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    sent.push(body);
    response.setHeader('content-type', 'application/json');
    response.end(request.url?.includes('watch=') ? `{"type":"ADDED","object":${object}}\n` : object);
  });
  await client.update(configMaps, await client.get(configMaps, 'ns', 'x'));
  assert.match(sent.at(-1)!, /"generation":9007199254740993\}/);
  const watched = await new Promise<WatchEvent>((resolve, reject) => {
    const watching = client.watch(configMaps, 'ns', {}, { event: resolve, end: reject });
    t.after(() => watching[Symbol.dispose]());
  });
  assert.equal(JSON.stringify(watched.object), object);
});
