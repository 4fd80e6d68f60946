import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FieldError, fieldErrorText } from './field.ts';
import { statusError } from './status.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from './metadata.ts';
import type { ObjectMeta } from './object.ts';

const texts = (errors: FieldError[]) => errors.map(fieldErrorText);
const create = (meta: ObjectMeta, namespaced = true) => texts(validateObjectMeta(meta, { namespaced }));

test('creation: names and namespaces', () => {
  assert.deepEqual(create({ name: 'a', namespace: 'b' }), []);
  assert.deepEqual(create({ name: 'a' }, false), []);
  assert.deepEqual(create({}), [
    'metadata.name: Required value: name or generateName is required',
    'metadata.namespace: Required value',
  ]);
  assert.deepEqual(create({ name: 'a', namespace: 'b' }, false), [
    'metadata.namespace: Forbidden: not allowed on this type',
  ]);
  assert.deepEqual(create({ name: 'a', namespace: 'x.y' }), [
    'metadata.namespace: Invalid value: "x.y": must not contain dots',
  ]);
  assert.deepEqual(create({ name: 'web-abcde', generateName: 'web-', namespace: 'b' }), []);
  assert.equal(create({ name: 'X', generateName: 'X', namespace: 'b' }).length, 2);
  const rules = { namespaced: false, nameRule: 'pathSegment' } as const;
  assert.deepEqual(validateObjectMeta({ name: 'system:Node' }, rules), []);
});

test('creation: labels, annotations, owners, finalizers', () => {
  const meta = { name: 'a', namespace: 'b' };
  assert.deepEqual(create({ ...meta, annotations: { 'Example.COM/Ok': 'x'.repeat(1000) } }), []);
  assert.deepEqual(create({ ...meta, annotations: { a: 'ü'.repeat(128 * 1024) } }), [
    'metadata.annotations: Too long: may not be more than 262144 bytes',
  ]);
  assert.match(
    create({ ...meta, labels: { 'a b': '' } })[0]!,
    /^metadata.labels: Invalid value: "a b": name part/,
  );
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' };
  assert.deepEqual(create({ ...meta, ownerReferences: [owner] }), []);
  assert.deepEqual(create({ ...meta, ownerReferences: [{ ...owner, apiVersion: 'a/b/c' }] }), [
    'metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty',
  ]);
  const two = [
    { ...owner, controller: true },
    { ...owner, name: 'q', controller: true },
  ];
  assert.match(
    create({ ...meta, ownerReferences: two })[0]!,
    /Only one reference can have Controller set to true. Found "true" in references for Pod\/p and Pod\/q$/,
  );
  assert.deepEqual(create({ ...meta, ownerReferences: [{ ...owner, uid: '' }] }), [
    'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
  ]);
  assert.deepEqual(create({ ...meta, finalizers: ['orphan', 'foregroundDeletion'] }), [
    'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
  ]);
  assert.deepEqual(create({ ...meta, managedFields: [{ operation: 'Apply', manager: 'a\tb' }] }), [
    'metadata.managedFields[0].manager: Invalid value: "a\\tb": invalid character U+0009 (at position 1)',
  ]);
});

test('update: what cannot change', () => {
  const old: ObjectMeta = {
    name: 'a',
    namespace: 'b',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    generation: 2,
  };
  assert.deepEqual(validateObjectMetaUpdate({ ...old, labels: { a: 'b' } }, old), []);
  const changed = { ...old, name: 'c', uid: 'v', generation: 1, creationTimestamp: undefined };
  assert.deepEqual(texts(validateObjectMetaUpdate({ ...changed, resourceVersion: '' }, old)), [
    'metadata.resourceVersion: Invalid value: "": must be specified for an update',
    'metadata.generation: Invalid value: 1: must not be decremented',
    'metadata.name: Invalid value: "c": field is immutable',
    'metadata.uid: Invalid value: "v": field is immutable',
    'metadata.creationTimestamp: Invalid value: null: field is immutable',
  ]);
  const deleting = { ...old, deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a/b'] };
  assert.deepEqual(validateObjectMetaUpdate({ ...deleting, finalizers: [] }, deleting), []);
  assert.deepEqual(texts(validateObjectMetaUpdate({ ...deleting, finalizers: ['a/b', 'c/d'] }, deleting)), [
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"c/d"}',
  ]);
  assert.match(
    texts(validateObjectMetaUpdate({ ...deleting, finalizers: ['\u0007'] }, deleting))[0]!,
    /found new finalizers \[\]string\{"\\a"\}$/,
  );
});

test('what is wrong with very many owners is told in bounds', () => {
  const owner = { apiVersion: 'v1', kind: 'Pod', uid: 'u', controller: true };
  const ownerReferences = Array.from({ length: 20_000 }, (_, i) => ({ ...owner, name: `p${i}` }));
  const errors = validateObjectMeta({ name: 'a', namespace: 'b', ownerReferences }, { namespaced: true });
  assert.equal(errors.length, ownerReferences.length - 1);
  const { status } = statusError.invalid({ group: '', kind: 'Pod' }, 'a', errors);
  assert.equal(status.details!.causes!.length, 1);
  assert.ok(status.message!.endsWith('references for Pod/p0 and Pod/p1, and 19998 more errors'));
});
