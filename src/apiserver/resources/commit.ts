import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import type { Clock } from '#base/clock.ts';
import {
  CompactedError,
  type Operation,
  type Store,
  StoreClosedError,
  StoreUnavailableError,
} from '#store/store.ts';
import type { Entry } from './entry.ts';
import { LeasePool } from './leases.ts';
import { presentedOne } from './presented.ts';
import type { ServedResource } from './served.ts';
import { type StateCache, storageKey } from './state-cache.ts';

/** Conditional, durable writes of single objects; what they resolve to is visible to every reader already. */
export class Committer {
  readonly #store: Store;
  readonly #cache: StateCache;
  readonly #leases: LeasePool;

  constructor(store: Store, cache: StateCache, clock: Clock) {
    this.#leases = new LeasePool(store, clock);
    this.#store = store;
    this.#cache = cache;
  }

  /** Undefined when the key is taken. */
  async create(served: ServedResource, key: string, object: KubeObject): Promise<Entry | undefined> {
    const path = storageKey(served.bucket, key);
    const done = await this.#transact(path, 0, await this.#put(served, path, object));
    return done ? this.#written(served, key) : undefined;
  }

  /** Undefined when `old` is not the current version any more. */
  async update(served: ServedResource, old: Entry, object: KubeObject): Promise<Entry | undefined> {
    const path = storageKey(served.bucket, old.key);
    const done = await this.#transact(path, old.revision, await this.#put(served, path, object));
    return done ? this.#written(served, old.key) : undefined;
  }

  /** False when `old` is not the current version any more. */
  async delete(served: ServedResource, old: Entry): Promise<boolean> {
    const path = storageKey(served.bucket, old.key);
    return this.#transact(path, old.revision, { type: 'delete', key: path });
  }

  async #put(served: ServedResource, key: string, object: KubeObject): Promise<Operation> {
    const stored = await served.definition.conversion?.store(object);
    const value = this.#cache.codec.encode(stored ?? object);
    const { ttlSeconds } = served.stored.strategy;
    if (ttlSeconds === undefined) return { type: 'put', key, value };
    return { type: 'put', key, value, lease: await this.#leases.leaseFor(ttlSeconds) };
  }

  /** The write happened; somebody may have written again, so the key may be newer or gone by now. */
  #written(served: ServedResource, key: string): Entry | Promise<Entry> {
    const entry = served.cache.get(key);
    if (entry) return presentedOne(served, entry);
    throw statusError.notFound(served.what, key.slice(key.indexOf('/') + 1));
  }

  async #transact(key: string, modRevision: number, operation: Operation): Promise<boolean> {
    try {
      const result = await this.#store.transact({
        compare: [{ key, target: 'modRevision', operator: '=', value: modRevision }],
        success: [operation],
        failure: [],
      });
      await this.#cache.waitFor(result.revision);
      return result.succeeded;
    } catch (error) {
      throw asStatus(error);
    }
  }
}

/** The store's failures, as a client is told them. */
function asStatus(error: unknown): unknown {
  if (error instanceof StoreUnavailableError)
    return statusError.internal(`storage is unavailable: ${error.message}`);
  if (error instanceof StoreClosedError) return statusError.unavailable('the server is shutting down');
  if (error instanceof CompactedError) return statusError.expired(error.message);
  return error;
}
