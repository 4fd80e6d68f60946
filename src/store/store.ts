/**
 * The Store port: a revisioned key-value store with etcd's semantics (https://etcd.io/docs/v3.6/learning/api/).
 * Keys are strings compared by their UTF-8 bytes; values are opaque bytes. Every write transaction takes the next
 * revision. Nothing is acknowledged, or shown to a reader or watcher, before it is durable.
 */

export interface KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
  /** Revision at which the key was last created. */
  readonly createRevision: number;
  /** Revision of the last write. */
  readonly modRevision: number;
  /** Writes since creation, from 1. */
  readonly version: number;
  /** Lease that the key is attached to; 0 is none. */
  readonly lease: number;
}

/** `rangeEnd` absent: the one key. Otherwise keys in [key, rangeEnd). */
export interface KeyRange {
  readonly key: string;
  readonly rangeEnd?: string;
}

export interface RangeRequest extends KeyRange {
  /** 0 or absent: all. */
  readonly limit?: number;
  /** Absent: the current one. Compacted: CompactedError. Of the future: FutureRevisionError. */
  readonly revision?: number;
  readonly countOnly?: boolean;
}

export interface RangeResponse {
  /** The store's revision when the range was read. */
  readonly revision: number;
  /** In key order. */
  readonly kvs: readonly KeyValue[];
  /** Keys in the range, whatever the limit. */
  readonly count: number;
  /** The limit cut the answer. */
  readonly more: boolean;
}

/** Holds when `target` of `key` stands in `operator` to `value`. An absent key has revision and version 0. */
export type Compare =
  | {
      readonly key: string;
      readonly target: 'modRevision' | 'createRevision' | 'version' | 'lease';
      readonly operator: '=' | '!=' | '<' | '>';
      readonly value: number;
    }
  | {
      readonly key: string;
      readonly target: 'value';
      readonly operator: '=' | '!=';
      readonly value: Uint8Array;
    };

export type Operation =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array; readonly lease?: number }
  | { readonly type: 'delete'; readonly key: string; readonly rangeEnd?: string }
  | ({ readonly type: 'range' } & RangeRequest);

export type OperationResult =
  | { readonly type: 'put'; readonly previous: KeyValue | undefined }
  | { readonly type: 'delete'; readonly deleted: readonly KeyValue[] }
  | ({ readonly type: 'range' } & RangeResponse);

/** All compares hold: `success` runs, else `failure`. The operations are one atomic, durable write. */
export interface Transaction {
  readonly compare: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}

export interface TransactionResult {
  readonly succeeded: boolean;
  /** The store's revision after the transaction; a write's own revision. */
  readonly revision: number;
  readonly results: readonly OperationResult[];
}

export interface StoreEvent {
  readonly type: 'put' | 'delete';
  /** For a delete: key and modRevision of the deletion; the value is empty. */
  readonly kv: KeyValue;
  readonly previous: KeyValue | undefined;
}

export interface WatchRequest extends KeyRange {
  /** First revision to deliver; absent: what is written from now on. */
  readonly startRevision?: number;
}

export interface WatchSink {
  /** All events of one revision together, revisions in order, none left out, none twice. Must not throw. */
  events(revision: number, events: readonly StoreEvent[]): void;
  /** The watch ended: CompactedError, or the store closed. Called at most once and last. */
  ended(error: Error): void;
}

export interface Store extends AsyncDisposable {
  /** It lives in this process alone and hands back the very values that were put, which are their writer's affair. */
  readonly isPrivate?: boolean;
  /** The last durable revision. */
  readonly revision: number;
  /** The revision up to which history is gone; 0 is none. */
  readonly compactedRevision: number;
  range(request: RangeRequest): Promise<RangeResponse>;
  transact(transaction: Transaction): Promise<TransactionResult>;
  /** Delivers on a later microtask or turn, never from inside this call. Dispose to end without `ended`. */
  watch(request: WatchRequest, sink: WatchSink): Disposable;
  /** Forgets history before `revision`: reads and watches below it fail with CompactedError. */
  compact(revision: number): Promise<void>;
  /** Time to live in seconds; resolves to the lease's id. Its keys are deleted when it runs out. */
  grantLease(ttlSeconds: number): Promise<number>;
  /** Starts the time to live anew; rejects with LeaseNotFoundError. */
  keepLeaseAlive(lease: number): Promise<void>;
  revokeLease(lease: number): Promise<void>;
  /** Bytes that the store takes up. */
  sizeBytes(): Promise<number>;
  /** Why the last write was refused for want of a place to keep it; undefined once one is kept again. */
  readonly writeFailure: string | undefined;
}

export class CompactedError extends Error {
  override readonly name = 'CompactedError';
  readonly compactedRevision: number;
  constructor(compactedRevision: number) {
    super(`required revision has been compacted (compacted up to ${compactedRevision})`);
    this.compactedRevision = compactedRevision;
  }
}

export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError';
  constructor(revision: number, current: number) {
    super(`required revision ${revision} is a future revision (current ${current})`);
  }
}

export class LeaseNotFoundError extends Error {
  override readonly name = 'LeaseNotFoundError';
  constructor(lease: number) {
    super(`lease ${lease} not found`);
  }
}

export class StoreClosedError extends Error {
  override readonly name = 'StoreClosedError';
  constructor() {
    super('store is closed');
  }
}

/** The disk refuses writes (full, read-only, failing): reads go on, this write did not happen. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** How many there are; of a private store's values, which need not be bytes, nobody knows. */
export function valueBytes(value: Uint8Array): number {
  return value instanceof Uint8Array ? value.length : 0;
}

/** The end of the range of all keys that start with `prefix`. */
export function prefixEnd(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1);
  return prefix.slice(0, -1) + String.fromCharCode(last + 1);
}
