import assert from 'node:assert/strict';
import { test } from 'node:test';
import { customColumns } from './columns.ts';

test('a column whose path leads beyond a list, or compares what cannot be compared, is empty', () => {
  const paths = ['.list[1]', '.list[7]', '.list[?(@=="x")]', '.name[0]', '.missing.below'];
  const { row } = customColumns(paths.map((jsonPath, i) => ({ name: `c${i}`, type: 'integer', jsonPath })));
  const object = { apiVersion: 'g/v1', kind: 'X', metadata: { name: 'n' }, list: [1, 2], name: 'text' };
  const empty = row({ apiVersion: 'g/v1', kind: 'X', metadata: { name: 'n' } }, 0)[1];
  assert.deepEqual(row(object, 0), ['n', 2, empty, empty, empty, empty]);
});
