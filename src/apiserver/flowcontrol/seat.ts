import type { UserInfo } from '../identity.ts';
import type { RequestInfo } from '../request.ts';

/** How much of the server a request takes, and for how long after it has been answered. */
export interface Work {
  readonly seats: number;
  /** While its consequences (watch events) are dealt with; absent: none. */
  readonly finalSeats?: number;
  readonly finalMs?: number;
}

/** A request that asks to be let in. */
export interface Asking {
  readonly request: { readonly signal: AbortSignal; readonly user: UserInfo };
  readonly info: RequestInfo;
}

/** A request that was let in. Dispose when it is answered. */
export type Seat = Disposable;

/** Why a request got no seat. */
export type Rejection = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled';

/** Is told of the requests of one schema. Widths are in seats; times are on the monotonic clock. */
export interface QueueMeter {
  /** A request that comes would take so much. */
  estimated(width: number): void;
  /** A request joined a queue, which then had so many. */
  enqueued(length: number): void;
  waits(width: number, nowMs: number): void;
  leaves(width: number, nowMs: number): void;
  /** It would have been next, and there was no room for it. */
  noRoom(): void;
  /** `waitedMs`: in a level that has no limit nobody asks for it. */
  begins(width: number, waitedMs: number | undefined, nowMs: number): void;
  ends(startMs: number, nowMs: number): void;
  frees(width: number): void;
  rejected(why: Rejection, waitedMs?: number): void;
}
