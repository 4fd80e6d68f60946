import { assert } from '#base/assert.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { Draft, type DurableState, checkReadable } from './draft.ts';
import type { Batch, Durability, Recovered } from './durability.ts';
import { History } from './history.ts';
import { Keyspace, rangeTest } from './keyspace.ts';
import { Leases } from './leases.ts';
import {
  LeaseNotFoundError,
  type RangeRequest,
  type RangeResponse,
  type Store,
  StoreClosedError,
  type Transaction,
  type TransactionResult,
  type WatchRequest,
  type WatchSink,
} from './store.ts';
import type { Version } from './version.ts';
import { Watchers } from './watchers.ts';

/** A request for the next batch. */
interface Pending {
  /** Adds to the draft; a throw refuses this request alone. */
  prepare(draft: Draft): void;
  /** The batch is durable and visible. */
  done(): void;
  fail(error: Error): void;
}

/** What one commit takes at most, so that neither it nor its application keeps others waiting for long. */
const batchRequestsMax = 512;
const batchBytesMax = 4 << 20;
/** How often a commit waits for writers at most, so that those who came first do not wait for long. */
const gathersMax = 4;
const expiryRetryMs = 1000;
/** Revisions of the history that one turn of the event loop drops, so that a compaction of many holds nobody up. */
const dropRevisionsMax = 2_000;

/**
 * Every store's behaviour, on any Durability. The whole current state and the uncompacted history are in memory, so
 * reads wait for nothing. Writes queue; all that wait while one commit is under way share the next, and are evaluated
 * in order of arrival against the durable state and each other. State changes, watchers hear and writers are answered
 * only once their batch is durable.
 */
export class StoreEngine implements Store {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #durability: Durability;
  readonly #history: History;
  readonly #watchers: Watchers;
  readonly #keyspace = new Keyspace();
  readonly #leases: Leases;
  readonly #retries = new Map<number, Disposable>();
  #dropping: Disposable | undefined;
  #queue: Pending[] = [];
  #working: Promise<void> | undefined;
  #revision: number;
  #compactedRevision: number;
  #lastLease: number;
  #bytes = 0;
  /** Writes that the disk did not take since the last one that it took. */
  #refused = 0;
  #writeFailure: string | undefined;
  #closed = false;

  constructor(clock: Clock, log: Log, durability: Durability, recovered: Recovered) {
    this.#clock = clock;
    this.#log = log;
    this.#durability = durability;
    this.#revision = recovered.revision;
    this.#compactedRevision = recovered.compactedRevision;
    this.#lastLease = recovered.lastLease;
    this.#leases = new Leases(clock, lease => this.#expire(lease));
    this.#history = new History(Math.max(recovered.compactedRevision, 2));
    this.#watchers = new Watchers(clock, this.#history, () => this.#compactedRevision);
    this.#restore(recovered);
  }

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  async range(request: RangeRequest): Promise<RangeResponse> {
    this.#assertOpen();
    checkReadable(request.revision, this);
    return this.#rangeAt(request, request.revision || this.#revision);
  }

  /** The range at a revision that is known to be readable. */
  #rangeAt(request: RangeRequest, revision: number): RangeResponse {
    const overrides =
      revision === this.#revision ? undefined : this.#history.undo(revision, rangeTest(request));
    return { revision: this.#revision, ...this.#keyspace.select(request, overrides) };
  }

  transact(transaction: Transaction): Promise<TransactionResult> {
    return this.#submit(draft => draft.transact(transaction));
  }

