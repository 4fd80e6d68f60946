import type { VersionId } from './history.ts';
import type { Version } from './version.ts';

/** A lease as it is kept: how much of its time is left is not. */
export interface LeaseRecord {
  readonly id: number;
  readonly ttlSeconds: number;
}

/** What must become durable together. */
export interface Batch {
  /** The revision before and after it. */
  readonly baseRevision: number;
  readonly revision: number;
  /** In the order of their revisions. */
  readonly versions: readonly Version[];
  readonly grantedLeases: readonly LeaseRecord[];
  readonly revokedLeases: readonly number[];
  /** The last lease id ever granted. */
  readonly lastLease: number;
  /** Set when the batch compacts. */
  readonly compactedRevision: number | undefined;
}

/** What a back end remembers when it opens. */
export interface Recovered {
  readonly revision: number;
  readonly compactedRevision: number;
  /** The pairs just before `compactedRevision`, in any order. */
  readonly base: readonly Version[];
  /** Every one from `compactedRevision` on, in order. */
  readonly versions: readonly Version[];
  readonly leases: readonly LeaseRecord[];
  readonly lastLease: number;
}

/** A new store stands at revision 1, as etcd's does. */
export const nothingRecovered: Recovered = {
  revision: 1,
  compactedRevision: 0,
  base: [],
  versions: [],
  leases: [],
  lastLease: 0,
};

/** What the engine stands on: memory keeps nothing, a disk keeps everything. One commit at a time. */
export interface Durability extends AsyncDisposable {
  /** Resolves when those who are about to write have come to do so: a commit costs the same for one and for many. */
  gather?(): Promise<void>;
  /** Resolves once the batch would survive a crash; rejects with StoreUnavailableError when none of it would. */
  commit(batch: Batch): Promise<void>;
  /** Versions that may be forgotten when there is time. */
  trim(versions: readonly VersionId[]): void;
  /** Bytes taken up beyond what the engine itself counts; undefined: as many as the engine counts. */
  sizeBytes(): Promise<number> | undefined;
}
