import type { LeaseRecord } from '../durability.ts';
import type { Packed } from './packed.ts';
import type { ReadVersions } from './read-versions.ts';

/** What every commit writes beside its versions. */
export interface CommitHeader {
  readonly baseRevision: number;
  readonly revision: number;
  readonly lastLease: number;
  readonly compactedRevision: number | undefined;
  readonly grantedLeases: readonly LeaseRecord[];
  readonly revokedLeases: readonly number[];
}

/** To the thread that owns the database. It answers each but `trim`, in order. */
export type Request =
  | { readonly type: 'commit'; readonly header: CommitHeader; readonly versions: Packed }
  | { readonly type: 'trim'; readonly versions: Packed }
  | { readonly type: 'size' }
  | { readonly type: 'close' };

export interface OpenedHeader {
  readonly revision: number;
  readonly compactedRevision: number;
  readonly lastLease: number;
  readonly leases: readonly LeaseRecord[];
}

/** From that thread. First come any number of `versions`, then `opened`; or `failed`, and it is over. */
export type Reply =
  | { readonly type: 'versions'; readonly versions: ReadVersions }
  | { readonly type: 'opened'; readonly header: OpenedHeader }
  | { readonly type: 'done' }
  | { readonly type: 'size'; readonly bytes: number }
  | { readonly type: 'failed'; readonly message: string };

/** What that thread is started with. */
export interface ThreadData {
  readonly path: string;
  /** The store was made before: that it is not there is no reason to make another. */
  readonly mustExist: boolean;
  /** Pages of 4 KiB that the file may have; for tests of a full disk. */
  readonly pagesMax: number | undefined;
}
