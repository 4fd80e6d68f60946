import type { Breathe } from '#base/time-slice.ts';
import {
  type Compare,
  type KeyValue,
  type Operation,
  type OperationResult,
  type RangeRequest,
  type RangeResponse,
  type Store,
  type StoreEvent,
  type Transaction,
  type TransactionResult,
  type WatchRequest,
  type WatchSink,
  prefixEnd,
} from '../store.ts';
import { OpenedWatch } from './opened-watch.ts';
import type { SealRule, Sealer } from './sealer.ts';
import { identity } from './seals.ts';

/** A store in which the values of some keys are sealed; whoever uses it sees nothing of that. */
export class SealedStore implements Store {
  readonly #store: Store;
  readonly #sealer: Sealer;
  /** What was sealed here and is still in use, as it was: its writer knows it by its identity. */
  readonly #plain = new WeakMap<Uint8Array, Uint8Array>();
  /** The other way around. */
  readonly #sealed = new WeakMap<Uint8Array, Uint8Array>();

  /** `store` is disposed of with this. */
  constructor(store: Store, sealer: Sealer) {
    this.#store = store;
    this.#sealer = sealer;
  }

  get revision(): number {
    return this.#store.revision;
  }

  get compactedRevision(): number {
    return this.#store.compactedRevision;
  }

  async range(request: RangeRequest): Promise<RangeResponse> {
    return this.#opened(await this.#prepared(await this.#store.range(request)));
  }

