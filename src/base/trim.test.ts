import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutEnd } from './trim.ts';

test('a text loses what it ends in of one character', () => {
  assert.deepEqual(
    ['', '/', '//', 'a', 'a/', '/a//', 'a/b'].map(text => withoutEnd(text, '/')),
    ['', '', '', 'a', 'a', '/a', 'a/b'],
  );
});
