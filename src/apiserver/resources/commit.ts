import { type KubeObject, splitKey } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import type { Clock } from '#base/clock.ts';
import { inSteps, type Steps } from '#base/steps.ts';
import type { Breathe } from '#base/time-slice.ts';
import {
  CompactedError,
  type Compare,
  type Operation,
  type Store,
  StoreClosedError,
  StoreUnavailableError,
  valueBytes,
} from '#store/store.ts';
import type { Companion, Companions, Ground } from './companions.ts';
import { Entry, withRevision } from './entry.ts';
import { LeasePool } from './leases.ts';
import { presentedOne } from './presented.ts';
import type { ServedResource } from './served.ts';
import type { StateCache } from './state-cache.ts';
import { storageKey } from './storage-key.ts';
import { StorageMetrics } from './storage-metrics.ts';

/** What etcd takes in one request (--max-request-bytes), of which an object is nearly all. */
const objectBytesMax = 1.5 * 1024 * 1024;
/** What etcd's client sends at all. */
const messageBytesMax = 2 * 1024 * 1024;

/** How much freedom a write has. */
export interface WriteOptions {
  /** An object that is too large is stored without its managers rather than not at all: all but who applies. */
  readonly mayLoseManagers?: boolean;
  /** What must not have changed meanwhile. */
  readonly grounds?: readonly Ground[];
  /** Asked between the steps of a write that takes long. */
  readonly breathe?: Breathe | undefined;
}

export interface CommitterOptions {
  readonly store: Store;
  readonly cache: StateCache;
  readonly clock: Clock;
  readonly companions?: Companions;
  readonly metrics?: StorageMetrics;
}

/**
 * Conditional, durable writes of single objects, with what goes with them; what they resolve to is visible to every reader
 * already.
 */
export class Committer {
  readonly #store: Store;
  readonly #cache: StateCache;
  readonly #leases: LeasePool;
  readonly #companions: Companions;
  readonly #metrics: StorageMetrics;

  constructor(options: CommitterOptions) {
    const { store, cache, clock } = options;
    this.#companions = options.companions ?? new Map();
    this.#metrics = options.metrics ?? new StorageMetrics(clock);
    this.#leases = new LeasePool(store, clock, this.#metrics.leaseUsed);
    this.#store = store;
    this.#cache = cache;
  }

  /** Writes of this resource can lose a race for a key that is not the object's own. */
  hasCompanions({ bucket }: ServedResource): boolean {
    return this.#companions.has(bucket);
  }

  /** Undefined when the key is taken, or one that goes with it, or a ground has changed. */
  async create(
    served: ServedResource,
    key: string,
    object: KubeObject,
    options?: WriteOptions,
  ): Promise<Entry | undefined> {
    const path = storageKey(served.bucket, key);
    const also = this.#companions.get(served.bucket)?.(undefined, object);
    const put = this.#put(served, path, object, options);
    const operation = put instanceof Promise ? await put : put;
    const write = () => this.#transact(path, 0, operation, also, options?.grounds);
    const revision = await this.#metrics.timed('create', served, write);
    return revision ? this.#written(served, key) : undefined;
  }

  /** Undefined when `old` is not the current version any more, or a key that goes with it is taken. */
  async update(
    served: ServedResource,
    old: Entry,
    object: KubeObject,
    options?: WriteOptions,
  ): Promise<Entry | undefined> {
    const path = storageKey(served.bucket, old.key);
    const also = this.#companions.get(served.bucket)?.(old.object, object);
    const put = this.#put(served, path, object, options);
    const operation = put instanceof Promise ? await put : put;
    const write = () => this.#transact(path, old.revision, operation, also);
    const revision = await this.#metrics.timed('update', served, write);
    return revision ? this.#written(served, old.key) : undefined;
  }

  /** The last state, at the revision that it went by. Undefined when `old` is not the current version any more. */
  async delete(served: ServedResource, old: Entry): Promise<Entry | undefined> {
    const path = storageKey(served.bucket, old.key);
    const also = this.#companions.get(served.bucket)?.(old.object, undefined);
    const write = () => this.#transact(path, old.revision, { type: 'delete', key: path }, also);
    const revision = await this.#metrics.timed('delete', served, write);
    return revision === undefined ? undefined : old.at(revision);
  }

  /**
   * Shows the last state of an object, which goes at once: two writes, made durable together. Answers that state, at the
   * revision that it went by; undefined when `old` is not the current version any more.
   */
  async end(served: ServedResource, old: Entry, object: KubeObject): Promise<Entry | undefined> {
    if (served.definition.conversion || this.hasCompanions(served))
      return this.#endInTurn(served, old, object);
    const key = storageKey(served.bucket, old.key);
    const value = this.#encoded(object, { mayLoseManagers: true });
    const write = () =>
      Promise.all([
        this.#transact(key, old.revision, { type: 'put', key, value }),
        this.#transactIf([{ key, target: 'value', operator: '=', value }], [{ type: 'delete', key }]),
      ]);
    const [written, gone] = await this.#metrics.timed('delete', served, write);
    if (gone !== undefined) return new Entry(old.key, gone, withRevision(object, gone));
    if (written === undefined) return undefined;
    // Somebody came between the two, or the store took them in another order.
    const shown = new Entry(old.key, written, withRevision(object, written));
    return this.#endShown(served, shown, served.cache.get(old.key));
  }

