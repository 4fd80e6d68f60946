import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BugError } from '#base/assert.ts';
import { type DerNode, der, readDer, readOid } from './der.ts';

test('what is written is read back, at every length', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 70_000 }), { maxLength: 4 }), parts => {
      const [outer] = readDer(der.sequence(...parts.map(part => der.octetString(part))));
      assert.deepEqual(
        readDer(outer!.content).map(node => node.content),
        parts,
      );
    }),
    { numRuns: 30 },
  );
});

test('object identifiers survive', () => {
  for (const oid of [
    '2.5.4.3',
    '1.2.840.10045.4.3.2',
    '1.3.6.1.4.1.57683.2',
    '0.9.2342',
    '2.999.4294967296',
  ]) {
    assert.equal(readOid(readDer(der.oid(oid))[0]!.content), oid);
  }
});

test('times are two-digit years until 2049, and four digits after', () => {
  const text = (node: DerNode) => new TextDecoder().decode(node.content);
  const [early] = readDer(der.time(Date.UTC(2049, 11, 31, 23, 59, 59)));
  const [late] = readDer(der.time(Date.UTC(2050, 0, 1)));
  assert.deepEqual([early!.tag, text(early!)], [0x17, '491231235959Z']);
  assert.deepEqual([late!.tag, text(late!)], [0x18, '20500101000000Z']);
});

test('any bytes are read or refused, never more and never forever', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      try {
        const nodes = readDer(bytes);
        assert.equal(
          nodes.reduce((size, node) => size + node.bytes.length, 0),
          bytes.length,
        );
      } catch (error) {
        assert.ok(error instanceof BugError);
      }
    }),
  );
});
