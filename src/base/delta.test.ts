import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyDelta, deltaOf } from './delta.ts';

/** Pieces of which two texts have some in common. */
const pieces = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 8 });
const picks = fc.array(fc.nat(), { maxLength: 12 });
const join = (list: readonly Uint8Array[], chosen: readonly number[]): Uint8Array =>
  Uint8Array.from(chosen.flatMap(pick => [...list[pick % list.length]!]));

test('a delta makes the target of the source, or is not made', () => {
  fc.assert(
    fc.property(pieces, picks, picks, fc.nat({ max: 2000 }), (list, first, second, lengthMax) => {
      const source = join(list, first);
      const target = join(list, second);
      const delta = deltaOf(source, target, lengthMax);
      if (!delta) return;
      assert.ok(delta.length <= lengthMax + 4, `${delta.length} of ${lengthMax}`);
      assert.deepEqual(applyDelta(source, delta, target.length), target);
    }),
  );
});

test('what changed in some places of a long text is told in few bytes', () => {
  const text = Array.from({ length: 300 }, (_, i) => `"member${i * i}":${i}`).join();
  const source = Buffer.from(text);
  const target = Buffer.from(
    text.replace('"member100":', '"added":true,"member100":').replace('"member40000":200,', '').slice(0, -1),
  );
  const delta = deltaOf(source, target, 200);
  assert.ok(delta && delta.length < 60, `${delta?.length}`);
  assert.deepEqual(Buffer.from(applyDelta(source, delta, target.length)), target);
});

test('there is no delta of what has nothing in common, however long it is', () => {
  const source = new Uint8Array(1 << 20).fill(1);
  const target = Uint8Array.from({ length: 1 << 20 }, (_, i) => i % 251);
  assert.equal(deltaOf(source, target, 1 << 19), undefined);
});
