import assert from 'node:assert/strict';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import { endpoints, pods, serviceAccounts, services } from '#api/generated/refs.ts';
import type { Endpoints, Pod, Service } from '#api/generated/types/core.v1.ts';
import { networkAddress } from '#main/node-address.ts';
import { WiredCluster } from './wire.ts';

const namespace = 'default';
const address = networkAddress();

/** Answers with what it was asked, so that a test sees what came through. */
function echo(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/gone') response.writeHead(302, { location: '/elsewhere?x=1' }).end();
  else if (request.url === '/page') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<a href="/next">n</a><img src=\'/i.png\'><a href="rel"></a><p title="/no">');
  } else if (request.url === '/teapot') response.writeHead(418, { 'x-own': 'yes' }).end('short and stout');
  else {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
    });
  }
}

const pod: Partial<Pod> = {
  metadata: { name: 'web', namespace, labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 1 }] }] },
};

describe('proxies', () => {
  let wired: WiredCluster;
  let server: Server;
  let sockets: WebSocketServer;
  let port: number;

  before(async () => {
    server = createServer(echo);
    sockets = new WebSocketServer({ server });
    sockets.on('connection', socket => socket.on('message', data => socket.send(`you said ${data}`)));
    await new Promise<void>(resolve => server.listen(0, address, resolve));
    port = (server.address() as AddressInfo).port;
    wired = await WiredCluster.start({ controllers: [] });
    const { client } = wired.cluster;
    await client.create(serviceAccounts, { metadata: { name: 'default', namespace } });
    const spec = structuredClone(pod.spec!);
    spec.containers[0]!.ports![0]!.containerPort = port;
    const made = await client.create(pods, { ...pod, spec } as Pod);
    const status = { podIP: address, podIPs: [{ ip: address }], phase: 'Running' as const };
    await client.updateStatus(pods, { ...structuredClone(made), status });
    await client.create(services, {
      metadata: { name: 'web', namespace },
      spec: { ports: [{ name: 'http', port: 80 }] },
    } as Service);
    const targetRef = { kind: 'Pod', namespace, name: 'web' };
    await client.create(endpoints, {
      metadata: { name: 'web', namespace },
      subsets: [{ addresses: [{ ip: address, targetRef }], ports: [{ name: 'http', port }] }],
    } as Endpoints);
  });

  after(async () => {
    sockets.close();
    await wired[Symbol.asyncDispose]();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  const of = (kind: string, name: string, path: string) =>
    `/api/v1/namespaces/${namespace}/${kind}/${name}/proxy${path}`;

  test('every method reaches a pod, by its name, its port and its scheme', async () => {
    for (const name of ['web', `web:${port}`, `http:web:${port}`]) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const body = ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) ? 'hello' : undefined;
        const answer = await wired.send({ method, path: of('pods', name, '/a/b%20c/?q=1'), body });
        assert.equal(answer.status, 200, `${method} ${name}: ${answer.text}`);
        const { method: asked, url, body: sent, headers } = answer.json as Record<string, unknown>;
        assert.deepEqual([asked, url, sent], [method, '/a/b%20c/?q=1', body ?? '']);
        assert.equal((headers as Record<string, string>).authorization, undefined);
      }
    }
  });

  test('a service leads to the pod behind it, by the name and the number of its port', async () => {
    for (const name of ['web:http', 'web:80', 'http:web:http']) {
      const answer = await wired.send({ path: of('services', name, '/x') });
      assert.equal(answer.status, 200, `${name}: ${answer.text}`);
      assert.equal((answer.json as { url?: string }).url, '/x');
    }
  });

  test('what is wrong is refused in upstream’s words', async () => {
    const cases: [string, number, string][] = [
      [of('services', 'web:81', '/'), 503, 'no service port 81 found for service "web"'],
      [of('services', 'web', '/'), 503, 'no endpoints available for service "web"'],
      [of('services', 'none', '/'), 404, 'services "none" not found'],
      [of('pods', 'none', '/'), 404, 'pods "none" not found'],
      [of('pods', 'ftp:web:1', '/'), 400, 'invalid pod request "ftp:web:1"'],
      ['/api/v1/nodes/none/proxy/', 404, 'nodes "none" not found'],
    ];
    for (const [path, status, message] of cases) {
      const answer = await wired.send({ path });
      assert.deepEqual([answer.status, answer.json.message], [status, message]);
    }
    const refused = await wired.send({ path: of('pods', 'web:1', '/') });
    assert.equal(refused.status, 503);
    assert.match(refused.json.message!, /^error trying to reach service: dial tcp .*: connection refused$/);
  });

  test('status, headers, redirects and links come back as they lead through the proxy', async () => {
    const teapot = await wired.send({ path: of('pods', 'web', '/teapot') });
    assert.deepEqual([teapot.status, teapot.headers['x-own'], teapot.text], [418, 'yes', 'short and stout']);
    const gone = await wired.send({ path: of('pods', 'web', '/gone') });
    assert.deepEqual([gone.status, gone.headers.location], [302, `${of('pods', 'web', '')}/elsewhere?x=1`]);
    const page = await wired.send({ path: of('pods', 'web', '/page') });
    const prefix = of('pods', 'web', '');
    assert.equal(
      page.text,
      `<a href="${prefix}/next">n</a><img src='${prefix}/i.png'><a href="rel"></a><p title="/no">`,
    );
    const root = await wired.send({ path: `${of('pods', 'web', '')}?a=1` });
    assert.deepEqual([root.status, root.headers.location], [301, `${of('pods', 'web', '/')}?a=1`]);
  });

  test('WebSockets go through', async () => {
    const { ca, cert, key } = wired.tls;
    const url = `wss://127.0.0.1:${wired.port}${of('pods', 'web', '/ws')}`;
    const socket = new WebSocket(url, { ca, cert, key } as object);
    const said = await new Promise(resolve => {
      socket.on('open', () => socket.send('hi'));
      socket.on('message', data => resolve(String(data)));
      socket.on('error', error => resolve(error.message));
    });
    socket.terminate();
    assert.equal(said, 'you said hi');
  });

  test('a token among the subprotocols is for this server alone', async () => {
    const { json } = await wired.send({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    });
    const { token } = json.status as unknown as { token: string };
    const user = { kind: 'ServiceAccount', name: 'default', namespace };
    await wired.send({
      method: 'POST',
      path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
      body: {
        metadata: { name: 'proxies' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [user],
      },
    });
    const offered = new Promise<string | undefined>(resolve => {
      sockets.once('connection', (_socket, request: IncomingMessage) => {
        resolve(request.headers['sec-websocket-protocol']);
      });
    });
    const encoded = Buffer.from(token).toString('base64url');
    const url = `wss://127.0.0.1:${wired.port}${of('pods', 'web', '/ws')}`;
    const connect = (...protocols: string[]) => {
      const socket = new WebSocket(url, protocols, { ca: wired.tls.ca } as object);
      const outcome = new Promise<string>(resolve => {
        socket.on('open', () => resolve('open'));
        socket.on('error', error => resolve(error.message));
      });
      return outcome.finally(() => socket.terminate());
    };
    const secret = `base64url.bearer.authorization.k8s.io.${encoded}`;
    assert.equal(await connect(secret, 'chat'), 'open');
    assert.equal(await offered, 'chat');
    assert.equal(await connect(secret), 'Unexpected server response: 401');
  });

  test('proxying is a permission of its own', async () => {
    const headers = { 'impersonate-user': 'jane', 'impersonate-group': 'system:authenticated' };
    const answer = await wired.send({ path: of('pods', 'web', '/x'), headers });
    assert.equal(answer.status, 403);
    assert.match(answer.json.message!, /cannot get resource "pods\/proxy"/);
  });
});
