import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PersistentVolumeClaimSpec } from '#api/generated/types/core.v1.ts';
import type { StorageClass } from '#api/generated/types/storage.v1.ts';
import { provisionerName, refusalOf } from './refusal.ts';

const refusal = (spec: PersistentVolumeClaimSpec, storageClass: Partial<StorageClass> = {}) =>
  refusalOf(
    {
      kind: 'PersistentVolumeClaim',
      apiVersion: 'v1',
      metadata: { name: 'c' },
      spec: { accessModes: ['ReadWriteOnce'], ...spec },
    },
    {
      kind: 'StorageClass',
      apiVersion: 'storage.k8s.io/v1',
      metadata: { name: 's' },
      provisioner: provisionerName,
      volumeBindingMode: 'WaitForFirstConsumer',
      ...storageClass,
    },
  );

test('takes what a folder of one node can be', () => {
  assert.equal(refusal({}), undefined);
  assert.equal(refusal({ accessModes: ['ReadWriteOncePod'], volumeMode: 'Filesystem' }), undefined);
  assert.equal(refusal({}, { reclaimPolicy: 'Retain', parameters: {}, mountOptions: [] }), undefined);
});

test('says what it cannot be', () => {
  assert.match(refusal({ volumeMode: 'Block' })!, /^coxswain.dev\/local-path does not support block volume/);
  assert.match(
    refusal({ accessModes: ['ReadWriteOnce', 'ReadWriteMany'] })!,
    /^access mode ReadWriteMany is not/,
  );
  assert.match(refusal({ accessModes: ['ReadOnlyMany'] })!, /^access mode ReadOnlyMany is not/);
  assert.match(refusal({ selector: {} })!, /^spec.selector/);
  assert.match(refusal({ dataSource: { kind: 'PersistentVolumeClaim', name: 'x' } })!, /^spec.dataSource/);
  assert.match(refusal({ volumeAttributesClassName: 'gold' })!, /^spec.volumeAttributesClassName/);
});

test('says what no class of it has', () => {
  assert.equal(
    refusal({}, { parameters: { path: '/etc', type: 'x' } }),
    'StorageClass s has parameters (path, type): coxswain.dev/local-path does not know any',
  );
  assert.match(refusal({}, { mountOptions: ['ro'] })!, /^StorageClass s has mountOptions:/);
  assert.match(refusal({}, { volumeBindingMode: 'Immediate' })!, /^StorageClass s has volumeBindingMode/);
});
