import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { type PemFiles, createPki } from '#apiserver/pki/pki.ts';
import type { Clock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { LivePki } from './live-pki.ts';

const dayMs = 24 * 3600_000;

function start(save: (files: PemFiles, before: PemFiles) => Promise<void>, ageMs = 0) {
  const clock = new VirtualClock(() => new Promise(resolve => setImmediate(resolve)), Date.now());
  const make = (now: Clock, existing: PemFiles) =>
    createPki({ clock: now, nodeName: 'a', nodeIps: ['10.0.0.1'], serviceIp: '10.96.0.1', existing });
  const renew = (existing: PemFiles) => make(clock, existing);
  const files = make({ ...clock, now: () => clock.now() - ageMs } as Clock, {});
  return { clock, files, pki: new LivePki({ clock, log: silentLog, files, renew, save }) };
}

test('certificates are made anew before they end, by the authorities that there are', async () => {
  const saved: string[][] = [];
  const save = async (files: PemFiles, before: PemFiles) => {
    saved.push(Object.keys(files).filter(name => files[name] !== before[name]));
  };
  const { clock, files, pki } = start(save, 280 * dayMs);
  using _pki = pki;
  const told: PemFiles[] = [];
  pki.onRenewal(() => {
    throw new Error('not for me');
  });
  pki.onRenewal(renewed => void told.push(renewed));
  await clock.advance(50 * dayMs);
  assert.deepEqual([pki.files, saved], [files, []], 'what is good stays');
  await clock.advance(6 * dayMs);
  for (const [name, pem] of Object.entries(pki.files)) {
    if (name.endsWith('.crt'))
      assert.ok(Date.parse(new X509Certificate(pem).validTo) > clock.now() + 360 * dayMs, name);
  }
  assert.deepEqual(told, [pki.files]);
  assert.equal(saved.length, 1);
  const { 'ca.crt': ca, 'ca.key': caKey, 'sa.key': tokenKey } = files;
  assert.deepEqual([pki.files['ca.crt'], pki.files['ca.key'], pki.files['sa.key']], [ca, caKey, tokenKey]);
  assert.ok(saved[0]!.includes('apiserver.crt') && saved[0]!.includes('kubelet.crt'), String(saved[0]));
});

test('what cannot be saved is not used, and tried again', async () => {
  let isFull = true;
  const { clock, files, pki } = start(async () => {
    if (isFull) throw new Error('no space left on device');
  }, 330 * dayMs);
  using _pki = pki;
  await clock.advance(8 * dayMs);
  assert.equal(pki.files, files);
  isFull = false;
  await clock.advance(dayMs);
  assert.notEqual(pki.files['apiserver.crt'], files['apiserver.crt']);
});
