import { type Clock, every } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Store } from '#store/store.ts';

/** Upstream's --etcd-compaction-interval. */
const periodMs = 300_000;

/** Forgets history that is older than five to ten minutes, until disposed. */
export function startCompaction(store: Store, clock: Clock, log: Log): Disposable {
  let previous = store.revision;
  return every(clock, periodMs, () => {
    const revision = previous;
    previous = store.revision;
    if (revision <= store.compactedRevision) return;
    store.compact(revision).catch((error: Error) => {
      log.warn('history was not compacted', { revision, error: error.message });
    });
  });
}
