import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicationController } from '../generated/types/core.v1.ts';
import { createErrors } from '../testing.ts';
import { replicationControllerResource } from './replication-controller.ts';

const controller = (selector: Record<string, string>): ReplicationController => ({
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name: 'r', namespace: 'default' },
  spec: {
    selector,
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});

test('the template has all that is selected, be it no label', () => {
  const refused = [
    'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`',
  ];
  assert.deepEqual(createErrors(replicationControllerResource, controller({ a: 'b' })), []);
  assert.deepEqual(createErrors(replicationControllerResource, controller({ a: 'c' })), refused);
  assert.deepEqual(createErrors(replicationControllerResource, controller({ a: 'not a label' })), refused);
  assert.deepEqual(createErrors(replicationControllerResource, controller({ a: 'b', 'c d': 'e' })), refused);
});
