import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Namespace } from '../generated/types/core.v1.ts';
import { created, testContext } from '../testing.ts';
import { namespaceResource } from './namespace.ts';

const namespace = (more: Partial<Namespace> = {}): Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'n' },
  ...more,
});

test('a namespace is active, labelled with its name, and held by a finalizer', () => {
  assert.deepEqual(created(namespaceResource, namespace()), {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'n', labels: { 'kubernetes.io/metadata.name': 'n' } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  });
  assert.equal(namespaceResource.strategy.holdsDeletion?.(created(namespaceResource, namespace())), true);
  assert.equal(namespaceResource.strategy.holdsDeletion?.(namespace()), false);
});

test('one with a generated name is labelled with it, whatever it was labelled before', () => {
  const labels = { 'kubernetes.io/metadata.name': 'other', a: 'b' };
  const made = namespace({ metadata: { name: 'n-x2txh', generateName: 'n-', labels } });
  namespaceResource.strategy.prepareForCreate!(made, testContext());
  assert.deepEqual(made.metadata.labels, { 'kubernetes.io/metadata.name': 'n-x2txh', a: 'b' });
  const nameless = namespace({ metadata: {} });
  namespaceResource.strategy.prepareForCreate!(nameless, testContext());
  assert.equal(nameless.metadata.labels, undefined, 'it is refused for that');
});

test('its phase follows its deletion', () => {
  const phase = (status: string, deletionTimestamp?: string) => {
    const object = namespace({ metadata: { name: 'n', deletionTimestamp }, status: { phase: status } });
    return namespaceResource.strategy.validateStatusUpdate!(object, object, testContext()).map(
      e => e.message,
    );
  };
  assert.deepEqual(phase('Active'), []);
  assert.deepEqual(phase('Terminating', '2026-01-01T00:00:00Z'), []);
  assert.deepEqual(phase('Terminating'), [
    `Invalid value: "Terminating": may only be 'Active' if \`deletionTimestamp\` is empty`,
  ]);
});
