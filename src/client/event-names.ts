import type { Clock } from '#base/clock.ts';

/** Names for events: upstream ends them with the nanoseconds of now; the clock has milliseconds, a counter tells the rest. */
export class EventNames {
  readonly #clock: Clock;
  #counter = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Of an event about the object of this name. */
  next(about: string | undefined): string {
    this.#counter = (this.#counter + 1) % 1_000_000;
    const nanoseconds = BigInt(Math.floor(this.#clock.now())) * 1_000_000n + BigInt(this.#counter);
    return `${about}.${nanoseconds.toString(16)}`;
  }
}