  async #endInTurn(served: ServedResource, old: Entry, object: KubeObject): Promise<Entry | undefined> {
    const shown = await this.update(served, old, object);
    return shown && this.#endShown(served, shown, shown);
  }

  /** Whoever else has ended it meanwhile did what is asked. */
  async #endShown(
    served: ServedResource,
    shown: Entry,
    current: Entry | undefined,
  ): Promise<Entry | undefined> {
    const last = current && (await this.delete(served, current));
    return last ?? (served.cache.get(shown.key) ? undefined : shown);
  }

  /** Writes a key that belongs to an object without the object. False when it has another revision by now. */
  async writeCompanion(companion: Companion): Promise<boolean> {
    const { key, revision, operation } = this.#companionWrite(companion);
    return (await this.#transact(key, revision, operation)) !== undefined;
  }

  #put(
    served: ServedResource,
    key: string,
    object: KubeObject,
    options?: WriteOptions,
  ): Operation | Promise<Operation> {
    const { conversion } = served.definition;
    const { ttlSeconds } = served.stored.strategy;
    if (conversion || ttlSeconds !== undefined) return this.#putSpecially(served, key, object, options);
    if (options?.breathe) {
      const encoding = inSteps(this.#encodedInSteps(object, options), options.breathe);
      return encoding.then(value => ({ type: 'put', key, value }));
    }
    return { type: 'put', key, value: this.#encoded(object, options) };
  }

  #encoded(object: KubeObject, options?: WriteOptions, isCustom = false): Uint8Array {
    const { codec } = this.#cache;
    const value = codec.encode(object, isCustom);
    if (valueBytes(value) <= objectBytesMax) return value;
    return this.#encoded(lessManagers(object, valueBytes(value), options), undefined, isCustom);
  }

  *#encodedInSteps(object: KubeObject, options: WriteOptions, isCustom = false): Steps<Uint8Array> {
    const { codec } = this.#cache;
    const value = yield* codec.encodeInSteps(object, isCustom);
    if (valueBytes(value) <= objectBytesMax) return value;
    const less = lessManagers(object, valueBytes(value), options);
    return yield* this.#encodedInSteps(less, options, isCustom);
  }

  /** Of an object that is stored as another version has it, or goes by itself. */
  async #putSpecially(
    served: ServedResource,
    key: string,
    object: KubeObject,
    options?: WriteOptions,
  ): Promise<Operation> {
    const stored = await served.definition.conversion?.store(object);
    const said = stored ?? object;
    const isCustom = stored !== undefined;
    const value = options?.breathe
      ? await inSteps(this.#encodedInSteps(said, options, isCustom), options.breathe)
      : this.#encoded(said, options, isCustom);
    const { ttlSeconds } = served.stored.strategy;
    if (ttlSeconds === undefined) return { type: 'put', key, value };
    return { type: 'put', key, value, lease: await this.#leases.leaseFor(ttlSeconds) };
  }

  /** The write happened; somebody may have written again, so the key may be newer or gone by now. */
  #written(served: ServedResource, key: string): Entry | Promise<Entry> {
    const entry = served.cache.get(key);
    if (entry) return presentedOne(served, entry);
    throw statusError.notFound(served.what, splitKey(key).name);
  }

  #companionWrite({ bucket, key: name, revision, object }: Companion) {
    const key = storageKey(bucket, name);
    const operation: Operation = object
      ? { type: 'put', key, value: this.#cache.codec.encode(object) }
      : { type: 'delete', key };
    return { key, revision, operation };
  }

  /** Answers the revision of the write, if it happened. */
  async #transact(
    key: string,
    revision: number,
    operation: Operation,
    companions: readonly Companion[] = [],
    grounds: readonly Ground[] = [],
  ): Promise<number | undefined> {
    const compare = grounds.map(ground => isAt(storageKey(ground.bucket, ground.key), ground.revision));
    const success: Operation[] = [];
    for (const companion of companions) {
      const write = this.#companionWrite(companion);
      compare.push(isAt(write.key, write.revision));
      success.push(write.operation);
    }
    compare.push(isAt(key, revision));
    success.push(operation);
    return this.#transactIf(compare, success);
  }

  /** Answers the revision of the write, if it happened. */
  async #transactIf(compare: readonly Compare[], success: readonly Operation[]): Promise<number | undefined> {
    try {
      const result = await this.#store.transact({ compare, success, failure: [] });
      await this.#cache.waitFor(result.revision);
      return result.succeeded ? result.revision : undefined;
    } catch (error) {
      throw asStatus(error);
    }
  }
}

/** What is stored of an object that is too large. Throws where that is nothing. */
function lessManagers(object: KubeObject, bytes: number, options: WriteOptions | undefined): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  if (options?.mayLoseManagers && managedFields) return { ...object, metadata };
  throw statusError.unclassified(refusalOf(bytes));
}

/** Why an object is not stored: what is too large for its client etcd never sees. */
function refusalOf(bytes: number): string {
  return bytes <= messageBytesMax
    ? 'etcdserver: request is too large'
    : `rpc error: code = ResourceExhausted desc = trying to send message larger than max (${bytes} vs. ${messageBytesMax})`;
}

function isAt(key: string, revision: number): Compare {
  return { key, target: 'modRevision', operator: '=', value: revision };
}

/** The store's failures, as a client is told them. */
function asStatus(error: unknown): unknown {
  if (error instanceof StoreUnavailableError)
    return statusError.internal(`storage is unavailable: ${error.message}`);
  if (error instanceof StoreClosedError) return statusError.unavailable('the server is shutting down');
  if (error instanceof CompactedError) return statusError.expired(error.message);
  return error;
}
