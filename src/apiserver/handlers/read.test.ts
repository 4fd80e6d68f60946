import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '#base/log.ts';
import { TimeSlice } from '#base/time-slice.ts';
import { VirtualClock } from '#base/virtual-clock.ts';
import { MemoryStore } from '#store/memory/memory-store.ts';
import type { RangeRequest, RangeResponse } from '#store/store.ts';
import { CacheMetrics } from '../resources/cache-metrics.ts';
import { StateCache } from '../resources/state-cache.ts';
import { storageKey } from '../resources/storage-key.ts';
import { StorageMetrics } from '../resources/storage-metrics.ts';
import type { ResourceRequest, Services } from './context.ts';
import { listObjects } from './read.ts';

const bucket = 'core/things';
const clock = new VirtualClock(() => new Promise<void>(resolve => setImmediate(resolve)));

/** A store that counts what it reads. */
class CountingStore extends MemoryStore {
  read = 0;

  override async range(request: RangeRequest): Promise<RangeResponse> {
    const response = await super.range(request);
    this.read += response.kvs.length;
    return response;
  }
}

async function setUp(count: number) {
  const store = new CountingStore(clock);
  const cache = new StateCache(store, silentLog);
  await cache.start();
  const put = async (name: string, to: string) => {
    const object = {
      kind: 'Thing',
      apiVersion: 'v1',
      metadata: { name, namespace: 'ns', labels: { to, half: String(Number(name) % 2) } },
    };
    const key = storageKey(bucket, `ns/${name}`);
    const value = cache.codec.encode(object);
    await store.transact({ compare: [], success: [{ type: 'put', key, value }], failure: [] });
  };
  const names = Array.from({ length: count }, (_, i) => String(i).padStart(4, '0'));
  await Promise.all(names.map(name => put(name, 'before')));
  store.read = 0;
  const services = {
    ...{ store, cache, clock, slice: new TimeSlice(clock) },
    ...{ cacheMetrics: new CacheMetrics(), storageMetrics: new StorageMetrics(clock) },
  } as unknown as Services;
  const what = { group: '', resource: 'things' };
  const definition = { ...what, namespaced: true };
  const served = { bucket, cache: cache.bucket(bucket), definition, what };
  const page = async (query: Record<string, string>) => {
    const request = { query: new URLSearchParams(query) };
    const call = { served, request, info: { namespace: 'ns', name: '' } } as unknown as ResourceRequest;
    const answer = await listObjects(services, call);
    assert.ok(answer.type === 'list');
    return answer;
  };
  return { store, put, names, page };
}

for (const selected of [false, true]) {
  const which = selected ? 'what is selected of a state' : 'a state';
  test(`${which} is paged through while it changes by reading little more than it has`, async () => {
    const { store, put, names, page } = await setUp(3_000);
    await using _ = store;
    const query = { limit: '100', ...(selected ? { labelSelector: 'half=1' } : {}) };
    const wanted = names.filter(name => !selected || Number(name) % 2 === 1);
    const seen: string[] = [];
    for (let token = '', pages = 0; ; pages++) {
      const { entries, metadata } = await page(token ? { ...query, continue: token } : query);
      for (const { object } of entries) {
        assert.equal(object.metadata.labels?.to, 'before', 'all pages are of the first one’s state');
        seen.push(object.metadata.name!);
      }
      if (!selected) assert.equal(metadata.remainingItemCount ?? 0, wanted.length - seen.length);
      token = metadata.continue ?? '';
      if (token === '') break;
      await put(names[(pages * 37) % names.length]!, 'after');
    }
    assert.deepEqual(seen, wanted);
    // Page by page to the end, the rest of the state anew for each: that would be 45,000, or 22,500.
    assert.ok(store.read <= (selected ? 16_000 : 3_100), `${store.read} values read`);
  });
}

test('a whole past state is what it was, however many pieces it is read in', async () => {
  const { store, put, names, page } = await setUp(2_500);
  await using _ = store;
  const { metadata } = await page({});
  await put(names[7]!, 'after');
  await put('9999', 'after');
  const past = await page({ resourceVersion: metadata.resourceVersion!, resourceVersionMatch: 'Exact' });
  assert.deepEqual(
    past.entries.map(({ object }) => [object.metadata.name, object.metadata.labels?.to]),
    names.map(name => [name, 'before']),
  );
});
