import { assert } from '#base/assert.ts';
import type { Log } from '#base/log.ts';
import { StringMap } from '#base/string-map.ts';
import { statusError } from '#machinery/status.ts';
import { type Store, type StoreEvent, prefixEnd } from '#store/store.ts';
import { StoredCodec } from './entry.ts';
import { ResourceCache } from './resource-cache.ts';
import { splitStorageKey, storageKeyPrefix } from './storage-key.ts';

/**
 * The whole state, decoded, in memory, kept up to date by one watch of the store: so it is consistent at one
 * revision over all resources, and reads never touch the store.
 */
export class StateCache implements Disposable {
  readonly codec: StoredCodec;
  readonly #store: Store;
  readonly #log: Log;
  readonly #buckets = new StringMap<ResourceCache>();
  #waiters: { revision: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  #revision = 0;
  #watch: Disposable | undefined;
  #failure: Error | undefined;

  constructor(store: Store, log: Log) {
    this.#store = store;
    this.codec = new StoredCodec(store.isPrivate);
    this.#log = log;
  }

  /** Loads everything, then follows. */
  async start(): Promise<void> {
    const root = storageKeyPrefix();
    const { revision, kvs } = await this.#store.range({ key: root, rangeEnd: prefixEnd(root) });
    this.#revision = revision;
    for (const kv of kvs) {
      const { bucket, key } = splitStorageKey(kv.key);
      this.bucket(bucket).load(this.codec.entry(key, kv.modRevision, kv));
    }
    this.#watch = this.#store.watch(
      { key: root, rangeEnd: prefixEnd(root), startRevision: revision + 1 },
      { events: (at, events) => this.#apply(at, events), ended: error => this.#fail(error) },
    );
  }

  /** The revision up to which every write is here. */
  get revision(): number {
    return this.#revision;
  }

  /** Why it follows the store no more; undefined while it does. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  bucket(name: string): ResourceCache {
    let bucket = this.#buckets.get(name);
    if (!bucket) {
      bucket = new ResourceCache(this.#revision);
      this.#buckets.set(name, bucket);
    }
    return bucket;
  }

  buckets(): IterableIterator<[string, ResourceCache]> {
    return this.#buckets[Symbol.iterator]();
  }

  /** Resolves once the writes up to `revision` are here. */
  waitFor(revision: number): Promise<void> | undefined {
    if (this.#failure) return Promise.reject(this.#failure);
    if (revision <= this.#revision) return undefined;
    return new Promise((resolve, reject) => this.#waiters.push({ revision, resolve, reject }));
  }

  [Symbol.dispose](): void {
    this.#watch?.[Symbol.dispose]();
    this.#fail(statusError.unavailable('the API server is shutting down'));
  }

  #apply(revision: number, events: readonly StoreEvent[]): void {
    assert(revision > this.#revision, `event of revision ${revision} after ${this.#revision}`);
    for (const event of events) {
      const { bucket, key } = splitStorageKey(event.kv.key);
      if (event.type === 'put') {
        this.bucket(bucket).put(this.codec.entry(key, revision, event.kv));
      } else {
        this.bucket(bucket).delete(key, revision);
      }
    }
    this.#revision = revision;
    this.#wake();
  }

  #wake(): void {
    if (this.#waiters.length === 0) return;
    const due = this.#waiters.filter(waiter => waiter.revision <= this.#revision);
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter(waiter => waiter.revision > this.#revision);
    for (const waiter of due) waiter.resolve();
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#log.debug('the watch of the store ended', { error: error.message });
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(error);
  }
}
