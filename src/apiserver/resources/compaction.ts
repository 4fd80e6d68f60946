import { type Clock, every } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Store } from '#store/store.ts';
import type { StateCache } from './state-cache.ts';

/** Upstream's --etcd-compaction-interval. */
const periodMs = 300_000;

/** Forgets history that is older than five to ten minutes, the cache's with the store's, until disposed. */
export function startCompaction(store: Store, cache: StateCache, clock: Clock, log: Log): Disposable {
  let previous = store.revision;
  return every(clock, periodMs, () => {
    const revision = previous;
    previous = store.revision;
    if (revision <= store.compactedRevision) return;
    for (const [, resources] of cache.buckets()) resources.forget(revision);
    store.compact(revision).catch((error: Error) => {
      log.warn('history was not compacted', { revision, error: error.message });
    });
  });
}
