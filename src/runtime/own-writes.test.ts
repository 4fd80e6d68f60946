import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnWrites } from './own-writes.ts';

function object(uid: string, resourceVersion: string) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', uid, resourceVersion } };
}

test('a cached object is behind until it shows the last own write', () => {
  const writes = new OwnWrites();
  assert.ok(!writes.isBehind('a', object('u1', '5')));
  writes.note('a', object('u1', '10'));
  assert.ok(writes.isBehind('a', object('u1', '9')));
  assert.ok(!writes.isBehind('a', object('u1', '10')));
  assert.ok(!writes.isBehind('a', object('u1', '11')));
});

test('another object of the same name has nothing to do with it', () => {
  const writes = new OwnWrites();
  writes.note('a', object('u1', '10'));
  assert.ok(!writes.isBehind('a', object('u2', '9')));
  writes.forget('a');
  assert.ok(!writes.isBehind('a', object('u1', '9')));
});
