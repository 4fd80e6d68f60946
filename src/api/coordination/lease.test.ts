import assert from 'node:assert/strict';
import test from 'node:test';
import type { Lease } from '../generated/types/coordination.v1.ts';
import { created } from '../testing.ts';
import { leaseResource } from './lease.ts';

test('a coordinated election is not served', () => {
  const lease: Lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'l', namespace: 'default' },
    spec: { holderIdentity: 'a', strategy: 'OldestEmulationVersion', preferredHolder: 'b' },
  };
  assert.deepEqual(created(leaseResource, lease).spec, { holderIdentity: 'a' });
});
