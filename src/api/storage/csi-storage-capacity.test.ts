import assert from 'node:assert/strict';
import test from 'node:test';
import type { CSIStorageCapacity } from '../generated/types/storage.v1.ts';
import { createErrors } from '../testing.ts';
import { csiStorageCapacityResource } from './csi-storage-capacity.ts';

const errorsOf = (more: Partial<CSIStorageCapacity>) => {
  const object: CSIStorageCapacity = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIStorageCapacity',
    metadata: { name: 'c', namespace: 'default' },
    storageClassName: 's',
    ...more,
  };
  return createErrors(csiStorageCapacityResource, object);
};

test('a capacity is not negative; nobody looks at the size', () => {
  assert.deepEqual(errorsOf({ capacity: '1Gi', maximumVolumeSize: '-1' }), []);
  assert.deepEqual(errorsOf({ capacity: '-1' }), [
    'capacity: Invalid value: "-1": must be greater than or equal to 0',
  ]);
  assert.match(errorsOf({ storageClassName: '' })[0]!, /^storageClassName: Invalid value: ""/);
});
