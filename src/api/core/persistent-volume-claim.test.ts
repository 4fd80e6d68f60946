import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../generated/types/core.v1.ts';
import { createErrors, created, testContext } from '../testing.ts';
import { persistentVolumeClaimResource } from './persistent-volume-claim.ts';

const claim = (spec: PersistentVolumeClaimSpec = {}, phase = 'Pending'): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c', namespace: 'default' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  status: { phase },
});

const update = (old: PersistentVolumeClaim, object: PersistentVolumeClaim) =>
  persistentVolumeClaimResource.strategy.validateUpdate!(object, old, testContext()).map(
    e => `${e.field}: ${e.message}`,
  );

test('a claim is pending, for a file system', () => {
  const made = created(persistentVolumeClaimResource, claim());
  assert.deepEqual(made.status, { phase: 'Pending' });
  assert.equal(made.spec?.volumeMode, 'Filesystem');
});

test('it says how much and by whom', () => {
  assert.deepEqual(createErrors(persistentVolumeClaimResource, claim({ accessModes: [], resources: {} })), [
    'spec.accessModes: Required value: at least 1 access mode is required',
    'spec.resources[storage]: Required value',
  ]);
});

test('it may be bound, and grow once bound, and nothing else', () => {
  assert.deepEqual(update(claim(), claim({ volumeName: 'v' })), []);
  const bigger = { resources: { requests: { storage: '2Gi' } } };
  assert.deepEqual(
    update(claim({ volumeName: 'v' }, 'Bound'), claim({ volumeName: 'v', ...bigger }, 'Bound')),
    [],
  );
  const fixed =
    'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  assert.deepEqual(update(claim(), claim(bigger)), [fixed]);
  assert.deepEqual(update(claim({ volumeName: 'v' }), claim({ volumeName: 'w' })), [fixed]);
});
