import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentCache } from './recent-cache.ts';

test('keeps what is asked for, and forgets the rest', () => {
  const cache = new RecentCache<number, string>(3);
  for (let i = 0; i < 20; i++) {
    cache.set(i, `v${i}`);
    assert.equal(cache.get(0), 'v0');
    assert.equal(cache.get(i), `v${i}`);
  }
  assert.equal(cache.get(5), undefined);
  assert.equal(cache.get(18), 'v18');
});