  watch(request: WatchRequest, sink: WatchSink): Disposable {
    if (!this.#closed) return this.#watchers.add(request, sink);
    let disposed = false;
    queueMicrotask(() => disposed || sink.ended(new StoreClosedError()));
    return {
      [Symbol.dispose]: () => {
        disposed = true;
      },
    };
  }

  compact(revision: number): Promise<void> {
    return this.#submit(draft => draft.compact(revision));
  }

  grantLease(ttlSeconds: number): Promise<number> {
    return this.#submit(draft => draft.grantLease(ttlSeconds));
  }

  async keepLeaseAlive(lease: number): Promise<void> {
    this.#assertOpen();
    this.#leases.keepAlive(lease);
  }

  revokeLease(lease: number): Promise<void> {
    return this.#submit(draft => draft.revokeLease(lease));
  }

  get writeFailure(): string | undefined {
    return this.#writeFailure;
  }

  async sizeBytes(): Promise<number> {
    return (await this.#durability.sizeBytes()) ?? this.#bytes;
  }

  /** Lets the commit under way end, refuses what waits, ends the watches. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#leases[Symbol.dispose]();
    for (const retry of this.#retries.values()) retry[Symbol.dispose]();
    this.#dropping?.[Symbol.dispose]();
    for (const pending of this.#queue.splice(0)) pending.fail(new StoreClosedError());
    await this.#working;
    this.#watchers.end(new StoreClosedError());
    await this.#durability[Symbol.asyncDispose]();
  }

  #assertOpen(): void {
    if (this.#closed) throw new StoreClosedError();
  }

  #submit<T>(run: (draft: Draft) => T): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreClosedError());
    return new Promise((resolve, reject) => {
      let result: T;
      this.#queue.push({
        prepare: draft => {
          result = run(draft);
        },
        done: () => resolve(result),
        fail: reject,
      });
      this.#working ??= this.#work();
    });
  }

  async #work(): Promise<void> {
    // One turn later, so that requests made together share a batch.
    await undefined;
    while (this.#queue.length > 0) {
      await this.#gather();
      await this.#commit();
    }
    this.#working = undefined;
  }

  /** Waits for more writers while they come: those whom the last commit let go on come back together. */
  async #gather(): Promise<void> {
    const durability = this.#durability;
    if (!durability.gather) return;
    for (let times = 0, known = -1; times < gathersMax && this.#queue.length > known; times++) {
      known = this.#queue.length;
      await durability.gather();
    }
  }

  async #commit(): Promise<void> {
    const draft = new Draft(this.#durableState(), this.#lastLease);
    const accepted = this.#take(draft);
    const batch = draft.batch();
    try {
      if (batch) await this.#durability.commit(batch);
    } catch (error) {
      if (this.#refused === 0) this.#log.error('the store cannot write', { error: String(error) });
      this.#refused += accepted.length;
      this.#writeFailure = error instanceof Error ? error.message : String(error);
      for (const request of accepted) request.fail(error as Error);
      return;
    }
    if (batch && this.#refused > 0) {
      this.#log.info('the store can write again', { writesRefused: this.#refused });
      this.#refused = 0;
      this.#writeFailure = undefined;
    }
    if (batch) this.#apply(batch);
    for (const request of accepted) request.done();
  }

  #durableState(): DurableState {
    return {
      revision: this.#revision,
      compactedRevision: this.#compactedRevision,
      keyspace: this.#keyspace,
      leases: this.#leases,
      rangeAt: (request, revision) => this.#rangeAt(request, revision),
    };
  }

  /** Moves waiting requests into the draft; answers those that it did not refuse. */
  #take(draft: Draft): Pending[] {
    const accepted: Pending[] = [];
    let taken = 0;
    while (taken < this.#queue.length && taken < batchRequestsMax && draft.bytes < batchBytesMax) {
      const request = this.#queue[taken++]!;
      if (prepared(request, draft)) accepted.push(request);
    }
    this.#queue.splice(0, taken);
    return accepted;
  }

  #apply(batch: Batch): void {
    for (const lease of batch.grantedLeases) this.#leases.add(lease);
    this.#lastLease = batch.lastLease;
    for (const [revision, versions] of revisionsOf(batch.versions)) {
      this.#record(revision, versions);
      this.#watchers.publish(revision, versions);
      for (const version of versions) version.sharePrevious();
    }
    for (const lease of batch.revokedLeases) this.#leases.remove(lease);
    if (batch.compactedRevision === undefined) return;
    this.#compactedRevision = batch.compactedRevision;
    if (!this.#dropping) this.#dropCompacted();
  }

  #record(revision: number, versions: readonly Version[]): void {
    for (const version of versions) this.#keep(version);
    this.#history.append(revision, versions);
    this.#revision = revision;
  }

  #keep(version: Version): void {
    if (version.type === 'put') this.#keyspace.put(version);
    else this.#keyspace.delete(version.key);
    this.#leases.follow(version);
    this.#bytes += version.bytes;
  }

  /** Nobody can read what is dropped here since it was compacted, so it can go bit by bit. */
  #dropCompacted(): void {
    const versions = this.#history.compact(
      Math.min(this.#compactedRevision, this.#history.first + dropRevisionsMax),
    );
    for (const { bytes } of versions) this.#bytes -= bytes;
    this.#durability.trim(versions);
    const isDone = this.#history.first >= this.#compactedRevision;
    this.#dropping = isDone ? undefined : this.#clock.nextTurn(() => this.#dropCompacted());
  }

  #restore(recovered: Recovered): void {
    for (const lease of recovered.leases) this.#leases.add(lease);
    for (const version of recovered.base) this.#keep(version);
    for (const [revision, versions] of revisionsOf(recovered.versions)) this.#record(revision, versions);
    assert(
      this.#revision === this.#history.last,
      `recovered revision ${this.#revision}, versions up to ${this.#history.last}`,
    );
  }

  #expire(lease: number): void {
    this.#retries.delete(lease);
    this.revokeLease(lease).catch((error: Error) => {
      if (error instanceof LeaseNotFoundError || this.#closed) return;
      this.#log.warn('cannot end a lease, trying again', { lease, error: error.message });
      this.#retries.set(
        lease,
        this.#clock.after(expiryRetryMs, () => this.#expire(lease)),
      );
    });
  }
}

/** By revision, in order. */
function* revisionsOf(versions: readonly Version[]): Generator<[number, readonly Version[]]> {
  for (let from = 0; from < versions.length; ) {
    const revision = versions[from]!.modRevision;
    let to = from + 1;
    while (versions[to]?.modRevision === revision) to++;
    yield [revision, versions.slice(from, to)];
    from = to;
  }
}

function prepared(request: Pending, draft: Draft): boolean {
  try {
    request.prepare(draft);
    return true;
  } catch (error) {
    request.fail(error as Error);
    return false;
  }
}
