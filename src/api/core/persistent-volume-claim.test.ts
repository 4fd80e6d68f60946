import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimStatus,
} from '../generated/types/core.v1.ts';
import { fieldErrorText } from '#machinery/field.ts';
import { createErrors, created, testContext, updateErrors } from '../testing.ts';
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
  const refused = (old: PersistentVolumeClaimSpec, now: PersistentVolumeClaimSpec) => {
    const [error, ...others] = update(claim(old), claim(now));
    assert.ok(error!.startsWith(`${fixed}\n@@ `));
    assert.deepEqual(others, []);
    return error!.split('\n').filter(line => /^[-+]/.test(line));
  };
  assert.deepEqual(refused({}, bigger), ['-   "storage": "1Gi"', '+   "storage": "2Gi"']);
  assert.deepEqual(refused({ volumeName: 'v' }, { volumeName: 'w' }), [
    '- "VolumeName": "v",',
    '+ "VolumeName": "w",',
  ]);
});

test('what is bound shrinks to no less than it has, and its limits and class keep still', () => {
  const bound = (storage: string, more: PersistentVolumeClaimSpec = {}): PersistentVolumeClaim => {
    const object = claim({ volumeName: 'v', resources: { requests: { storage } }, ...more }, 'Bound');
    return { ...object, status: { ...object.status, capacity: { storage: '1Gi' } } };
  };
  const less = 'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity';
  assert.deepEqual(update(bound('3Gi'), bound('2Gi')), []);
  assert.deepEqual(update(bound('3Gi'), bound('1Gi')), [less]);
  const limited = { resources: { requests: { storage: '1Gi' }, limits: { storage: '2Gi' } } };
  assert.match(update(bound('1Gi'), bound('1Gi', limited))[0]!, /^spec: Forbidden: spec is immutable/);
  const gold = { volumeAttributesClassName: 'gold' };
  assert.deepEqual(update(bound('1Gi', gold), bound('1Gi', { volumeAttributesClassName: 'silver' })), []);
  const effective = (more: PersistentVolumeClaimSpec): PersistentVolumeClaim => {
    const object = bound('1Gi', more);
    return { ...object, status: { ...object.status, currentVolumeAttributesClassName: 'gold' } };
  };
  for (const [now, called] of [
    [{ volumeAttributesClassName: '' }, 'empty string'],
    [{}, 'nil'],
  ] as const) {
    assert.deepEqual(update(bound('1Gi', gold), bound('1Gi', now)), []);
    assert.deepEqual(update(effective(gold), effective(now)), [
      `spec.volumeAttributesClassName: Forbidden: update to ${called} is forbidden when status.currentVolumeAttributesClassName is not nil`,
    ]);
  }
  const [fixed, mode, ...others] = update(bound('1Gi'), bound('1Gi', { volumeMode: 'Block' }));
  assert.match(fixed!, /^spec: Forbidden: spec is immutable .*\n@@ .*\+ "VolumeMode": "Block",\n/s);
  assert.equal(mode, 'volumeMode: Invalid value: "Block": field is immutable');
  assert.deepEqual(others, []);
  assert.match(update(claim(), claim(gold))[0]!, /^spec: Forbidden: spec is immutable/);
});

test('a class moves from the annotation to the field', () => {
  const annotated = (spec: PersistentVolumeClaimSpec, annotation?: string): PersistentVolumeClaim => {
    const object = claim(spec);
    if (annotation) {
      object.metadata.annotations = { 'volume.beta.kubernetes.io/storage-class': annotation };
    }
    return object;
  };
  assert.deepEqual(update(annotated({}, 'fast'), annotated({ storageClassName: 'fast' }, 'fast')), []);
  assert.deepEqual(update(annotated({}, 'fast'), annotated({ storageClassName: 'fast' })), []);
  assert.deepEqual(update(annotated({}), annotated({ storageClassName: 'fast' })), []);
  assert.deepEqual(update(annotated({}, 'fast'), annotated({}, 'slow')), [
    'metadata.annotations.volume.beta.kubernetes.io/storage-class: Invalid value: "slow": field is immutable',
  ]);
  assert.match(update(annotated({}, 'fast'), annotated({ storageClassName: 'slow' }, 'fast'))[0]!, /^spec: /);
});

test('what fills a claim', () => {
  const sources = (spec: PersistentVolumeClaimSpec) => {
    const { dataSource, dataSourceRef } = created(persistentVolumeClaimResource, claim(spec)).spec!;
    return [dataSource?.kind, dataSourceRef?.kind];
  };
  const snapshot = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' };
  const custom = { apiGroup: 'example.com', kind: 'Filler', name: 'f' };
  assert.deepEqual(sources({ dataSource: snapshot }), ['VolumeSnapshot', 'VolumeSnapshot']);
  assert.deepEqual(sources({ dataSource: custom }), [undefined, undefined]);
  // As it is decoded where no group is told: the field has no omitempty.
  const claimed = { apiGroup: null as never, kind: 'PersistentVolumeClaim', name: 'c' };
  assert.deepEqual(sources({ dataSource: claimed }), ['PersistentVolumeClaim', 'PersistentVolumeClaim']);
  assert.deepEqual(sources({ dataSourceRef: custom }), ['Filler', 'Filler']);
  assert.deepEqual(sources({ dataSourceRef: { ...snapshot, namespace: 'other' } }), [undefined, undefined]);
});

test('an update may name the source by one of its two fields, and what is no source there is ignored', () => {
  const snapshot = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' };
  const [one, other] = [claim({ dataSource: snapshot }), claim({ dataSourceRef: snapshot })];
  const replaced = (old: PersistentVolumeClaim, now: PersistentVolumeClaim) =>
    updateErrors(persistentVolumeClaimResource, old, now);
  assert.deepEqual(replaced(one, other), []);
  assert.deepEqual(replaced(other, one), []);
  const custom = { apiGroup: 'example.com', kind: 'Filler', name: 'f' };
  assert.deepEqual(replaced(claim(), claim({ dataSource: custom })), []);
  assert.match(replaced(claim(), one)[0]!, /^spec: Forbidden: spec is immutable/);
});

test('what is allocated is counted in storage', () => {
  const errorsOf = (status: PersistentVolumeClaimStatus) => {
    const object = { ...claim(), status };
    const { validateStatusUpdate } = persistentVolumeClaimResource.strategy;
    return validateStatusUpdate!(object, claim(), testContext()).map(fieldErrorText);
  };
  assert.deepEqual(errorsOf({ allocatedResources: { storage: '1Gi', 'example.com/x': '1' } }), []);
  assert.deepEqual(errorsOf({ allocatedResources: { cpu: '1', storage: '-1' } }), [
    'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
    'status.allocatedResources[storage]: Invalid value: -1: must be a valid resource quantity',
  ]);
  assert.match(
    errorsOf({ allocatedResourceStatuses: { storage: 'Resizing' } })[0]!,
    /^status\.allocatedResourceStatuses: Unsupported value: "storage": supported values: "ControllerResize/,
  );
});
