import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PriorityClass } from '../generated/types/scheduling.v1.ts';
import { createErrors, updateErrors } from '../testing.ts';
import { priorityClassResource } from './priority-class.ts';

const priorityClass = (name: string, value: number): PriorityClass => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
});

test('the highest priorities are the system’s own', () => {
  assert.deepEqual(createErrors(priorityClassResource, priorityClass('mine', 1_000_000_001)), [
    'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
  ]);
  assert.deepEqual(
    createErrors(priorityClassResource, priorityClass('system-node-critical', 2_000_001_000)),
    [],
  );
  assert.match(
    createErrors(priorityClassResource, priorityClass('system-mine', 1))[0]!,
    /^metadata\.name: Forbidden: priority class names with 'system-' prefix/,
  );
});

test('a value never changes', () => {
  assert.deepEqual(updateErrors(priorityClassResource, priorityClass('a', 1), priorityClass('a', 2)), [
    'value: Forbidden: may not be changed in an update.',
  ]);
});

test('an empty policy is none', () => {
  const object = { ...priorityClass('a', 1), preemptionPolicy: '' };
  assert.deepEqual(createErrors(priorityClassResource, object), ['preemptionPolicy: Required value']);
});
