import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import type { CertificateSigningRequest } from '#api/generated/types/certificates.v1.ts';
import { silentLog } from '#base/log.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import { CsrMetrics } from './csr-metrics.ts';
import { generateKeyPem, signCertificate } from './pki/certificate.ts';
import { StateCache } from './resources/state-cache.ts';
import { storageKey } from './resources/storage-key.ts';

const clock = new VirtualClock(() => new Promise<void>(resolve => setImmediate(resolve)));
const bucket = 'certificates.k8s.io/certificatesigningrequests';

test('certificates are counted once, if a time was asked for, and as honored if they have nearly that', async () => {
  await using store = new MemoryStore(clock);
  const state = new StateCache(store, silentLog);
  await state.start();
  const metrics = new CsrMetrics(state);
  const put = async (name: string, spec: object, status: object) => {
    const object: CertificateSigningRequest = {
      kind: 'CertificateSigningRequest',
      apiVersion: 'certificates.k8s.io/v1',
      metadata: { name },
      spec: spec as CertificateSigningRequest['spec'],
      status,
    };
    const value = state.codec.encode(object);
    const operation = { type: 'put', key: storageKey(bucket, name), value } as const;
    const { revision } = await store.transact({ compare: [], success: [operation], failure: [] });
    await state.waitFor(revision);
  };
  const key = generateKeyPem();
  const issued = (minutes: number) => {
    const pem = signCertificate(
      {
        subject: { commonName: 'a' },
        publicKey: createPublicKey(key),
        notBeforeMs: 0,
        notAfterMs: minutes * 60_000,
        usage: 'ca',
      },
      { key: createPrivateKey(key) },
    );
    return { certificate: Buffer.from(pem).toString('base64') };
  };
  const sign = async (name: string, spec: object, status: object) => {
    await put(name, spec, {});
    await put(name, spec, status);
    await put(name, spec, { ...status, conditions: [] });
  };
  const builtIn = { signerName: 'kubernetes.io/kube-apiserver-client', expirationSeconds: 3600 };
  await sign('backdated', builtIn, issued(67));
  await sign('longer', builtIn, issued(69));
  await sign('unasked', { signerName: builtIn.signerName }, issued(60));
  await sign('own', { signerName: 'example.com/a', expirationSeconds: 600 }, issued(10));
  await sign('spoilt', { signerName: 'example.com/b', expirationSeconds: 600 }, { certificate: 'eA==' });
  await put('unsigned', builtIn, {});
  const samples = metrics.families.map(family => [...family.lines()].filter(line => !line.startsWith('#')));
  const name = (what: string) => `apiserver_certificates_registry_csr_${what}_duration_total`;
  assert.deepEqual(samples, [
    [
      `${name('requested')}{signerName="kubernetes.io/kube-apiserver-client"} 2`,
      `${name('requested')}{signerName="other"} 2`,
    ],
    [
      `${name('honored')}{signerName="kubernetes.io/kube-apiserver-client"} 1`,
      `${name('honored')}{signerName="other"} 1`,
    ],
  ]);
});
