import assert from 'node:assert/strict';
import { test } from 'node:test';
import { own, setMember, table } from './members.ts';

test('a table has what it was given, and nothing that objects come with', () => {
  const codes = table({ one: 1, two: 2 });
  assert.equal(codes.one, 1);
  assert.deepEqual(Object.keys(codes), ['one', 'two']);
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'three']) {
    assert.equal(codes[name], undefined, name);
    assert.ok(!(name in codes), name);
  }
});

test('a member may have any name', () => {
  const object: Record<string, unknown> = {};
  for (const name of ['constructor', '__proto__']) setMember(object, name, { name });
  assert.equal(
    JSON.stringify(object),
    '{"constructor":{"name":"constructor"},"__proto__":{"name":"__proto__"}}',
  );
  assert.equal(Object.getPrototypeOf(object), Object.prototype);
});

test('what an object has not of its own it has not', () => {
  assert.equal(own({ one: 1 }, 'one'), 1);
  assert.equal(own<unknown>({ one: 1 }, 'constructor'), undefined);
  assert.equal(own(undefined, 'one'), undefined);
});
