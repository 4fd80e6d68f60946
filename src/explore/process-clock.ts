import type { Clock } from '#base/clock.ts';

/** One process's idea of the time: as the world's, but for a wall clock that may be set wrong. */
export class ProcessClock implements Clock {
  /** What the wall clock is ahead by, in milliseconds. */
  skewMs = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now() + this.skewMs;
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, fn: () => void): Disposable {
    return this.#clock.after(delayMs, fn);
  }

  nextTurn(fn: () => void): Disposable {
    return this.#clock.nextTurn(fn);
  }
}
