import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pods } from '#api/generated/refs.ts';
import { KubeletBed } from '#test/kubelet.ts';

test('knows the pod that is there by its name, not the one that it is still clearing away', async () => {
  let busy = false;
  await using bed = await KubeletBed.start({
    runtime: {
      images: ['app:1'],
      fail: operation => (busy && operation === 'stopContainer' ? new Error('busy') : undefined),
    },
  });
  await bed.create('again', {});
  assert.ok(await bed.until(bed.isReady('again')));
  busy = true;
  await bed.cluster.client.delete(pods, 'default', 'again', { gracePeriodSeconds: 0 });
  const { metadata } = await bed.create('again', {});
  assert.ok(await bed.until(bed.isReady('again')));
  assert.equal(bed.kubelet.pods().length, 2);
  assert.equal(bed.kubelet.pod('default', 'again')?.metadata.uid, metadata.uid);
});
