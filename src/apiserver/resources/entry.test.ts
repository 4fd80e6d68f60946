import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { escapeHtml } from '#machinery/go-json.ts';
import { sortMembers } from '#machinery/member-order.ts';
import type { KubeObject } from '#machinery/object.ts';
import { type Entry, StoredCodec } from './entry.ts';

const managers = fc.record(
  {
    manager: fc.string(),
    operation: fc.constantFrom('Update', 'Apply'),
    apiVersion: fc.constant('v1'),
    time: fc.constant('2026-01-01T00:00:00Z'),
    fieldsType: fc.constant('FieldsV1'),
    fieldsV1: fc.constantFrom({ 'f:spec': { 'f:a': {} } }, { 'f:metadata': { 'f:labels': { '.': {} } } }),
    subresource: fc.constant('status'),
  },
  { requiredKeys: ['operation'] },
);
const objects = fc.record(
  {
    spec: fc.jsonValue(),
    kind: fc.constant('Thing'),
    metadata: fc.record(
      {
        labels: fc.dictionary(fc.string(), fc.string({ unit: 'grapheme' })),
        uid: fc.uuid(),
        name: fc.string({ unit: 'grapheme' }),
        namespace: fc.string(),
        generateName: fc.string(),
        resourceVersion: fc.constantFrom('7', ''),
        managedFields: fc.array(managers, { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
    apiVersion: fc.constant('example.com/v1'),
  },
  { requiredKeys: ['kind', 'apiVersion', 'metadata'] },
) as fc.Arbitrary<KubeObject>;

function textOf(entry: Entry): string {
  const json = Buffer.alloc(entry.jsonLength);
  assert.equal(entry.copyJson(json, 0), json.length);
  return json.toString();
}

test("an entry's bytes are its object's JSON, from the writer's hand, from the disk and from a private store", () => {
  fc.assert(
    fc.property(objects, fc.nat(), fc.boolean(), fc.boolean(), (sent, revision, isPrivate, isSorted) => {
      const object = isSorted ? sortMembers(sent) : sent;
      const wanted = structuredClone(object);
      const codec = new StoredCodec(isPrivate);
      const bytes = codec.encode(object, isSorted);
      const stored = isPrivate ? JSON.stringify(bytes) : Buffer.from(bytes).toString();
      assert.equal(bytes instanceof Uint8Array, !isPrivate);
      assert.ok(!('resourceVersion' in JSON.parse(stored).metadata), stored);
      for (const entry of [
        codec.entry('k', revision, { value: bytes }),
        codec.entry('k', revision, { value: bytes }),
      ]) {
        assert.equal(textOf(entry), escapeHtml(JSON.stringify(entry.object)));
        assert.deepEqual(JSON.parse(textOf(entry)), {
          ...JSON.parse(JSON.stringify(wanted)),
          metadata: { ...JSON.parse(JSON.stringify(wanted.metadata)), resourceVersion: String(revision) },
        });
        assert.ok(Object.isFrozen(entry.object) && Object.isFrozen(entry.object.metadata));
        if (isSorted) assert.deepEqual(Object.keys(entry.object), Object.keys(object));
        const value = JSON.stringify(entry.object);
        entry.letGo();
        assert.equal(JSON.stringify(entry.object), value);
        assert.ok(Object.isFrozen(entry.object.metadata));
        const later = entry.at(revision + 1);
        assert.equal(textOf(later), escapeHtml(JSON.stringify(later.object)));
        assert.equal(later.object.metadata.resourceVersion, String(revision + 1));
      }
    }),
  );
});

test('a copy may leave out what a list leaves out, and touches nothing else', () => {
  const codec = new StoredCodec();
  const object = { kind: 'Thing', apiVersion: 'v1', metadata: { name: 'a', uid: 'u' }, data: { b: 'ü' } };
  const entry = codec.entry('a', 12, { value: codec.encode(object) });
  const skip = '{"kind":"Thing","apiVersion":"v1",'.length;
  const target = Buffer.alloc(entry.jsonLength - skip + 4, '-');
  const end = entry.copyJson(target, 2, skip);
  assert.equal(end, target.length - 2);
  assert.equal(
    target.toString(),
    '--"metadata":{"name":"a","uid":"u","resourceVersion":"12"},"data":{"b":"ü"}}--',
  );
});

test('a private store keeps objects until somebody reads bytes; each revision shows its own number', () => {
  const codec = new StoredCodec(true);
  const thing = (name: string) => ({ kind: 'Thing', apiVersion: 'v1', metadata: { name, uid: name } });
  const held = codec.encode(thing('a'));
  const [first, second] = [codec.entry('a', 5, { value: held }), codec.entry('a', 6, { value: held })];
  assert.deepEqual(
    [first, second].map(({ object }) => object.metadata.resourceVersion),
    ['5', '6'],
  );
  codec.encodeAhead();
  assert.deepEqual(JSON.parse(Buffer.from(codec.encode(thing('b'))).toString()), thing('b'));
  assert.equal(codec.entry('a', 5, { value: held }).object, first.object);
});

test("a custom resource's members stay sorted, its version among them", () => {
  const codec = new StoredCodec();
  const metadata = { annotations: { a: '<' }, generation: 1, name: 'a', uid: 'u' };
  const bytes = codec.encode(
    { alpha: 1, apiVersion: 'v1', kind: 'Thing', metadata, spec: {} } as never,
    true,
  );
  const text = (revision: number) =>
    '{"alpha":1,"apiVersion":"v1","kind":"Thing","metadata":{"annotations":{"a":"\\u003c"},"generation":1,' +
    `"name":"a","resourceVersion":"${revision}","uid":"u"},"spec":{}}`;
  for (const value of [bytes, Uint8Array.from(bytes)]) {
    const entry = codec.entry('a', 3, { value });
    assert.equal(textOf(entry), text(3));
    assert.equal(textOf(entry.at(4)), text(4));
  }
});

test('what was stored in another order is read all the same', () => {
  const codec = new StoredCodec();
  const bytes = Buffer.from('{"apiVersion":"v1","metadata":{"uid":"u","name":"a"},"kind":"Thing"}');
  const entry = codec.entry('a', 3, { value: bytes });
  assert.equal(
    textOf(entry),
    '{"kind":"Thing","apiVersion":"v1","metadata":{"name":"a","uid":"u","resourceVersion":"3"}}',
  );
});

test("metadata is in Go's order, in whatever order it was made", () => {
  const codec = new StoredCodec();
  codec.encodeAhead();
  const metadata = { labels: { a: 'b' }, name: 'a', uid: 'u', creationTimestamp: 't', generation: 1 };
  const bytes = codec.encode({ kind: 'Thing', apiVersion: 'v1', metadata });
  assert.equal(
    textOf(codec.entry('a', 3, { value: Uint8Array.from(bytes) })),
    '{"kind":"Thing","apiVersion":"v1","metadata":{"name":"a","uid":"u","resourceVersion":"3",' +
      '"generation":1,"creationTimestamp":"t","labels":{"a":"b"}}}',
  );
});

test('what comes from the disk has in common what it says in common', () => {
  const pod = (name: string): KubeObject & { spec: object } => ({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name, labels: { app: 'web' } },
    spec: { containers: [{ name: 'main', image: 'web' }] },
  });
  const codec = new StoredCodec();
  const read = (name: string) => {
    const entry = codec.entry(name, 7, { value: Uint8Array.from(codec.encode(pod(name))) });
    assert.deepEqual(entry.object, {
      ...pod(name),
      metadata: { ...pod(name).metadata, resourceVersion: '7' },
    });
    return entry.object as ReturnType<typeof pod>;
  };
  const [first, second] = [read('a'), read('b')];
  assert.equal(second.spec, first.spec);
  assert.equal(second.metadata.labels, first.metadata.labels);
  assert.ok(Object.isFrozen(second.spec) && Object.isFrozen(second.metadata));
});
