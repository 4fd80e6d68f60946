import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import type { ClientHttp2Stream } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { configMaps } from '#api/generated/refs.ts';
import { CustomCluster, boatSchema, boats, definitionOf, versionOf } from './custom-resources.ts';
import { WiredCluster, sendHttp2 } from './wire.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const map = (name: string, data: object = {}) => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name },
  data,
});
const big = JSON.stringify(map('big', { a: 'x'.repeat(4 * 1024 * 1024) }));

/** What a raw connection answers until it is closed or `enough` is there. */
async function readUntil(socket: TLSSocket, enough: RegExp): Promise<string> {
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    if (enough.test(text)) return text;
  }
  return text;
}

async function nextData(stream: ClientHttp2Stream): Promise<string> {
  const [chunk] = (await once(stream, 'data')) as [Buffer];
  return chunk.toString();
}

/** Turns of the event loop until `condition` holds. */
async function eventually(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (condition()) return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  assert.fail('it did not come to pass');
}

describe('the wire', () => {
  let wired: WiredCluster;
  const watchers = () =>
    wired.cluster.controlPlane.server.services.catalog.find('', 'v1', 'configmaps')!.cache.watcherCount;
  before(async () => {
    wired = await WiredCluster.start();
  });
  after(() => wired[Symbol.asyncDispose]());

  test('a body of 4 MiB is refused over HTTP/1.1, and the connection is closed', async () => {
    const answer = await wired.send({ method: 'POST', path: maps, body: big });
    assert.equal(answer.status, 413);
    assert.equal(answer.json.reason, 'RequestEntityTooLarge');
    assert.equal(answer.json.message, 'Request entity too large: limit is 3145728');
    assert.equal(answer.headers.connection, 'close');
  });

  test('a body whose length is absurd is refused before it comes', async () => {
    const socket = await wired.dial();
    socket.write(
      `POST ${maps} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999999999999\r\n\r\n{`,
    );
    assert.match(await readUntil(socket, /limit is 3145728/), /^HTTP\/1\.1 413 /);
    socket.destroy();
  });

  test('a body of 4 MiB is refused over HTTP/2, and the session goes on', async () => {
    const session = wired.http2();
    const answer = await sendHttp2(
      session,
      { ':method': 'POST', ':path': maps, 'content-type': 'application/json' },
      big,
    );
    assert.equal(answer.status, 413);
    const other = await sendHttp2(session, { ':path': '/readyz' });
    assert.equal(other.text, 'ok');
    session.close();
  });

  test('large answers that a client does not take keep nothing else from it on its session', async () => {
    const session = wired.http2();
    const untaken = Array.from({ length: 40 }, () => session.request({ ':path': '/openapi/v2' }));
    await Promise.all(untaken.map(stream => once(stream, 'response')));
    const other = await sendHttp2(session, { ':path': '/readyz' });
    assert.equal(other.text, 'ok');
    session.destroy();
  });

  test('a session has room for more watches than a client opens on one connection', async () => {
    const before = watchers();
    const session = wired.http2();
    const open = Array.from({ length: 300 }, () => session.request({ ':path': `${maps}?watch=1` }));
    await Promise.all(open.map(stream => once(stream, 'response')));
    const other = await sendHttp2(session, { ':path': '/readyz' });
    assert.equal(other.text, 'ok');
    session.destroy();
    await eventually(() => watchers() === before);
  });

  test('what nobody serves is a plain 404 over HTTP/2 too', async () => {
    const session = wired.http2();
    for (const path of ['/nowhere', '/apis/nobody.example/v1/things', '/apis/apps/v1/nowhere']) {
      const answer = await sendHttp2(session, { ':path': path });
      assert.equal(answer.status, 404);
    }
    session.close();
  });

  test('the limit itself is taken', async () => {
    const frame = JSON.stringify(map('limit', { a: '' })).length;
    const body = JSON.stringify(map('limit', { a: 'x'.repeat(3 * 1024 * 1024 - frame) }));
    const answer = await wired.send({ method: 'POST', path: maps, body });
    // A ConfigMap may hold 1 MiB; that it is too long is said by validation, so the body was read.
    assert.equal(answer.status, 422, answer.text.slice(0, 300));
  });

  test('garbage instead of TLS, and silence, hurt nobody', async () => {
    const garbage = connect(wired.port, '127.0.0.1');
    garbage.on('error', () => {});
    garbage.write('hello\r\n\r\n');
    const closed = once(garbage, 'close');
    const silent = connect(wired.port, '127.0.0.1');
    await once(silent, 'connect');
    await closed;
    assert.equal((await wired.send({ path: '/readyz' })).text, 'ok');
    silent.destroy();
  });

  test('who forgot the s of https is told', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(wired.port, '127.0.0.1');
      let text = '';
      socket.on('data', chunk => {
        text += chunk;
      });
      socket.on('error', reject).on('close', () => resolve(text));
      socket.write('GET /version HTTP/1.1\r\nHost: a\r\n\r\n');
    });
    assert.match(
      answer,
      /^HTTP\/1\.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server\.\n$/,
    );
  });

  test('garbage inside TLS gets a 400', async () => {
    const socket = await wired.dial();
    socket.write('this is no HTTP\r\n\r\n');
    assert.match(await readUntil(socket, /\r\n\r\n/), /^HTTP\/1\.1 400 Bad Request/);
  });

  test('a request that is cut off leaves nothing behind', async () => {
    const socket = await wired.dial();
    socket.write(
      `POST ${maps} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"kind":"ConfigMap",`,
    );
    await new Promise(resolve => setTimeout(resolve, 20));
    socket.destroy();
    assert.equal((await wired.send({ path: '/readyz' })).text, 'ok');
  });

  test('headers may be long and not endless', async () => {
    const long = await wired.send({
      path: `${maps}?labelSelector=a%3D${'x'.repeat(60)}`,
      headers: { 'x-long': 'y'.repeat(200_000) },
    });
    assert.equal(long.status, 200, long.text);
    const socket = await wired.dial();
    socket.on('error', () => {});
    socket.write(`GET /readyz HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(2_000_000)}\r\n\r\n`);
    assert.match(await readUntil(socket, /\r\n\r\n/), /^HTTP\/1\.1 431 /);
    socket.destroy();
  });

  test('requests on one connection, HEAD, and an audit id', async () => {
    const agent = wired.agent();
    const first = await wired.send({ path: '/readyz', agent, headers: { 'audit-id': 'mine' } });
    assert.equal(first.headers['audit-id'], 'mine');
    const head = await wired.send({ method: 'HEAD', path: '/readyz', agent });
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
    assert.equal(head.headers['content-length'], first.headers['content-length']);
    assert.match(head.headers['audit-id'] as string, /^[0-9a-f-]{36}$/);
    agent.destroy();
  });

  test('what is only read takes no other method', async () => {
    const statusOf = async (method: string, path: string) => (await wired.send({ method, path })).status;
    for (const path of ['/version', '/api', '/apis/apps/v1', '/api/v1/namespaces/default']) {
      assert.deepEqual([await statusOf('POST', path), await statusOf('HEAD', path)], [405, 405], path);
    }
    for (const path of ['/healthz', '/apis', '/openapi/v3']) assert.equal(await statusOf('POST', path), 200);
    assert.equal(await statusOf('POST', '/nowhere'), 404);
  });

  test('HEAD over HTTP/2 is answered', async () => {
    const session = wired.http2();
    const cluster = new CustomCluster(wired);
    await cluster.define(definitionOf('Boat', [versionOf('v1', boatSchema)]));
    const whole = await sendHttp2(session, { ':path': boats });
    const head = await sendHttp2(session, { ':method': 'HEAD', ':path': boats });
    const watched = await sendHttp2(session, {
      ':method': 'HEAD',
      ':path': `${boats}?watch=1&timeoutSeconds=1`,
    });
    await cluster.remove('boats.example.com');
    assert.deepEqual([head.status, head.text, watched.status, watched.text], [200, '', 200, '']);
    assert.equal(head.headers['content-length'], whole.headers['content-length']);
    session.close();
  });

  test('a client that waits to be told to go on is told', async () => {
    const body = JSON.stringify(map('continued'));
    const socket = await wired.dial();
    socket.write(
      `POST ${maps} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    const [told] = (await once(socket, 'data')) as [Buffer];
    assert.equal(told.toString(), 'HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(body);
    assert.match(await readUntil(socket, /"continued"/), /^HTTP\/1\.1 201 Created/);
    socket.destroy();
  });

  test('many requests at once are answered one by one, in order, and chunks are a body', async () => {
    const socket = await wired.dial();
    const body = JSON.stringify(map('in-chunks'));
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const get = `GET ${maps}/in-chunks HTTP/1.1\r\nHost: x\r\n\r\n`;
    socket.write(
      `POST ${maps} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}` +
        `${get}${get}DELETE ${maps}/in-chunks HTTP/1.1\r\nHost: x\r\n\r\nGET ${maps}/in-chunks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    const text = await readUntil(socket, /no end but the connection's/);
    assert.deepEqual(
      text.match(/HTTP\/1\.1 \d+/g),
      [201, 200, 200, 200, 404].map(code => `HTTP/1.1 ${code}`),
    );
    assert.match(text, /Connection: close/);
  });

  test('HTTP/1.0 gets its answers, and a watch that ends with the connection', async () => {
    const socket = await wired.dial();
    socket.write(`GET ${maps}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dnone HTTP/1.0\r\n\r\n`);
    const text = await readUntil(socket, /no end but the connection's/);
    assert.match(text, /^HTTP\/1\.1 200 OK/);
    assert.match(text, /Connection: close/);
    assert.doesNotMatch(text, /chunked/);
  });

  test('an upgrade that nobody takes is no upgrade', async () => {
    const answer = await wired.send({
      path: '/readyz',
      headers: { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c' },
    });
    assert.equal(answer.text, 'ok');
  });

  test('large answers are compressed for whoever can take it', async () => {
    for (let i = 0; i < 4; i++) {
      const made = await wired.send({
        method: 'POST',
        path: maps,
        body: map(`big-${i}`, { a: 'x'.repeat(100_000) }),
      });
      assert.equal(made.status, 201);
    }
    const plain = await wired.send({ path: maps });
    const packed = await wired.send({ path: maps, headers: { 'accept-encoding': 'gzip' } });
    assert.equal(plain.headers['content-encoding'], undefined);
    assert.equal(packed.headers['content-encoding'], 'gzip');
    const unwanted = await wired.send({ path: maps, headers: { 'accept-encoding': 'gzip;q=0' } });
    assert.equal(unwanted.headers['content-encoding'], undefined);
    assert.ok(packed.bytes.length < plain.bytes.length / 10);
    assert.deepEqual(JSON.parse(gunzipSync(packed.bytes).toString()).items, plain.json.items);
  });

  test('watches work over both protocols, and a client that goes takes them along', async () => {
    const before = watchers();
    const session = wired.http2();
    const stream = session.request({
      ':path': `${maps}?watch=1&resourceVersion=0&fieldSelector=metadata.name%3Dseen`,
    });
    await once(stream, 'response');
    const socket = await wired.dial();
    socket.write(`GET ${maps}?watch=1&fieldSelector=metadata.name%3Dseen HTTP/1.1\r\nHost: x\r\n\r\n`);
    await eventually(() => watchers() === before + 2);
    const seen = nextData(stream);
    const read = readUntil(socket, /"seen"/);
    await wired.send({ method: 'POST', path: maps, body: map('seen') });
    const event = JSON.parse(await seen);
    assert.deepEqual([event.type, event.object.metadata.name], ['ADDED', 'seen']);
    assert.match(await read, /transfer-encoding: chunked[\s\S]*"type":"ADDED"/i);
    socket.destroy();
    stream.close();
    await eventually(() => watchers() === before);
    session.close();
  });

  test('more state than a watcher may lag behind reaches one that reads slowly, and what changes meanwhile', async () => {
    const own = '/api/v1/namespaces/kube-public/configmaps';
    const { client } = wired.cluster;
    const data = { a: 'x'.repeat(500_000) };
    const names = Array.from({ length: 40 }, (_, i) => `slow-${String(i).padStart(2, '0')}`);
    for (const name of names)
      await client.create(configMaps, { metadata: { name, namespace: 'kube-public' }, data });
    const socket = await wired.dial();
    socket.pause();
    const before = watchers();
    socket.write(`GET ${own}?watch=1&resourceVersion=0 HTTP/1.1\r\nHost: x\r\n\r\n`);
    await eventually(() => watchers() > before);
    await client.create(configMaps, { metadata: { name: 'slow-later', namespace: 'kube-public' } });
    const chunks: Buffer[] = [];
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      if (chunk.includes('"slow-later"')) break;
    }
    const text = Buffer.concat(chunks).toString('latin1');
    const seen = [...text.matchAll(/"name":"(slow-[^"]*)"/g)].map(match => match[1]);
    assert.deepEqual(seen, [...names, 'slow-later']);
    socket.destroy();
  });

  test('nobody without a name gets past health', async () => {
    const anonymous = { cert: undefined, key: undefined };
    const socket = await wired.dial(anonymous as never);
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /api HTTP/1.1\r\nHost: x\r\n\r\n');
    const text = await readUntil(socket, /Unauthorized/);
    assert.match(
      text,
      /^HTTP\/1\.1 200 OK[\s\S]*HTTP\/1\.1 401 Unauthorized[\s\S]*"reason":"Unauthorized","code":401/,
    );
    socket.destroy();
  });

  test('refusals are in the form that is asked for, and otherwise for people', async () => {
    const path = '/api/v1/pods';
    const refused = (headers: Record<string, string>) => wired.send({ path, headers, anonymous: true });
    assert.match((await refused({ 'user-agent': 'curl/8.5.0' })).text, /^\{\n {2}"kind": "Status",\n/);
    assert.match((await refused({})).text, /^\{"kind":"Status",/);
    const yaml = await refused({ accept: 'application/yaml' });
    assert.deepEqual([yaml.status, yaml.headers['content-type']], [401, 'application/yaml']);
    const unknown = await wired.send({ path, headers: { accept: 'text/html' } });
    assert.equal(unknown.status, 406);
    assert.match(unknown.text, /^\{\n {2}"kind": "Status",\n/);
  });

  test('OpenAPI documents in a form that there is not are refused without a word', async () => {
    const ask = (path: string, accept: string) => wired.send({ path, headers: { accept } });
    for (const path of ['/openapi/v2', '/openapi/v3/api/v1']) {
      const { status, text } = await ask(path, 'text/html');
      assert.deepEqual([status, text], [406, ''], path);
      assert.equal((await ask(path, 'text/html, */*;q=0.1')).status, 200, path);
    }
    assert.equal((await ask('/openapi/v3', 'text/html')).status, 200);
    for (const [path, version] of [
      ['/openapi/v2', 'v2'],
      ['/openapi/v3/api/v1', 'v3'],
    ] as const) {
      const type = `application/com.github.proto-openapi.spec.${version}@v1.0+protobuf`;
      const packed = await ask(path, type);
      assert.equal(packed.headers['content-type'], type.replace('@', '.'));
      const preferred = await ask(path, `${type};q=0.1, application/json`);
      assert.equal(preferred.headers['content-type'], 'application/json');
    }
  });

  test('OpenAPI documents are where their present hash is', async () => {
    const index = await wired.send({ path: '/openapi/v3' });
    assert.equal(index.headers.vary, undefined);
    const { paths } = index.json as { paths: Record<string, { serverRelativeURL: string }> };
    const url = paths['apis/apps/v1']!.serverRelativeURL;
    const old = await wired.send({ path: '/openapi/v3/apis/apps/v1?hash=0' });
    assert.deepEqual([old.status, old.headers.location, old.text], [301, url, '']);
    const { status, headers } = await wired.send({ path: url });
    assert.deepEqual([status, headers.vary, headers.etag], [200, 'Accept', old.headers.etag]);
    assert.equal(headers['cache-control'], 'public, immutable');
    assert.ok(Date.parse(headers.expires!) > Date.now());
    const unnamed = await wired.send({ path: '/openapi/v3/apis/apps/v1' });
    assert.deepEqual(
      [unnamed.headers['cache-control'], unnamed.headers.expires],
      ['no-cache, private', undefined],
    );
  });

  test('the server stops with watches open', async () => {
    const other = await WiredCluster.start();
    const session = other.http2();
    session.on('error', () => {});
    const stream = session.request({ ':path': `${maps}?watch=1` });
    stream.on('error', () => {});
    await once(stream, 'response');
    stream.resume();
    // Not `once`, which takes a connection that was reset for a failure.
    const closed = new Promise<void>(resolve => void session.once('close', resolve));
    await other[Symbol.asyncDispose]();
    await closed;
  });
});
