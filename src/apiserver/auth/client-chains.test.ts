import assert from 'node:assert/strict';
import { X509Certificate, createPrivateKey, createPublicKey } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type ConnectionOptions, connect } from 'node:tls';
import { SeededRandom } from '#base/random.ts';
import { silentLog } from '#base/log.ts';
import { Listener } from '../http/listener.ts';
import { type CertificateOptions, generateKeyPem, signCertificate } from '../pki/certificate.ts';
import { issuerOf } from '../pki/pki.ts';
import { type SecureServer, startSecureServer } from './testing.ts';

let server: SecureServer;
let listener: Listener;

before(async () => {
  server = await startSecureServer(() => new Promise(resolve => setImmediate(resolve)));
  const { pki } = server;
  listener = await Listener.open({
    server: server.server,
    tls: { key: pki['apiserver.key']!, cert: pki['apiserver.crt']!, clientCa: pki['ca.crt']! },
    host: '127.0.0.1',
    port: 0,
    random: new SeededRandom(1),
    log: silentLog,
  });
});

after(async () => {
  await listener[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** A key and the certificate of a name, in PEM. */
function issue(commonName: string, usage: CertificateOptions['usage'], by: { key: string; cert: string }) {
  const key = generateKeyPem();
  const now = server.clock.now();
  const validity = { notBeforeMs: now - 1000, notAfterMs: now + 3600_000 };
  const issuer = { key: createPrivateKey(by.key), certificate: new X509Certificate(by.cert) };
  const publicKey = createPublicKey(key);
  return { key, cert: signCertificate({ subject: { commonName }, usage, publicKey, ...validity }, issuer) };
}

interface Visit {
  readonly isResumed: boolean;
  readonly session: Buffer | undefined;
  readonly username: string | undefined;
}

/** Who the server takes the client for, on a connection of its own. */
function visit(options: ConnectionOptions): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: listener.port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    let session: Buffer | undefined;
    let text = '';
    socket.on('session', (ticket: Buffer) => (session = ticket));
    socket.on('error', reject);
    socket.on('data', chunk => (text += chunk));
    socket.on('end', () => {
      const { status } = JSON.parse(text.slice(text.indexOf('\r\n\r\n')));
      resolve({ isResumed: socket.isSessionReused(), session, username: status.userInfo?.username });
      socket.destroy();
    });
    const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const head = ['Host: x', 'Connection: close', 'Content-Type: application/json'];
    socket.write(
      `POST ${path} HTTP/1.1\r\n${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  });
}

test('a client shows the authorities between the cluster’s and its own, and is who it was when it comes again', async () => {
  const { key, certificate } = issuerOf(server.pki, 'ca');
  const root = { key: key.export({ type: 'pkcs8', format: 'pem' }) as string, cert: certificate.toString() };
  const between = issue('between', 'ca', root);
  const jane = issue('jane', 'client', between);
  const alone = await visit(jane);
  assert.equal(alone.username, undefined);
  for (const maxVersion of ['TLSv1.3', 'TLSv1.2'] as const) {
    const chain = { key: jane.key, cert: jane.cert + between.cert, maxVersion };
    const first = await visit(chain);
    assert.deepEqual([first.isResumed, first.username], [false, 'jane']);
    const again = await visit({ ...chain, session: first.session! });
    assert.deepEqual([again.isResumed, again.username], [true, 'jane']);
  }
});

test('a certificate that says of no purpose is good for all', async () => {
  const { key, certificate } = issuerOf(server.pki, 'ca');
  const root = { key: key.export({ type: 'pkcs8', format: 'pem' }) as string, cert: certificate.toString() };
  assert.equal((await visit(issue('bare', { names: [] }, root))).username, 'bare');
  assert.equal((await visit(issue('site', 'server', root))).username, undefined);
});
