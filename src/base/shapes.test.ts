import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Shapes } from './shapes.ts';

const names = fc.constantFrom('a', 'b', 'a","b', '\0', '1', '0', '__proto__', 'constructor');

test('a copy that fits says the same in the same order', () => {
  const shapes = new Shapes();
  fc.assert(
    fc.property(fc.dictionary(names, fc.jsonValue(), { noNullPrototype: true }), object => {
      const copy = shapes.fit(object);
      assert.deepEqual(Object.keys(copy), Object.keys(object));
      assert.equal(JSON.stringify(copy), JSON.stringify(object));
      assert.equal(Object.getPrototypeOf(copy), Object.prototype);
      assert.ok(!Object.isFrozen(copy));
    }),
  );
});
