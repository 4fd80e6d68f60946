import { assert } from '#base/assert.ts';
import { StringMap } from '#base/string-map.ts';
import type { Batch, LeaseRecord } from './durability.ts';
import { type Keyspace, type Overrides, rangeTest } from './keyspace.ts';
import type { Leases } from './leases.ts';
import { orderKey } from './order-key.ts';
import {
  type Compare,
  CompactedError,
  FutureRevisionError,
  LeaseNotFoundError,
  type Operation,
  type OperationResult,
  type RangeRequest,
  type RangeResponse,
  type Transaction,
  type TransactionResult,
  valueBytes,
} from './store.ts';
import { Version } from './version.ts';

/** The durable state, which a draft reads and does not change. */
export interface DurableState {
  readonly revision: number;
  readonly compactedRevision: number;
  readonly keyspace: Keyspace;
  readonly leases: Leases;
  rangeAt(request: RangeRequest, revision: number): RangeResponse;
}

const nothing = new Uint8Array(0);

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function holds(compare: Compare, kv: Version | undefined): boolean {
  if (compare.target === 'value') {
    // As in etcd, nothing can be said of the value of a key that is not there.
    if (!kv) return false;
    return sameValue(kv.value, compare.value) === (compare.operator === '=');
  }
  const actual = kv ? kv[compare.target] : 0;
  switch (compare.operator) {
    case '=':
      return actual === compare.value;
    case '!=':
      return actual !== compare.value;
    case '<':
      return actual < compare.value;
    case '>':
      return actual > compare.value;
  }
}

/** Values that are no bytes, as a private store may have them, are alike where they are one. */
function sameValue(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || (a instanceof Uint8Array && sameBytes(a, b));
}

/** As in etcd, one transaction writes a key once. */
function assertWritesOnce(operations: readonly Operation[]): void {
  if (operations.length < 2) return;
  const puts = new Set<string>();
  for (const operation of operations) {
    if (operation.type !== 'put') continue;
    assert(!puts.has(operation.key), `a transaction puts ${operation.key} twice`);
    puts.add(operation.key);
  }
  for (const operation of operations) {
    if (operation.type !== 'delete') continue;
    const deletes = rangeTest(operation);
    for (const key of puts) assert(!deletes(orderKey(key)), `a transaction puts and deletes ${key}`);
  }
}

/** Refuses a revision that cannot be read. */
export function checkReadable(
  revision: number | undefined,
  state: { revision: number; compactedRevision: number },
): void {
  if (!revision) return;
  if (revision > state.revision) throw new FutureRevisionError(revision, state.revision);
  if (revision < state.compactedRevision) throw new CompactedError(state.compactedRevision);
}

/**
 * The next batch while it is put together: each transaction sees what those before it in the batch wrote, nobody else
 * sees any of it. Its methods throw before they change anything, so that a refused request leaves no trace.
 */
export class Draft {
  readonly #state: DurableState;
  readonly #versions: Version[] = [];
  /** By order key, what the first `#overridden` of them have written. */
  #overrides: StringMap<Version | undefined> | undefined;
  #overridden = 0;
  readonly #granted: LeaseRecord[] = [];
  readonly #revoked: number[] = [];
  #revision: number;
  #lastLease: number;
  #compactedRevision: number | undefined;
  #bytes = 0;
  /** The key that was looked up last, and what it holds. */
  #lastKey: string | undefined;
  #lastFound: Version | undefined;

  constructor(state: DurableState, lastLease: number) {
    this.#state = state;
    this.#revision = state.revision;
    this.#lastLease = lastLease;
  }

  /** Of the values that it puts. */
  get bytes(): number {
    return this.#bytes;
  }

