import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TLSSocket, connect } from 'node:tls';
import { test } from 'node:test';
import { createAuthorities, issueLeaf } from '#apiserver/pki/pki.ts';
import { silentLog } from '#base/log.ts';
import { readApiServer } from '#main/config/api-server-config.ts';
import type { ReloadedFile } from '#main/config/reloaded-file.ts';
import { systemClock } from '#main/system.ts';
import { WiredCluster, sendHttp2 } from './wire.ts';

test('pages of other origins may ask where the operator lets them, and browsers are told of HTTPS', async () => {
  const apiServer = await readApiServer(
    {
      corsAllowedOrigins: ['^https://foo\\.example$'],
      strictTransportSecurityDirectives: ['max-age=31536000', 'preload'],
    },
    '/',
  );
  await using wired = await WiredCluster.start({ components: false, apiServer });
  const ask = (method: string, origin: string, path = '/api/v1/pods') =>
    wired.send({ method, path, headers: { origin }, anonymous: true });
  const preflight = await ask('OPTIONS', 'https://foo.example');
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], 'https://foo.example');
  assert.equal(preflight.headers['access-control-allow-credentials'], 'true');
  assert.match(
    String(preflight.headers['access-control-allow-headers']),
    /^Content-Type, .*If-Modified-Since$/,
  );
  assert.equal(preflight.headers['strict-transport-security'], 'max-age=31536000; preload');
  const refused = await ask('GET', 'https://foo.example');
  assert.deepEqual(
    [refused.status, refused.headers['access-control-allow-origin']],
    [401, 'https://foo.example'],
  );
  const other = await ask('OPTIONS', 'https://bar.example');
  assert.deepEqual([other.status, other.headers['access-control-allow-origin']], [401, undefined]);
  assert.equal(other.headers['strict-transport-security'], 'max-age=31536000; preload');
});

test('clients of HTTP/2 are told to connect anew, and are answered', async () => {
  const apiServer = await readApiServer({ goawayChance: 0.02 }, '/');
  const serving = { ...apiServer.serving, goawayChance: 1 };
  await using wired = await WiredCluster.start({ components: false, apiServer: { ...apiServer, serving } });
  const session = wired.http2();
  const away = new Promise<number>(resolve => session.once('goaway', resolve));
  const answer = await sendHttp2(session, { ':path': '/version' });
  assert.equal(answer.status, 200);
  assert.equal(await away, 0);
  session.destroy();
  assert.equal((await wired.send({ path: '/version' })).status, 200);
});

