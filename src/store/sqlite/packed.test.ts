import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BugError } from '#base/assert.ts';
import { type Packed, packRows, packVersions, toStoredVersion, unpack } from './packed.ts';

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

test('versions come out as they went in, also when they are packed a second time', () => {
  fc.assert(
    fc.property(fc.array(version), versions => {
      const packed = packVersions(versions);
      assert.deepEqual([...unpack(packed)].map(toStoredVersion), versions);
      assert.deepEqual([...unpack(packRows([...unpack(packed)]))].map(toStoredVersion), versions);
    }),
  );
});

test('a version that is kept does not hold on to the message it came in', () => {
  const kv = { key: 'k', value: new Uint8Array(3), createRevision: 1, modRevision: 1, version: 1, lease: 0 };
  const packed = packVersions([kv, { ...kv, value: new Uint8Array(1000) }]);
  const [first] = [...unpack(packed)].map(toStoredVersion);
  assert.equal(first!.value.buffer.byteLength, 3);
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
