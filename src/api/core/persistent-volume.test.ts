import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PersistentVolume, PersistentVolumeSpec } from '../generated/types/core.v1.ts';
import { createErrors, created, updateErrors } from '../testing.ts';
import { persistentVolumeResource } from './persistent-volume.ts';

const volume = (spec: PersistentVolumeSpec = {}): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'v' },
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, ...spec },
});

test('defaults', () => {
  const { spec, status } = created(persistentVolumeResource, volume({ hostPath: { path: '/x' } }));
  assert.deepEqual(
    [spec?.persistentVolumeReclaimPolicy, spec?.volumeMode, status?.phase],
    ['Retain', 'Filesystem', 'Pending'],
  );
});

test('it is of one kind, and a local one says where', () => {
  assert.deepEqual(createErrors(persistentVolumeResource, volume()), [
    'spec: Required value: must specify a volume type',
  ]);
  assert.deepEqual(createErrors(persistentVolumeResource, volume({ local: { path: '/x' } })), [
    'spec.nodeAffinity: Required value: Local volume requires node affinity',
  ]);
  const two = volume({ hostPath: { path: '/x' }, nfs: { server: 's', path: '/' } });
  assert.deepEqual(createErrors(persistentVolumeResource, two), [
    'spec.nfs: Forbidden: may not specify more than 1 volume type',
  ]);
  const alsoLocal = volume({ hostPath: { path: '/x' }, local: { path: '/x' } });
  assert.deepEqual(createErrors(persistentVolumeResource, alsoLocal), [
    'spec.local: Forbidden: may not specify more than 1 volume type',
  ]);
});

test('the root of a node is not recycled, however it is written', () => {
  const recycled = (path: string) =>
    createErrors(
      persistentVolumeResource,
      volume({ hostPath: { path }, persistentVolumeReclaimPolicy: 'Recycle' }),
    );
  const refusal =
    "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'";
  for (const path of ['/', '//', '/.', '/./', '//.//']) assert.deepEqual(recycled(path), [refusal], path);
  for (const path of ['/a', '/...', `${'/'.repeat(100_000)}a`]) assert.deepEqual(recycled(path), []);
});

test('its source never changes', () => {
  const at = (path: string) => volume({ hostPath: { path } });
  assert.deepEqual(updateErrors(persistentVolumeResource, at('/a'), at('/b')), [
    'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n@@ -2,7 +2,7 @@\n  "GCEPersistentDisk": null,\n  "AWSElasticBlockStore": null,\n  "HostPath": {\n-  "Path": "/a",\n+  "Path": "/b",\n   "Type": ""\n  },\n  "Glusterfs": null,\n',
  ]);
});

test('a label of its nodes may become what it is called now', () => {
  const on = (key: string, value: string) =>
    volume({
      local: { path: '/x' },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: [value] }] }] },
      },
    });
  const [beta, stable] = ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'];
  assert.deepEqual(updateErrors(persistentVolumeResource, on(beta!, 'a'), on(stable!, 'a')), []);
  for (const other of [on(stable!, 'b'), on('zone', 'a')]) {
    assert.match(
      updateErrors(persistentVolumeResource, on(beta!, 'a'), other)[0]!,
      /^nodeAffinity: .*field is immutable, except for updating from beta label to GA$/,
    );
  }
});

test('it has room', () => {
  const sized = volume({ hostPath: { path: '/x' }, capacity: { storage: '-1Ki' } });
  assert.deepEqual(createErrors(persistentVolumeResource, sized), [
    'spec.capacity[storage]: Invalid value: -1024: must be a valid resource quantity',
    'spec.capacity[storage]: Invalid value: "-1Ki": must be greater than zero',
  ]);
});

test('a driver without a name is told once', () => {
  const csi = { driver: '', volumeHandle: 'h' };
  assert.deepEqual(createErrors(persistentVolumeResource, volume({ csi })), [
    'spec.csi.driver: Required value',
  ]);
});