  /** Of sealed values, only those can be compared with that were put by this very store: two of the same are not alike. */
  async transact(transaction: Transaction): Promise<TransactionResult> {
    if (!this.#concerns(transaction)) return this.#store.transact(transaction);
    const compare = transaction.compare.map(one => this.#closedCompare(one));
    const close = (operation: Operation) => this.#closed(operation);
    const result = await this.#store.transact({
      compare,
      success: transaction.success.map(close),
      failure: transaction.failure.map(close),
    });
    for (const one of result.results) if (one.type === 'range') await this.#prepared(one);
    return { ...result, results: result.results.map(one => this.#openedResult(one)) };
  }

  watch(request: WatchRequest, sink: WatchSink): Disposable {
    const concerns = (events: readonly StoreEvent[]) => events.some(({ kv }) => this.#sealer.covers(kv.key));
    const watch = new OpenedWatch(
      {
        prepare: events =>
          this.#sealer.asks
            ? this.#prepare(events.flatMap(({ kv, previous }) => (previous ? [kv, previous] : kv)))
            : undefined,
        open: events => (concerns(events) ? events.map(event => this.#openedEvent(event)) : events),
      },
      sink,
    );
    watch.source = this.#store.watch(request, watch);
    return watch;
  }

  /**
   * Seals by other rules from now on. What the rules of before have sealed stays readable until all of it is sealed anew; answers
   * how many values that were. Where that fails, both are gone by, so that nothing is lost.
   */
  async reseal(rules: readonly SealRule[], breathe: Breathe): Promise<number> {
    const before = this.#sealer.rules;
    const former = before.flatMap(({ seals }) => seals);
    this.#sealer.rules = [
      ...rules.map(({ keyPrefixes, seals }) => ({ keyPrefixes, seals: [...new Set([...seals, ...former])] })),
      ...before.map(({ keyPrefixes, seals }) => ({ keyPrefixes, seals: [...new Set([identity, ...seals])] })),
    ];
    const count = await this.renew(breathe);
    this.#sealer.rules = rules;
    return count;
  }

  /** Seals anew what is not sealed as it would be now; answers how many values that were. */
  async renew(breathe: Breathe): Promise<number> {
    let count = 0;
    for (const prefix of new Set(this.#sealer.keyPrefixes)) {
      count += await this.#renewRange({ key: prefix, rangeEnd: prefixEnd(prefix) }, breathe);
    }
    return count;
  }

  async #renewRange(range: RangeRequest, breathe: Breathe): Promise<number> {
    let count = 0;
    const { kvs } = await this.#prepared(await this.#store.range(range));
    for (const { key, value, modRevision, lease } of kvs) {
      if (!this.#sealer.isStale(key, value)) continue;
      const put: Operation = {
        type: 'put',
        key,
        value: this.#sealer.open(key, value),
        ...(lease ? { lease } : {}),
      };
      const compare = [{ key, target: 'modRevision', operator: '=', value: modRevision }] as const;
      const { succeeded } = await this.transact({ compare, success: [put], failure: [] });
      if (succeeded) count++;
      await breathe();
    }
    return count;
  }

  compact(revision: number): Promise<void> {
    return this.#store.compact(revision);
  }

  grantLease(ttlSeconds: number): Promise<number> {
    return this.#store.grantLease(ttlSeconds);
  }

  keepLeaseAlive(lease: number): Promise<void> {
    return this.#store.keepLeaseAlive(lease);
  }

  revokeLease(lease: number): Promise<void> {
    return this.#store.revokeLease(lease);
  }

  sizeBytes(): Promise<number> {
    return this.#store.sizeBytes();
  }

  get writeFailure(): string | undefined {
    return this.#store.writeFailure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
  }

  /** Most writes are of other keys, and stay what they are. */
  #concerns({ compare, success, failure }: Transaction): boolean {
    const concerns = ({ key }: Compare | Operation) => this.#sealer.covers(key);
    const concernsRange = (operation: Operation) =>
      ('rangeEnd' in operation && operation.rangeEnd !== undefined) || concerns(operation);
    return compare.some(concerns) || success.some(concernsRange) || failure.some(concernsRange);
  }

  #closedCompare(compare: Compare): Compare {
    if (compare.target !== 'value' || !this.#sealer.covers(compare.key)) return compare;
    const value = this.#sealed.get(compare.value);
    if (!value) throw new Error('values that are encrypted cannot be compared');
    return { ...compare, value };
  }

  #closed(operation: Operation): Operation {
    if (operation.type !== 'put' || !this.#sealer.covers(operation.key)) return operation;
    const value = this.#sealer.close(operation.key, operation.value);
    this.#plain.set(value, operation.value);
    this.#sealed.set(operation.value, value);
    return { ...operation, value };
  }

  #open(kv: KeyValue): KeyValue {
    if (!this.#sealer.covers(kv.key) || kv.value.length === 0) return kv;
    const value = this.#plain.get(kv.value) ?? this.#sealer.open(kv.key, kv.value);
    return value === kv.value ? kv : withValue(kv, value);
  }

  /** Asks for what it takes to open them; undefined where nothing is to be asked for. */
  #prepare(kvs: readonly KeyValue[]): Promise<void> | undefined {
    if (!this.#sealer.asks) return undefined;
    const asked = kvs.flatMap(({ key, value }) =>
      value.length === 0 || this.#plain.has(value) ? [] : (this.#sealer.prepare(key, value) ?? []),
    );
    return asked.length === 0 ? undefined : Promise.all(asked).then(() => undefined);
  }

  async #prepared<T extends { readonly kvs: readonly KeyValue[] }>(response: T): Promise<T> {
    await this.#prepare(response.kvs);
    return response;
  }

  #opened(response: RangeResponse): RangeResponse {
    return { ...response, kvs: response.kvs.map(kv => this.#open(kv)) };
  }

  /** What was there before is opened when it is asked for: by then the write is done, whatever that value is like. */
  #openedResult(result: OperationResult): OperationResult {
    const open = (kv: KeyValue) => this.#open(kv);
    if (result.type === 'put') {
      const { previous } = result;
      return {
        type: 'put',
        get previous() {
          return previous && open(previous);
        },
      };
    }
    if (result.type === 'delete') {
      const { deleted } = result;
      return {
        type: 'delete',
        get deleted() {
          return deleted.map(open);
        },
      };
    }
    return { ...this.#opened(result), type: 'range' };
  }

  #openedEvent(event: StoreEvent): StoreEvent {
    if (!this.#sealer.covers(event.kv.key)) return event;
    const { previous } = event;
    const open = (kv: KeyValue) => this.#open(kv);
    return {
      type: event.type,
      kv: event.type === 'put' ? open(event.kv) : event.kv,
      // Few ask, and to open costs more than the rest of this.
      get previous() {
        return previous && open(previous);
      },
    };
  }
}

/** Some stores' entries have accessors, which a spread would lose. */
function withValue(kv: KeyValue, value: Uint8Array): KeyValue {
  const { key, createRevision, modRevision, version, lease } = kv;
  return { key, value, createRevision, modRevision, version, lease };
}
