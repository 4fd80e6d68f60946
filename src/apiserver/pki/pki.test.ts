import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type TLSSocket, connect, createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { VirtualClock } from '#base/virtual-clock.ts';
import { subjectOf } from './certificate.ts';
import { loadPki, savePki } from './pki-files.ts';
import { type PemFiles, type PkiOptions, createPki, issueLeaf } from './pki.ts';

const dayMs = 24 * 3600 * 1000;
// Certificates are checked by TLS as well, which knows the real time alone.
const virtualNow = () => new VirtualClock(async () => {}, Math.floor(Date.now() / 1000) * 1000);
const base = (clock = virtualNow()): PkiOptions => ({
  clock,
  nodeName: 'node-1',
  nodeIps: ['10.1.2.3', 'fd00::3'],
  serviceIp: '10.96.0.1',
});

/** What the server saw of the client over a TLS connection; rejects when either refuses the other. */
async function handshake(pki: PemFiles, client: string, host: string): Promise<string> {
  const accepted: TLSSocket[] = [];
  const server = createServer({
    key: pki['apiserver.key']!,
    cert: pki['apiserver.crt']!,
    ca: pki['ca.crt']!,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const seen = new Promise<string>((resolve, reject) => {
    server.on('secureConnection', socket => {
      accepted.push(socket);
      resolve(subjectOf(new X509Certificate(socket.getPeerCertificate().raw)).commonName);
    });
    server.on('tlsClientError', reject);
  });
  seen.catch(() => {});
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const credentials = { key: pki[`${client}.key`]!, cert: pki[`${client}.crt`]!, ca: pki['ca.crt']! };
  const socket = connect({ host: '127.0.0.1', port, servername: host, ...credentials });
  try {
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    return await seen;
  } finally {
    socket.destroy();
    for (const one of accepted) one.destroy();
    await new Promise(resolve => server.close(resolve));
  }
}

test('clients and the API server believe each other over TLS', async () => {
  const pki = createPki(base());
  assert.equal(await handshake(pki, 'admin', 'kubernetes.default.svc.cluster.local'), 'kubernetes-admin');
  assert.equal(await handshake(pki, 'kubelet-client', 'localhost'), 'system:node:node-1');
  await assert.rejects(handshake(pki, 'admin', 'elsewhere.example'), /altnames/);
  await assert.rejects(handshake(pki, 'front-proxy-client', 'localhost'), 'another CA signed it');
  await assert.rejects(handshake(pki, 'kubelet', 'localhost'), 'a serving certificate is no client');
});

test('certificates say what upstream components expect of them', () => {
  const pki = createPki(base());
  const read = (name: string) => new X509Certificate(pki[`${name}.crt`]!);
  const server = read('apiserver');
  for (const name of ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'node-1', 'localhost']) {
    assert.equal(server.checkHost(name), name);
  }
  for (const ip of ['127.0.0.1', '::1', '10.96.0.1', '10.1.2.3', 'fd00::3']) assert.ok(server.checkIP(ip));
  assert.deepEqual(subjectOf(read('kubelet-client')), {
    commonName: 'system:node:node-1',
    organizations: ['system:nodes'],
  });
  assert.deepEqual(subjectOf(read('admin')).organizations, ['kubeadm:cluster-admins']);
  assert.deepEqual(subjectOf(read('super-admin')).organizations, ['system:masters']);
  assert.equal(read('ca').ca, true);
  assert.equal(server.ca, false);
  assert.ok(read('front-proxy-client').verify(read('front-proxy-ca').publicKey));
  assert.equal(read('front-proxy-client').verify(read('ca').publicKey), false);
});

test('what is good is kept; what runs out, lacks a name or lost its CA is made anew', () => {
  const clock = virtualNow();
  const first = createPki(base(clock));
  assert.deepEqual(createPki({ ...base(clock), existing: first }), first);

  const changed = (options: Partial<PkiOptions>) => {
    const next = createPki({ ...base(clock), existing: first, ...options });
    return Object.keys(next)
      .filter(name => name.endsWith('.crt') && next[name] !== first[name])
      .sort();
  };
  assert.deepEqual(changed({ extraNames: ['api.example', '192.0.2.7'] }), ['apiserver.crt']);
  assert.deepEqual(changed({ nodeIps: ['10.9.9.9'] }), ['apiserver.crt', 'kubelet.crt']);
  const { 'admin.key': _, ...withoutAdminKey } = first;
  assert.deepEqual(changed({ existing: withoutAdminKey }), ['admin.crt']);
  const { 'front-proxy-ca.crt': __, ...withoutProxyCa } = first;
  assert.deepEqual(changed({ existing: withoutProxyCa }), ['front-proxy-ca.crt']);
  assert.deepEqual(changed({ existing: { ...first, 'apiserver.crt': 'x', 'admin.key': '' } }), [
    'admin.crt',
    'apiserver.crt',
  ]);

  const later = new VirtualClock(async () => {}, clock.now() + 340 * dayMs);
  const renewed = changed({ clock: later });
  assert.ok(renewed.includes('admin.crt') && !renewed.includes('ca.crt'), renewed.join());
});

test('an authority keeps its key for good: what it signed is believed when its certificate is made anew', async () => {
  const clock = virtualNow();
  const first = createPki(base(clock));
  const { 'ca.crt': _, ...withoutCa } = first;
  for (const existing of [withoutCa, first]) {
    if (existing === first) await clock.advance(3630 * dayMs);
    const next = createPki({ ...base(clock), existing });
    assert.notEqual(next['ca.crt'], first['ca.crt']);
    assert.equal(next['ca.key'], first['ca.key']);
    assert.equal(next['sa.key'], first['sa.key']);
    const ca = new X509Certificate(next['ca.crt']!);
    assert.ok(new X509Certificate(first['admin.crt']!).checkIssued(ca));
    assert.ok(new X509Certificate(first['admin.crt']!).verify(ca.publicKey));
  }
});

test('an authority that is damaged, lost its key, or is not valid yet is not replaced', () => {
  const clock = virtualNow();
  const first = createPki(base(clock));
  const refused = (change: Record<string, string>, message: RegExp, at = clock) => {
    const existing = Object.fromEntries(Object.entries({ ...first, ...change }).filter(([, pem]) => pem));
    assert.throws(() => createPki({ ...base(at), existing }), { message });
  };
  refused({ 'ca.key': '' }, /^ca\.key is missing: put it back from a copy, or remove ca\.crt as well/);
  refused({ 'ca.key': 'x' }, /^ca\.key is damaged: put it back from a copy$/);
  refused({ 'ca.crt': 'x' }, /^ca\.crt is damaged: put it back from a copy$/);
  refused({ 'ca.key': first['sa.key']! }, /^ca\.crt is not of the key beside it$/);
  refused({ 'sa.key': 'x' }, /^sa\.key is damaged: put it back from a copy$/);
  const epoch = new VirtualClock(async () => {}, 0);
  refused({}, /^the clock of this machine says 1970-01-01T00:00:00Z, and ca\.crt is valid from /, epoch);
});

test('a certificate for one more node is of the same CA', () => {
  const clock = virtualNow();
  const pki = createPki(base(clock));
  const { cert } = issueLeaf(pki, clock, {
    subject: { commonName: 'system:node:b', organizations: ['system:nodes'] },
    usage: 'client',
  });
  assert.ok(new X509Certificate(cert).verify(new X509Certificate(pki['ca.crt']!).publicKey));
});

test("files are their owner's alone, and come back as they were", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'coxswain-pki-'));
  try {
    const inner = join(directory, 'pki');
    assert.deepEqual(await loadPki(inner), {});
    const pki = createPki(base());
    await savePki(inner, pki);
    assert.deepEqual(await loadPki(inner), pki);
    assert.equal((await stat(inner)).mode & 0o777, 0o700);
    assert.equal((await stat(join(inner, 'ca.key'))).mode & 0o777, 0o600);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