  transact({ compare, success, failure }: Transaction): TransactionResult {
    const succeeded = compare.every(one => holds(one, this.#get(one.key)));
    const operations = succeeded ? success : failure;
    this.#check(operations);
    const revision = this.#revision + 1;
    const before = this.#versions.length;
    const results = operations.map(operation => this.#run(operation, revision));
    if (this.#versions.length > before) this.#revision = revision;
    return { succeeded, revision: this.#revision, results };
  }

  grantLease(ttlSeconds: number): number {
    assert(ttlSeconds > 0 && Number.isFinite(ttlSeconds), `bad time to live ${ttlSeconds}`);
    const id = ++this.#lastLease;
    this.#granted.push({ id, ttlSeconds });
    return id;
  }

  revokeLease(lease: number): void {
    if (!this.#hasLease(lease)) throw new LeaseNotFoundError(lease);
    const revision = this.#revision + 1;
    const keys = this.#attached(lease);
    for (const key of keys) this.#delete(key, revision);
    if (keys.length > 0) this.#revision = revision;
    this.#revoked.push(lease);
  }

  compact(revision: number): void {
    const compacted = this.#compactedRevision ?? this.#state.compactedRevision;
    if (revision > this.#state.revision) throw new FutureRevisionError(revision, this.#state.revision);
    if (revision <= compacted) throw new CompactedError(compacted);
    this.#compactedRevision = revision;
  }

  /** Undefined when nothing has to become durable. */
  batch(): Batch | undefined {
    const changes = this.#versions.length + this.#granted.length + this.#revoked.length;
    if (changes === 0 && this.#compactedRevision === undefined) return undefined;
    return {
      baseRevision: this.#state.revision,
      revision: this.#revision,
      versions: this.#versions,
      grantedLeases: this.#granted,
      revokedLeases: this.#revoked,
      lastLease: this.#lastLease,
      compactedRevision: this.#compactedRevision,
    };
  }

  #check(operations: readonly Operation[]): void {
    assertWritesOnce(operations);
    for (const operation of operations) {
      if (operation.type === 'range') checkReadable(operation.revision, this.#state);
      // A lone surrogate has no UTF-8, so the disk would remember another key.
      if (operation.type === 'put') assert(operation.key.isWellFormed(), 'a key is not well-formed Unicode');
      if (operation.type === 'put' && operation.lease && !this.#hasLease(operation.lease)) {
        throw new LeaseNotFoundError(operation.lease);
      }
    }
  }

  #run(operation: Operation, revision: number): OperationResult {
    switch (operation.type) {
      case 'put':
        return {
          type: 'put',
          previous: this.#put(operation.key, operation.value, operation.lease ?? 0, revision),
        };
      case 'delete': {
        const deleted = this.#state.keyspace.select(operation, this.#written()).kvs;
        for (const kv of deleted) this.#delete(kv.key, revision);
        return { type: 'delete', deleted };
      }
      case 'range':
        return { type: 'range', ...this.#range(operation) };
    }
  }

  #put(key: string, value: Uint8Array, lease: number, revision: number): Version | undefined {
    const previous = this.#get(key);
    const version = new Version(
      {
        // The one string for all its versions.
        key: previous ? previous.key : key,
        value,
        createRevision: previous ? previous.createRevision : revision,
        modRevision: revision,
        version: previous ? previous.version + 1 : 1,
        lease,
      },
      previous,
    );
    this.#bytes += valueBytes(value);
    this.#record(version);
    return previous;
  }

  #delete(key: string, revision: number): void {
    const previous = this.#get(key);
    assert(previous, `deletes ${key}, which is not there`);
    const deletion = { key, value: nothing, createRevision: 0, modRevision: revision, version: 0, lease: 0 };
    this.#record(new Version(deletion, previous));
  }

  #range(request: RangeRequest): RangeResponse {
    if (request.revision) return this.#state.rangeAt(request, request.revision);
    return { revision: this.#revision, ...this.#state.keyspace.select(request, this.#written()) };
  }

  /** A transaction mostly compares the key that it writes. */
  #get(key: string): Version | undefined {
    if (key !== this.#lastKey) {
      this.#lastKey = key;
      this.#lastFound = this.#state.keyspace.get(key, this.#written());
    }
    return this.#lastFound;
  }

  #record(version: Version): void {
    this.#versions.push(version);
    this.#lastKey = undefined;
  }

  /** What was written so far, for whoever reads after that: mostly nobody does. */
  #written(): Overrides | undefined {
    for (; this.#overridden < this.#versions.length; this.#overridden++) {
      const version = this.#versions[this.#overridden]!;
      this.#overrides ??= new StringMap();
      this.#overrides.set(orderKey(version.key), version.type === 'put' ? version : undefined);
    }
    return this.#overrides;
  }

  #hasLease(lease: number): boolean {
    if (this.#revoked.includes(lease)) return false;
    return this.#state.leases.has(lease) || this.#granted.some(({ id }) => id === lease);
  }

  #attached(lease: number): string[] {
    const keys = this.#state.leases.keysOf(lease).filter(key => this.#get(key)?.lease === lease);
    const known = new Set(keys);
    for (const version of this.#versions) {
      if (version.lease !== lease || known.has(version.key)) continue;
      if (this.#get(version.key) === version) keys.push(version.key);
    }
    return keys.sort();
  }
}
