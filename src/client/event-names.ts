import type { Clock } from '#base/clock.ts';
import { fnv32a } from '#base/hash.ts';

const millionth = 1_000_000;

/**
 * Names for events: upstream ends them with the nanoseconds of now; the clock has milliseconds, a counter tells the rest. It
 * begins elsewhere for each source, since two may tell of one object in one millisecond.
 */
export class EventNames {
  readonly #clock: Clock;
  #counter = 0;

  constructor(clock: Clock, source: string) {
    this.#clock = clock;
    // What differs little begins far apart.
    this.#counter = fnv32a(source) % millionth;
  }

  /** Of an event about the object of this name. */
  next(about: string | undefined): string {
    this.#counter = (this.#counter + 1) % millionth;
    const nanoseconds = BigInt(Math.floor(this.#clock.now())) * BigInt(millionth) + BigInt(this.#counter);
    return `${about}.${nanoseconds.toString(16)}`;
  }
}