test('TLS is of the version and by the suites that the operator wants', async () => {
  const apiServer = await readApiServer({ tlsMinVersion: 'VersionTLS13' }, '/');
  await using latest = await WiredCluster.start({ components: false, apiServer });
  await assert.rejects(latest.dial({ maxVersion: 'TLSv1.2' }));
  (await latest.dial()).destroy();
  const tlsCipherSuites = ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'];
  await using chosen = await WiredCluster.start({
    components: false,
    apiServer: await readApiServer({ tlsCipherSuites }, '/'),
  });
  const older = await chosen.dial({ maxVersion: 'TLSv1.2' });
  assert.equal(older.getCipher().standardName, 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384');
  older.destroy();
  const ciphers = 'ECDHE-ECDSA-AES128-GCM-SHA256';
  await assert.rejects(chosen.dial({ maxVersion: 'TLSv1.2', ciphers }));
});

test('other names have certificates of their own, and other authorities’ clients are believed', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-serving-'));
  t.after(() => rm(folder, { recursive: true }));
  const put = (name: string, text: string) => writeFile(join(folder, name), text);
  const [authority, later] = [createAuthorities(systemClock), createAuthorities(systemClock)];
  const web = (dnsNames: string[]) =>
    issueLeaf(authority, systemClock, { subject: { commonName: dnsNames[0]! }, usage: 'server', dnsNames });
  const [exact, wild] = [web(['web.example.com']), web(['*.example.com'])];
  await put('exact.crt', exact.cert);
  await put('exact.key', exact.key);
  await put('wild.crt', wild.cert);
  await put('wild.key', wild.key);
  await put('clients.crt', authority['ca.crt']!);
  const apiServer = await readApiServer(
    {
      tlsSniCertKey: ['exact.crt,exact.key', 'wild.crt,wild.key:*.example.com'],
      clientCaFile: 'clients.crt',
    },
    folder,
  );
  await using wired = await WiredCluster.start({ components: false, apiServer });
  const nameFor = (servername: string) =>
    new Promise<string>((resolve, reject) => {
      const socket: TLSSocket = connect(
        { host: '127.0.0.1', port: wired.port, servername, rejectUnauthorized: false },
        () => {
          resolve(String(socket.getPeerCertificate().subject.CN));
          socket.destroy();
        },
      );
      socket.once('error', reject);
    });
  assert.equal(await nameFor('web.example.com'), 'web.example.com');
  assert.equal(await nameFor('api.example.com'), '*.example.com');
  assert.equal(await nameFor('localhost'), 'kube-apiserver');

  const jane = (by: typeof authority) =>
    issueLeaf(by, systemClock, {
      subject: { commonName: 'jane', organizations: ['system:masters'] },
      usage: 'client',
    });
  const statusOf = async (by: typeof authority) => {
    const { cert, key } = jane(by);
    Object.assign(wired.tls, { cert, key });
    return (await wired.send({ path: '/api/v1/namespaces' })).status;
  };
  assert.deepEqual([await statusOf(authority), await statusOf(later)], [200, 401]);
  await put('clients.crt', later['ca.crt']!);
  for (const file of apiServer.files as ReloadedFile<unknown>[]) await file.reload(silentLog);
  assert.deepEqual([await statusOf(authority), await statusOf(later)], [401, 200]);
});

test('tokens are issued as the operator wants, and taken of all issuers that it names', async () => {
  const start = async (config: object) => {
    const apiServer = await readApiServer(config, '/');
    return WiredCluster.start({ components: false, apiServer });
  };
  await using wired = await start({
    serviceAccountIssuer: ['https://new.example', 'https://old.example'],
    serviceAccountMaxTokenExpiration: '2h',
    apiAudiences: ['a', 'b'],
  });
  const namespace = '/api/v1/namespaces/default/serviceaccounts';
  await wired.send({ method: 'POST', path: namespace, body: { metadata: { name: 's' } } });
  const spec = { expirationSeconds: 20_000 };
  const asked = await wired.send({ method: 'POST', path: `${namespace}/s/token`, body: { spec } });
  assert.equal(
    asked.headers.warning,
    '299 - "requested expiration of 20000 seconds shortened to 7200 seconds"',
  );
  const { status, spec: told } = asked.json as unknown as {
    status: { token: string };
    spec: { audiences: string[]; expirationSeconds: number };
  };
  assert.deepEqual(told, { audiences: ['a', 'b'], expirationSeconds: 7200, boundObjectRef: null });
  const claims = JSON.parse(Buffer.from(status.token.split('.')[1]!, 'base64url').toString());
  assert.deepEqual(
    [claims.iss, claims.aud, claims.exp - claims.iat],
    ['https://new.example', ['a', 'b'], 7200],
  );
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const authorization = `Bearer ${status.token}`;
  const shown = await wired.send({
    method: 'POST',
    path,
    body: {},
    headers: { authorization },
    anonymous: true,
  });
  assert.equal(shown.status, 201, shown.text);
  const discovery = (await wired.send({ path: '/.well-known/openid-configuration' })).json;
  assert.equal(discovery.issuer, 'https://new.example');
  assert.match(String(discovery.jwks_uri), /^https:\/\/[\d.]+:\d+\/openid\/v1\/jwks$/);
  await using nowhere = await start({ serviceAccountIssuer: ['cluster'] });
  assert.equal((await nowhere.send({ path: '/openid/v1/jwks' })).status, 404);
});
