import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BugError } from '#base/assert.ts';
import { type Packed, type PackedVersion, packVersions, unpack } from './packed.ts';
import { buffersOf, readVersions, versionsOf } from './read-versions.ts';

const version = fc.record(
  {
    key: fc.string({ unit: 'binary', maxLength: 20 }),
    value: fc.uint8Array({ maxLength: 50 }),
    createRevision: fc.nat(),
    modRevision: fc.maxSafeNat(),
    version: fc.nat(),
    lease: fc.nat(),
  },
  { noNullPrototype: true },
);

const decoder = new TextDecoder();
const stored = ({ revision, key, value, ...rest }: PackedVersion) => ({
  ...rest,
  modRevision: revision,
  key: decoder.decode(key),
  value: value.slice(),
});

test('versions come out as they went in', () => {
  fc.assert(
    fc.property(fc.array(version), versions => {
      assert.deepEqual([...unpack(packVersions(versions))].map(stored), versions);
      assert.deepEqual([...versionsOf(structuredClone(readVersions(versions)))], versions);
    }),
  );
});

test('what is read changes threads without a copy, and holds on to nothing but itself', () => {
  const kv = { key: 'k', value: new Uint8Array(3), createRevision: 1, modRevision: 1, version: 1, lease: 0 };
  const read = readVersions([kv, { ...kv, value: new Uint8Array(1000) }]);
  const [first, second] = versionsOf(structuredClone(read, { transfer: buffersOf(read) }));
  assert.deepEqual([first!.value.buffer.byteLength, second!.value.buffer.byteLength], [3, 1000]);
  assert.deepEqual(
    read.values.map(({ buffer }) => buffer.detached),
    [true, true],
  );
});

test('numbers and bytes that do not fit each other are refused', () => {
  fc.assert(
    fc.property(fc.float64Array({ maxLength: 24 }), fc.uint8Array({ maxLength: 40 }), (numbers, bytes) => {
      const packed = { numbers, bytes } as Packed;
      try {
        for (const one of unpack(packed)) assert.ok(one.key.length + one.value.length <= bytes.length);
      } catch (error) {
        assert.ok(error instanceof BugError);
      }
    }),
  );
});
