import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StringMap } from './string-map.ts';

/** Of four units each, and of one hash. */
function meetingKeys(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    let hash = Math.imul(0x811c9dc5 ^ 4 ^ i, 0x01000193);
    hash ^= hash >>> 15;
    return String.fromCharCode(i & 0xffff, i >>> 16, hash & 0xffff, hash >>> 16);
  });
}

const keys = [
  ...meetingKeys(60),
  ...Array.from({ length: 200 }, (_, i) => `default/web-${i}`),
  '',
  'a',
  '\ud800',
];

test('is a Map, however keys come, go and meet', () => {
  const operation = fc.record({
    key: fc.constantFrom(...keys),
    what: fc.constantFrom('set', 'set', 'set', 'delete', 'get'),
  });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 1_500, size: 'max' }), operations => {
      const model = new Map<string, number>();
      const map = new StringMap<number>();
      operations.forEach(({ key, what }, i) => {
        if (what === 'set') {
          model.set(key, i);
          assert.equal(map.set(key, i), map);
        } else if (what === 'delete') {
          assert.equal(map.delete(key), model.delete(key));
        }
        assert.equal(map.get(key), model.get(key));
        assert.equal(map.has(key), model.has(key));
        assert.equal(map.size, model.size);
      });
      assert.deepEqual([...map], [...model]);
      assert.deepEqual([...map.keys()], [...model.keys()]);
      assert.deepEqual([...map.values()], [...model.values()]);
      for (const key of keys) assert.equal(map.get(key), model.get(key));
    }),
    { numRuns: 60 },
  );
});

test('knows thousands of keys whose hashes meet', () => {
  const map = new StringMap<number>();
  const meeting = meetingKeys(5_000);
  for (const [i, key] of meeting.entries()) map.set(key, i);
  for (const key of meeting.slice(0, 2_000)) assert.ok(map.delete(key));
  for (const key of meeting.slice(0, 1_000)) map.set(key, -1);
  assert.equal(map.size, 4_000);
  for (const [i, key] of meeting.entries()) {
    assert.equal(map.get(key), i < 1_000 ? -1 : i < 2_000 ? undefined : i);
  }
});

test('holds a key with nothing for it, and is empty once it is cleared', () => {
  const map = new StringMap<number | undefined>();
  map.set('nothing', undefined);
  assert.ok(map.has('nothing'));
  assert.equal(map.get('nothing'), undefined);
  map.clear();
  assert.equal(map.size, 0);
  assert.ok(!map.has('nothing'));
});

test('may change while it is gone through', () => {
  const map = new StringMap<number>();
  for (let i = 0; i < 100; i++) map.set(`k${i}`, i);
  const seen: number[] = [];
  for (const [key, value] of map) {
    seen.push(value);
    map.delete(key);
    map.set(`again-${key}`, value);
  }
  assert.deepEqual(
    seen.slice(0, 100),
    Array.from({ length: 100 }, (_, i) => i),
  );
  assert.equal(map.size, 100);
});
