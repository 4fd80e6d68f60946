import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { WiredCluster } from './wire.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const threeMiB = 3 * 1024 * 1024;

const headOf = (method: string, path: string, ...headers: string[]) =>
  [`${method} ${path} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');

/** What the server says next. */
async function hear(socket: TLSSocket): Promise<string> {
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return bytes.toString('latin1');
}

const statusOf = (answer: string) => answer.split('\r\n')[0]!.replace('HTTP/1.1 ', '');

describe('clients that mean no good', () => {
  let wired: WiredCluster;
  before(async () => {
    wired = await WiredCluster.start({ components: false });
  });
  after(() => wired[Symbol.asyncDispose]());

  const make = (name: string, data: object = {}) =>
    wired.send({ method: 'POST', path: maps, body: { metadata: { name }, data } });

  test('whoever does not read answers gets no more of them until it does', async () => {
    const asked = 400;
    const served = async () => {
      const { text } = await wired.send({ path: '/metrics' });
      const lines = text.matchAll(
        /^apiserver_request_total\{.*resource="configmaps".*verb="GET".*\} (\d+)$/gm,
      );
      return lines.reduce((sum, [, count]) => sum + Number(count), 0);
    };
    await make('large', { a: 'x'.repeat(400_000) });
    using socket = disposable(await wired.dial());
    socket.pause();
    socket.write(headOf('GET', `${maps}/large`).repeat(asked));
    let count = 0;
    for (let last = -1; count > last || count === 0; await sleep(100)) {
      last = count;
      count = await served();
    }
    assert.ok(count < asked / 2, `${count} of ${asked} were answered`);
    let bytes = 0;
    for await (const chunk of socket) {
      bytes += (chunk as Buffer).length;
      if (bytes > asked * 400_000) break;
    }
  });

  test('nobody without a name is listened to for longer than a head', async () => {
    using socket = disposable(await wired.dial({ cert: undefined, key: undefined }));
    socket.write(headOf('POST', maps, `Content-Length: ${threeMiB}`));
    assert.equal(statusOf(await hear(socket)), '401 Unauthorized');

    using chunked = disposable(await wired.dial({ cert: undefined, key: undefined }));
    chunked.write(`${headOf('POST', maps, 'Transfer-Encoding: chunked')}ffffff\r\n${'x'.repeat(70_000)}`);
    assert.equal(statusOf(await hear(chunked)), '401 Unauthorized');

    const session = connectHttp2(`https://127.0.0.1:${wired.port}`, { ca: wired.tls.ca });
    const stream = session.request({ ':method': 'POST', ':path': maps });
    stream.write(Buffer.alloc(70_000, 'x'));
    const [{ ':status': status }] = await once(stream, 'response');
    assert.equal(status, 401);
    session.destroy();
  });

  test('large bodies wait for others to be answered', async () => {
    const expecting = headOf('POST', maps, `Content-Length: ${threeMiB}`, 'Expect: 100-continue');
    const sockets: TLSSocket[] = [];
    const begin = async () => {
      const socket = await wired.dial();
      sockets.push(socket);
      socket.write(expecting);
      return statusOf(await hear(socket));
    };
    const heard: string[] = [];
    for (let i = 0; i < 22; i++) heard.push(await begin());
    assert.deepEqual(heard, [...Array<string>(21).fill('100 Continue'), '429 Too Many Requests']);
    assert.equal((await make('small')).status, 201, 'small ones do not wait');

    sockets[0]!.write(`{"metadata":{"name":"is-read"}}${' '.repeat(threeMiB)}`.slice(0, threeMiB));
    assert.equal(statusOf(await hear(sockets[0]!)), '201 Created');
    assert.equal(await begin(), '100 Continue');
    for (const socket of sockets) socket.destroy();
  });

  test('hands are shaken once', async () => {
    const socket = await wired.dial({ maxVersion: 'TLSv1.2', cert: undefined, key: undefined });
    const failed = once(socket, 'error');
    socket.renegotiate({ rejectUnauthorized: false }, () => socket.destroy(new Error('renegotiated')));
    const [error] = (await failed) as [NodeJS.ErrnoException];
    assert.match(`${error.code}`, /RENEGOTIATION/);
  });

  test('an upgrade that leads nowhere takes nothing away from the request', async () => {
    await make('kept');
    const body = '{"dryRun":["All"]}';
    const headers = ['Connection: Upgrade', 'Upgrade: websocket', `Content-Length: ${body.length}`];
    using socket = disposable(await wired.dial());
    socket.write(`${headOf('DELETE', `${maps}/kept`, 'Content-Type: application/json', ...headers)}${body}`);
    assert.equal(statusOf(await hear(socket)), '200 OK');
    assert.equal((await wired.send({ path: `${maps}/kept` })).status, 200);
  });

  test('a query that says more than is read is refused: it may select a part', async () => {
    await make('selected');
    const path = `${maps}?${'a&'.repeat(10_000)}labelSelector=none`;
    const { status, json } = await wired.send({ method: 'DELETE', path });
    assert.deepEqual([status, json.message], [400, 'number of URL query parameters exceeded limit']);
    assert.equal((await wired.send({ path: `${maps}/selected` })).status, 200);
  });

  test('a method that there is not is no verb', async () => {
    for (const method of ['get', 'list', 'WATCH', 'CREATE']) {
      using socket = disposable(await wired.dial());
      socket.write(headOf(method, maps));
      assert.equal(statusOf(await hear(socket)), '405 Method Not Allowed', method);
      socket.write(headOf(method, maps, 'Impersonate-User: jane'));
      assert.match(await hear(socket), /User \\"jane\\" cannot {2}resource \\"configmaps\\"/);
    }
  });
});

function disposable(socket: TLSSocket): TLSSocket & Disposable {
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.destroy() });
}
