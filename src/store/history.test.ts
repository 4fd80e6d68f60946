import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from './history.ts';
import { Version } from './version.ts';

const value = new Uint8Array(3);

function written(key: string, revision: number, previous?: Version): Version {
  const pair = { key, value, createRevision: 2, modRevision: revision, version: revision - 1, lease: 0 };
  return new Version(pair, previous);
}

test('what is compacted is held by no later version', () => {
  const history = new History(2);
  const first = written('a', 2);
  const second = written('a', 3, first);
  const third = written('a', 4, second);
  for (const version of [first, second, third]) history.append(version.modRevision, [version]);
  assert.deepEqual(history.compact(4), [{ revision: 2, key: 'a', bytes: 4 }]);
  assert.equal(second.previous, undefined);
  assert.equal(third.previous, second);
  assert.equal(history.undo(3).get('a'), second);
});
