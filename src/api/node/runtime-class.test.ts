import assert from 'node:assert/strict';
import test from 'node:test';
import type { RuntimeClass } from '../generated/types/node.v1.ts';
import { createErrors } from '../testing.ts';
import { runtimeClassResource } from './runtime-class.ts';

test('overhead and tolerations are told of where upstream tells of them', () => {
  const toleration = { key: 'a', operator: 'Exists', effect: 'NoExecute' };
  const object: RuntimeClass = {
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: 'r' },
    handler: 'h',
    overhead: { podFixed: { cpu: '-1' } },
    scheduling: { tolerations: [toleration, { ...toleration, tolerationSeconds: 5 }] },
  };
  assert.deepEqual(createErrors(runtimeClassResource, object), [
    'overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
    'scheduling.tolerations[1]: Duplicate value: {"Key":"a","Operator":"Exists","Value":"","Effect":"NoExecute","TolerationSeconds":5}',
  ]);
});
