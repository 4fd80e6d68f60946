import assert from 'node:assert/strict';
import { test } from 'node:test';
import { persistentVolumeResource } from './core/persistent-volume.ts';
import { runtimeClassResource } from './node/runtime-class.ts';
import { csiStorageCapacityResource } from './storage/csi-storage-capacity.ts';
import { storageClassResource } from './storage/storage-class.ts';
import { createWarnings } from './testing.ts';

const metadata = { name: 'x' };
const term = { matchExpressions: [{ key: 'beta.kubernetes.io/os', operator: 'In', values: ['linux'] }] };

for (const [definition, object, warning] of [
  [
    persistentVolumeResource,
    { spec: { nodeAffinity: { required: { nodeSelectorTerms: [term] } } } },
    'spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
  ],
  [
    runtimeClassResource,
    { scheduling: { nodeSelector: { 'node-role.kubernetes.io/master': '' } } },
    'scheduling.nodeSelector: use "node-role.kubernetes.io/control-plane" instead',
  ],
  [
    csiStorageCapacityResource,
    { nodeTopology: term },
    'nodeTopology.matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
  ],
  [
    csiStorageCapacityResource,
    { nodeTopology: { matchLabels: { 'app.kubernetes.io/created-by': 'x' } } },
    'nodeTopology.matchLabels.app.kubernetes.io/created-by: deprecated since v1.9',
  ],
  [
    storageClassResource,
    { allowedTopologies: [{ matchLabelExpressions: [{ key: 'beta.kubernetes.io/arch', values: ['x'] }] }] },
    'allowedTopologies[0].matchLabelExpressions[0].key: deprecated since v1.14; use "kubernetes.io/arch" instead',
  ],
] as const) {
  const { kind } = definition;
  test(`${kind}: ${warning}`, () => {
    assert.deepEqual(createWarnings(definition, { apiVersion: 'x', kind, metadata, ...object }), [warning]);
  });
}
