import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asInternal } from './internal-type.ts';

test('fields have the names that Go gives them, and are all there', () => {
  const shape = { FSGroup: null, SELinuxOptions: null, IP: '', RunAsUser: 0 };
  assert.equal(
    JSON.stringify(asInternal({ ip: 'a', seLinuxOptions: {}, fsGroup: 1, other: 2 }, shape)),
    '{"FSGroup":1,"SELinuxOptions":{},"IP":"a","RunAsUser":0}',
  );
});
