import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { certificateSigningRequests } from '#api/generated/refs.ts';
import type { CertificateSigningRequest } from '#api/generated/types/certificates.v1.ts';
import { type Cluster, startCluster } from '#main/embedded.ts';
import { eventually, run } from '#test/e2e/harness.ts';
import { hasUpstreamTools, upstreamTools } from '#test/kubectl.ts';

/** A user's certificate as the Kubernetes documentation tells to get one: openssl, kubectl certificate approve. */

const openssl = spawnSync('openssl', ['version']).status === 0;
const skip = !openssl ? 'no openssl' : hasUpstreamTools() ? false : 'no kubectl for this platform';
let cluster: Cluster;
let folder: string;
let kubectl: (...args: string[]) => Promise<string>;

async function ok(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, { env });
  assert.equal(code, 0, stderr);
  return stdout;
}

async function request(name: string, spec: object, ...args: string[]): Promise<void> {
  const [key, csr] = [join(folder, `${name}.key`), join(folder, `${name}.csr`)];
  await ok('openssl', ['req', '-new', '-nodes', '-keyout', key, '-out', csr, ...args]);
  const text = (await readFile(csr)).toString('base64');
  await cluster.client.create(certificateSigningRequests, {
    metadata: { name },
    spec: { request: text, signerName: 'kubernetes.io/kube-apiserver-client', ...spec },
  } as Partial<CertificateSigningRequest>);
}

const get = (name: string) => cluster.client.get(certificateSigningRequests, '', name);

async function issued(name: string): Promise<X509Certificate> {
  await eventually(async () => assert.ok((await get(name)).status?.certificate, name));
  return new X509Certificate(Buffer.from((await get(name)).status!.certificate!, 'base64'));
}

before(async () => {
  if (skip) return;
  folder = await mkdtemp(join(tmpdir(), 'coxswain-csr-'));
  cluster = await startCluster({ nodes: 0 });
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, await cluster.kubeconfig());
  const tools = await upstreamTools();
  kubectl = (...args) => ok(tools.kubectl, args, { KUBECONFIG: kubeconfig });
});

after(async () => {
  await cluster?.stop();
  if (folder) await rm(folder, { recursive: true });
});

test('an approved request gets a certificate that the API server knows', { skip }, async () => {
  const usages = ['client auth', 'digital signature'];
  const names = ['-newkey', 'rsa:2048', '-subj', '/O=team/CN=jane'];
  await request('jane', { usages, expirationSeconds: 3600 }, ...names);
  assert.match(await kubectl('get', 'csr', 'jane'), /jane .* Pending/);
  await kubectl('certificate', 'approve', 'jane');
  const certificate = await issued('jane');
  assert.match(certificate.subject, /O=team\nCN=jane/);
  assert.equal(certificate.ca, false);
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  const lifetimeMs = Date.parse(certificate.validTo) - Date.parse(certificate.validFrom);
  assert.equal(lifetimeMs, 3_600_000 + 300_000);
  const file = join(folder, 'jane.crt');
  await writeFile(file, certificate.toString());
  const who = ['--client-certificate', file, '--client-key', join(folder, 'jane.key')];
  const me = JSON.parse(await kubectl('auth', 'whoami', '-o', 'json', ...who));
  assert.deepEqual(me.status.userInfo.username, 'jane');
  assert.deepEqual(me.status.userInfo.groups, ['team', 'system:authenticated']);
});

test('a denied request gets none', { skip }, async () => {
  const names = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-subj', '/CN=eve'];
  await request('eve', { usages: ['client auth'] }, ...names);
  await kubectl('certificate', 'deny', 'eve');
  assert.match(await kubectl('get', 'csr', 'eve'), /Denied/);
  assert.equal((await get('eve')).status?.certificate, undefined);
});

test("a node's serving certificate has its addresses; one that breaks the signer's rules fails", {
  skip,
}, async () => {
  const usages = ['server auth', 'digital signature'];
  const spec = { signerName: 'kubernetes.io/kubelet-serving', usages };
  const names = ['-newkey', 'ed25519', '-subj', '/O=system:nodes/CN=system:node:n1'];
  await request('serving', spec, ...names, '-addext', 'subjectAltName=DNS:n1,IP:192.0.2.7,IP:fd00::7');
  await request('nameless', spec, ...names);
  for (const name of ['serving', 'nameless']) await kubectl('certificate', 'approve', name);
  const { subjectAltName } = await issued('serving');
  assert.equal(subjectAltName, 'DNS:n1, IP Address:192.0.2.7, IP Address:FD00:0:0:0:0:0:0:7');
  await eventually(async () => {
    const failed = (await get('nameless')).status?.conditions?.find(({ type }) => type === 'Failed');
    assert.equal(failed?.reason, 'SignerValidationFailure');
    assert.equal(failed?.message, 'DNS or IP subjectAltName is required');
  });
});

test("a kubelet's request for its client certificate is approved by itself", { skip }, async () => {
  const spec = {
    signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
    usages: ['client auth', 'digital signature'],
  };
  await request('kubelet', spec, '-newkey', 'rsa:2048', '-subj', '/O=system:nodes/CN=system:node:n2');
  const certificate = await issued('kubelet');
  assert.match(certificate.subject, /CN=system:node:n2/);
  const [approved] = (await get('kubelet')).status!.conditions!;
  assert.equal(approved!.reason, 'AutoApproved');
});
