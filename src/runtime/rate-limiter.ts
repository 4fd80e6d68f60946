import type { Clock } from '#base/clock.ts';
import { TokenBucket } from '#client/token-bucket.ts';

/** How long an item that failed waits before its next turn. */
export interface RateLimiter {
  /** The wait of this failure in milliseconds. */
  nextDelayMs(key: string): number;
  /** The item did well: its next failure counts as the first. */
  forget(key: string): void;
  failures(key: string): number;
}

export interface RateLimiterOptions {
  readonly baseMs?: number;
  readonly capMs?: number;
  /** Retries a second over all items, beyond the burst. */
  readonly ratePerSecond?: number;
  readonly burst?: number;
}

/**
 * Upstream's controller rate limiter: per item 5 ms doubling to 1000 s, and a bucket of 100 that fills with 10 a
 * second over all items; the longer of the two waits counts.
 */
export class ControllerRateLimiter implements RateLimiter {
  readonly #failures = new Map<string, number>();
  readonly #bucket: TokenBucket;
  readonly #baseMs: number;
  readonly #capMs: number;

  constructor(clock: Clock, options: RateLimiterOptions = {}) {
    this.#baseMs = options.baseMs ?? 5;
    this.#capMs = options.capMs ?? 1_000_000;
    this.#bucket = new TokenBucket(clock, options.ratePerSecond ?? 10, options.burst ?? 100);
  }

  nextDelayMs(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    return Math.max(Math.min(this.#baseMs * 2 ** failures, this.#capMs), this.#bucket.reserveMs());
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }
}
