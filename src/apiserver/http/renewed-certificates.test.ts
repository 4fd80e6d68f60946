import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { type TLSSocket, connect } from 'node:tls';
import { after, before, test } from 'node:test';
import { silentLog } from '#base/log.ts';
import { SeededRandom } from '#base/random.ts';
import { type SecureServer, startSecureServer } from '../auth/testing.ts';
import { issueLeaf } from '../pki/pki.ts';
import { Listener } from './listener.ts';

let server: SecureServer;
let listener: Listener;

before(async () => {
  server = await startSecureServer(() => new Promise(resolve => setImmediate(resolve)));
  const tls = tlsOf(server.pki['apiserver.key']!, server.pki['apiserver.crt']!);
  const random = new SeededRandom(1);
  const options = { server: server.server, tls, host: '127.0.0.1', port: 0, random, log: silentLog };
  listener = await Listener.open(options);
});

after(async () => {
  await listener[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const tlsOf = (key: string, cert: string) => ({ key, cert, clientCa: server.pki['ca.crt']! });
const client = () => ({
  host: '127.0.0.1',
  port: listener.port,
  rejectUnauthorized: false,
  cert: server.pki['admin.crt']!,
  key: server.pki['admin.key']!,
});

const namesOf = (agent: Agent) =>
  new Promise<{ status: number; socket: TLSSocket }>((resolve, reject) => {
    const call = request({ ...client(), agent, path: '/api/v1/namespaces' }, (answer: IncomingMessage) => {
      const socket = answer.socket as TLSSocket;
      answer.resume().on('end', () => resolve({ status: answer.statusCode!, socket }));
    });
    call.on('error', reject).end();
  });

/** The certificate that a new connection is shown, and whether it resumed `session`. */
const shake = (session?: Buffer) =>
  new Promise<{ cert: Buffer; resumed: boolean }>((resolve, reject) => {
    const socket = connect({ ...client(), ...(session ? { session } : {}) }, () => {
      resolve({ cert: socket.getPeerCertificate().raw, resumed: socket.isSessionReused() });
      socket.destroy();
    });
    socket.on('error', reject);
  });

test('a renewed certificate is for who comes; who is there goes on', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    let session: Buffer | undefined;
    agent.on('keylog', (_line, socket: TLSSocket) => socket.once('session', ticket => (session = ticket)));
    const first = await namesOf(agent);
    assert.equal(first.status, 200);
    assert.ok(session);
    assert.equal((await shake(session)).resumed, true);
    const subject = { commonName: 'kube-apiserver' };
    const renewed = issueLeaf(server.pki, server.clock, {
      subject,
      usage: 'server',
      dnsNames: ['localhost'],
    });
    listener.renew(tlsOf(renewed.key, renewed.cert));
    const second = await namesOf(agent);
    assert.deepEqual([second.status, second.socket], [200, first.socket], 'on the connection that there was');
    const { cert, resumed } = await shake(session);
    assert.deepEqual([cert, resumed], [new X509Certificate(renewed.cert).raw, false]);
  } finally {
    agent.destroy();
  }
});
