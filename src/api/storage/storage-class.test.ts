import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StorageClass } from '../generated/types/storage.v1.ts';
import { createErrors, created, updateErrors } from '../testing.ts';
import { storageClassResource } from './storage-class.ts';

const storageClass = (more: Partial<StorageClass> = {}): StorageClass => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 's' },
  provisioner: 'x.example.com',
  ...more,
});

test('defaults', () => {
  const made = created(storageClassResource, storageClass());
  assert.deepEqual([made.reclaimPolicy, made.volumeBindingMode], ['Delete', 'Immediate']);
});

test('refused', () => {
  assert.deepEqual(
    createErrors(storageClassResource, storageClass({ provisioner: '', volumeBindingMode: 'Later' })),
    [
      'provisioner: Required value',
      'volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"',
    ],
  );
});

test('a provisioner is judged, and shown, in lower case', () => {
  const [error] = createErrors(storageClassResource, storageClass({ provisioner: 'A b' }));
  assert.match(error!, /^provisioner: Invalid value: "a b": name part must consist/);
});

test('a term that asks for nothing is taken for a repetition', () => {
  const zone = { matchLabelExpressions: [{ key: 'zone', values: ['a'] }] };
  assert.deepEqual(createErrors(storageClassResource, storageClass({ allowedTopologies: [zone, {}] })), [
    // Once for each of the terms, as upstream has it.
    ...new Array<string>(2).fill('allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'),
  ]);
});

test('a policy may be empty, a mode not; a term is named by its place', () => {
  const zone = { matchLabelExpressions: [{ key: 'zone', values: ['a'] }] };
  const none = { matchLabelExpressions: [{ key: 'zone', values: [] }] };
  const object = storageClass({
    reclaimPolicy: '',
    volumeBindingMode: '',
    allowedTopologies: [zone, none],
  });
  assert.deepEqual(createErrors(storageClassResource, object), [
    'volumeBindingMode: Unsupported value: "": supported values: "Immediate", "WaitForFirstConsumer"',
    'allowedTopologies[1].matchLabelExpressions[0].values: Required value',
  ]);
});

test('a class never changes', () => {
  assert.deepEqual(
    updateErrors(storageClassResource, storageClass(), storageClass({ parameters: { a: 'b' } })),
    ['parameters: Invalid value: {"a":"b"}: field is immutable'],
  );
  const other = storageClass({ provisioner: 'y.example.com', reclaimPolicy: 'Retain' });
  assert.deepEqual(updateErrors(storageClassResource, storageClass(), other), [
    'provisioner: Invalid value: "y.example.com": field is immutable',
    'reclaimPolicy: Invalid value: "Retain": field is immutable',
  ]);
});

test('the default class is marked', () => {
  const metadata = { name: 's', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } };
  assert.equal(storageClassResource.row!(storageClass({ metadata }), 0)[0], 's (default)');
});
