import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTrue } from './query.ts';

test('query values mean yes as Go reads them', () => {
  for (const no of [null, '0', 'false', 'False', 'FALSE']) assert.equal(isTrue(no), false, String(no));
  for (const yes of ['', '1', 'true', 'True', 'yes']) assert.equal(isTrue(yes), true, yes);
});
