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
  assert.equal(history.undo(3, () => true).get('a'), second);
});

test('any number of revisions come and go, a few at a time', () => {
  const history = new History(2);
  let previous: Version | undefined;
  for (let revision = 2; revision < 20_000; revision++) {
    const version = written('a', revision, previous);
    history.append(revision, [version]);
    previous = version;
    if (revision % 1_000 === 0) {
      const from = history.first;
      history.compact(revision - 5_000);
      assert.equal(history.first, Math.max(from, revision - 5_000));
    }
    for (const at of [history.first, history.last]) assert.equal(history.at(at)[0]!.modRevision, at);
  }
  assert.equal(history.compact(history.last).length, history.last - 14_000);
  assert.equal(history.first, history.last);
});
