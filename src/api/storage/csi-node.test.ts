import assert from 'node:assert/strict';
import test from 'node:test';
import type { CSINode, CSINodeDriver } from '../generated/types/storage.v1.ts';
import { createErrors, updateErrors } from '../testing.ts';
import { csiNodeResource } from './csi-node.ts';

const node = (...drivers: Partial<CSINodeDriver>[]): CSINode => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'CSINode',
  metadata: { name: 'n' },
  spec: { drivers: drivers.map(driver => ({ name: 'd.example.com', nodeID: 'i', ...driver })) },
});

test('a driver is named once, and each of its keys', () => {
  const at = 'spec.drivers[1]';
  assert.deepEqual(
    createErrors(csiNodeResource, node({}, { topologyKeys: ['zone', 'zone', 'a b'] })).map(text =>
      text.slice(0, 48),
    ),
    [
      `${at}.name: Duplicate value: "d.example.com"`.slice(0, 48),
      `${at}: Duplicate value: "zone"`,
      `${at}: Invalid value: "a b": name part must consist of`.slice(0, 48),
    ],
  );
});

test('only how many volumes the node takes may change', () => {
  const now = (driver: Partial<CSINodeDriver>) => updateErrors(csiNodeResource, node({}), node(driver));
  assert.deepEqual(now({ allocatable: { count: 5 } }), []);
  assert.deepEqual(now({ nodeID: 'j', allocatable: { count: 5 } }), [
    'spec.drivers: Invalid value: {"Name":"d.example.com","NodeID":"j","TopologyKeys":null,"Allocatable":null}: field is immutable',
  ]);
});
