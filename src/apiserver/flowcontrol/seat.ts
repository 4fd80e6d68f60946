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

/** Is told of the requests of one schema. */
export interface QueueMeter {
  waiting: number;
  executing: number;
  seats: number;
  dispatched(waitedMs: number): void;
  rejected(why: Rejection): void;
}
