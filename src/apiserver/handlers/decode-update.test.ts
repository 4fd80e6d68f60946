import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type KubeObject, deepFreeze } from '#machinery/object.ts';
import type { ResourceRequest } from './context.ts';
import { decodeOver } from './decode-update.ts';

type Thing = KubeObject & { spec?: { sizes: number[] }; status?: { ready: boolean } };

const call = (subresource: string) =>
  ({ served: { stored: { statusSubresource: true } }, info: { subresource } }) as unknown as ResourceRequest;

const stored: Thing = deepFreeze({
  kind: 'Thing',
  apiVersion: 'v1',
  metadata: { name: 'a', labels: { x: '1' }, managedFields: [{ manager: 'm', fieldsV1: { 'f:spec': {} } }] },
  spec: { sizes: [1] },
  status: { ready: true },
});

/** What comes out, and which members had to be decoded. */
function over(subresource: string, sent: Thing): { object: Thing; decoded: string[] } {
  const decoded: string[] = [];
  const object = decodeOver(call(subresource), sent, stored, value => {
    decoded.push(...Object.keys(value as object));
    return structuredClone(value) as KubeObject;
  }) as Thing;
  return { object, decoded };
}

test('what is stored is not decoded again: copied where the write reaches it, itself where not', () => {
  const { object, decoded } = over('', { ...stored, metadata: { ...stored.metadata, labels: { x: '2' } } });
  assert.deepEqual(decoded, ['kind', 'apiVersion', 'metadata']);
  assert.deepEqual(object, { ...stored, metadata: { ...stored.metadata, labels: { x: '2' } } });
  assert.equal(object.metadata.managedFields, stored.metadata.managedFields);
  assert.equal(object.status, stored.status);
  object.spec!.sizes.push(2);
  assert.deepEqual(stored.spec, { sizes: [1] });
});

test('what only looks like it is decoded', () => {
  const { object, decoded } = over('status', structuredClone(stored));
  assert.deepEqual(decoded, Object.keys(stored));
  assert.deepEqual(object, stored);
  assert.notEqual(object.metadata.managedFields, stored.metadata.managedFields);
});

test('members keep their order, and what is gone stays gone', () => {
  const { spec: _, ...rest } = stored;
  assert.deepEqual(Object.keys(over('', rest).object), ['kind', 'apiVersion', 'metadata', 'status']);
  assert.deepEqual(Object.keys(over('status', stored).object), Object.keys(stored));
});

test('what of the metadata is stored is taken as it is, in its place', () => {
  const { labels, ...rest } = stored.metadata;
  const { object } = over('', { ...stored, metadata: { ...stored.metadata, annotations: { y: '1' } } });
  assert.equal(object.metadata.labels, labels);
  assert.equal(object.metadata.managedFields, stored.metadata.managedFields);
  assert.deepEqual(Object.keys(object.metadata), ['name', 'labels', 'managedFields', 'annotations']);
  assert.deepEqual(
    Object.keys(over('status', { ...stored, metadata: rest }).object.metadata),
    Object.keys(rest),
  );
  const { metadata } = over('status', stored).object;
  assert.equal(metadata.labels, labels);
  metadata.name = 'b';
  assert.equal(stored.metadata.name, 'a');
});
