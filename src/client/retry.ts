import { type Clock, sleep } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import { hasReason, StatusError } from '#machinery/status.ts';

/** The seams that waiting takes. */
export interface Timing {
  readonly clock: Clock;
  readonly random: Random;
  /** Ends the waits between attempts. */
  readonly signal?: AbortSignal;
}

/** Growing waits: `baseMs * factor^n`, at most `capMs`, each longer by up to `jitter` of itself. */
export class Backoff {
  readonly #random: Random;
  readonly #options: BackoffOptions;
  #nextMs: number;

  constructor(random: Random, options: BackoffOptions) {
    this.#random = random;
    this.#options = options;
    this.#nextMs = options.baseMs;
  }

  /** The next wait in milliseconds. */
  next(): number {
    const { factor, capMs, jitter } = this.#options;
    const ms = Math.min(this.#nextMs, capMs);
    this.#nextMs = Math.min(ms * factor, capMs);
    return ms * (1 + jitter * this.#random.next());
  }

  reset(): void {
    this.#nextMs = this.#options.baseMs;
  }
}

export interface BackoffOptions {
  readonly baseMs: number;
  readonly capMs: number;
  readonly factor: number;
  /** 0 is none; 1 makes a wait up to twice as long. */
  readonly jitter: number;
}

/** Runs `attempt` again while it fails with an error that `retriable` accepts; the last error is thrown on. */
export async function retry<R>(
  timing: Timing,
  retriable: (error: unknown) => boolean,
  attempt: () => Promise<R>,
  options: BackoffOptions & { readonly attemptsMax: number },
): Promise<R> {
  const backoff = new Backoff(timing.random, options);
  for (let left = options.attemptsMax; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (--left <= 0 || !retriable(error)) throw error;
      await sleep(timing.clock, backoff.next(), timing.signal);
    }
  }
}

/** For read, change, write: runs it again, from the read on, while the write conflicts (5 attempts, as client-go). */
export function retryOnConflict<R>(timing: Timing, attempt: () => Promise<R>): Promise<R> {
  return retry(timing, error => hasReason(error, 'Conflict'), attempt, {
    baseMs: 10,
    factor: 1,
    capMs: 10,
    jitter: 0.1,
    attemptsMax: 5,
  });
}

/** What a later attempt may cure: no answer at all, overload, or a server that is not ready. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof StatusError)) return true;
  return error.code === 429 || error.code >= 500;
}

/** The promise's value, or undefined where the object does not exist. */
export async function orNotFound<R>(pending: Promise<R>): Promise<R | undefined> {
  try {
    return await pending;
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined;
    throw error;
  }
}
