import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Entry } from './entry.ts';
import { ResourceCache, TooOldError } from './resource-cache.ts';

const entryAt = (revision: number) =>
  new Entry('ns/one', revision, {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name: 'one', namespace: 'ns' },
  });

/** The revisions that a watch from `revision` on hears of at once. */
function since(cache: ResourceCache, revision: number): number[] {
  const seen: number[] = [];
  cache.watch(revision, { prefix: '', change: ({ entry }) => seen.push(entry.revision) })[Symbol.dispose]();
  return seen;
}

test('what is forgotten cannot be watched from any more; what came later can', () => {
  const cache = new ResourceCache(1);
  for (const revision of [3, 5, 9]) cache.put(entryAt(revision));
  assert.deepEqual(since(cache, 1), [3, 5, 9]);
  cache.forget(6);
  assert.throws(() => since(cache, 4), TooOldError);
  assert.deepEqual(since(cache, 5), [9]);
  assert.equal(cache.get('ns/one')?.revision, 9);
  cache.forget(6);
  assert.deepEqual(since(cache, 5), [9]);
});

test('where nothing changed nothing is forgotten', () => {
  const cache = new ResourceCache(1);
  cache.forget(100);
  assert.deepEqual(since(cache, 1), []);
});
