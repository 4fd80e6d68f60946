import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldElement } from './element.ts';
import { setOf } from './field-set.ts';
import { interned } from './interned.ts';

const names = (...fields: string[]) => setOf(...fields.map(name => ['spec', name].map(fieldElement)));

test('equal sets become one, frozen', () => {
  const set = interned(names('b', 'a'));
  assert.equal(interned(names('a', 'b')), set);
  assert.ok(Object.isFrozen(set) && Object.isFrozen(set['f:spec']));
  assert.notEqual(interned(names('a')), set);
});

test('what many others have pushed out is still a set', () => {
  const set = interned(names('first'));
  for (let i = 0; i < 2000; i++) interned(names(`other-${i}`));
  assert.deepEqual(interned(names('first')), set);
});

test('a set too long to be shared is left as it is', () => {
  const long = names('x'.repeat(20_000));
  assert.equal(interned(long), long);
  assert.ok(!Object.isFrozen(long));
});
