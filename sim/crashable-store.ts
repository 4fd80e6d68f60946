import {
  type RangeRequest,
  type RangeResponse,
  type Store,
  StoreClosedError,
  type Transaction,
  type TransactionResult,
  type WatchRequest,
  type WatchSink,
} from '#store/store.ts';
import type { Lifeline } from '#explore/lifeline.ts';

/** One server's hold on a store that outlives it: what the dead ask for is not done. */
export class CrashableStore implements Store {
  readonly #store: Store;
  readonly #life: Lifeline;

  constructor(store: Store, life: Lifeline) {
    this.#store = store;
    this.#life = life;
  }

  get revision(): number {
    return this.#store.revision;
  }

  get compactedRevision(): number {
    return this.#store.compactedRevision;
  }

  range(request: RangeRequest): Promise<RangeResponse> {
    return this.#alive(() => this.#store.range(request));
  }

  transact(transaction: Transaction): Promise<TransactionResult> {
    return this.#alive(() => this.#store.transact(transaction));
  }

  watch(request: WatchRequest, sink: WatchSink): Disposable {
    const watch = this.#store.watch(request, sink);
    this.#life.onEnd(() => watch[Symbol.dispose]());
    return watch;
  }

  compact(revision: number): Promise<void> {
    return this.#alive(() => this.#store.compact(revision));
  }

  grantLease(ttlSeconds: number): Promise<number> {
    return this.#alive(() => this.#store.grantLease(ttlSeconds));
  }

  keepLeaseAlive(lease: number): Promise<void> {
    return this.#alive(() => this.#store.keepLeaseAlive(lease));
  }

  revokeLease(lease: number): Promise<void> {
    return this.#alive(() => this.#store.revokeLease(lease));
  }

  sizeBytes(): Promise<number> {
    return this.#alive(() => this.#store.sizeBytes());
  }

  get writeFailure(): string | undefined {
    return this.#store.writeFailure;
  }

  /** The store itself belongs to the simulation. */
  async [Symbol.asyncDispose](): Promise<void> {}

  #alive<T>(ask: () => Promise<T>): Promise<T> {
    return this.#life.over ? Promise.reject(new StoreClosedError()) : ask();
  }
}
