import assert from 'node:assert/strict';
import test from 'node:test';
import type { VolumeAttributesClass } from '../generated/types/storage.v1.ts';
import { createErrors, updateErrors } from '../testing.ts';
import { volumeAttributesClassResource } from './volume-attributes-class.ts';

const attributes = (driverName: string, iops: string): VolumeAttributesClass => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'VolumeAttributesClass',
  metadata: { name: 'gold' },
  driverName,
  parameters: { iops },
});

test('a class never changes', () => {
  const change = (now: VolumeAttributesClass) =>
    updateErrors(volumeAttributesClassResource, attributes('a.example.com', '1'), now);
  assert.deepEqual(change(attributes('a.example.com', '1')), []);
  assert.deepEqual(change(attributes('b.example.com', '2')), [
    'driverName: Forbidden: updates to driverName are forbidden.',
    'parameters: Forbidden: updates to parameters are forbidden.',
  ]);
});

test('a driver is a qualified name in any case, and what it is told is bounded', () => {
  const errors = (object: VolumeAttributesClass) => createErrors(volumeAttributesClassResource, object);
  assert.deepEqual(errors(attributes('Example.com/driver', '1')), []);
  assert.match(
    errors(attributes('a b', '1'))[0]!,
    /^driverName: Invalid value: "a b": name part must consist of/,
  );
  assert.deepEqual(errors(attributes('d', 'x'.repeat(256 * 1024))), [
    'parameters: Too long: may not be more than 262144 bytes',
  ]);
});
