import { type Clock, sleep } from '#base/clock.ts';
import { splitKey } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import type { ServedResource } from './served.ts';
import { storageKey } from './storage-key.ts';

/** Who is next has only those before it who have not lost yet; past this many something else is wrong. */
const attemptsMax = 100;
/** For so long a turn is waited for: who has it may be waiting for a webhook that writes the object too, and waits here. */
const turnMsMax = 2_000;

/**
 * Writers of one object that do not insist on its version: who loses to another looks at the object anew, and goes on
 * until it wins. Losers wait for each other, for many at once would let all but one lose each time.
 */
export class Races {
  /** The last of those who wait, by where it is stored. */
  readonly #lines = new Map<string, Promise<void>>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Does `attempt`, a write of the object with that key, until it is not undefined, that is, lost. Throws what it throws;
   * Conflict when there is no end to it.
   */
  async win<T>(served: ServedResource, key: string, attempt: () => Promise<T | undefined>): Promise<T> {
    const first = await attempt();
    if (first !== undefined) return first;
    const path = storageKey(served.bucket, key);
    const before = this.#lines.get(path);
    const { promise: turn, resolve: end } = Promise.withResolvers<void>();
    this.#lines.set(path, turn);
    try {
      if (before) await this.#atMost(before);
      for (let i = 0; i < attemptsMax; i++) {
        const result = await attempt();
        if (result !== undefined) return result;
      }
    } finally {
      if (this.#lines.get(path) === turn) this.#lines.delete(path);
      end();
    }
    throw statusError.modified(served.what, splitKey(key).name);
  }

  async #atMost(turn: Promise<void>): Promise<void> {
    const over = new AbortController();
    const late = sleep(this.#clock, turnMsMax, over.signal).catch(() => undefined);
    await Promise.race([turn, late]);
    over.abort();
  }
}
