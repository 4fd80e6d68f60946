import type { Clock } from '#base/clock.ts';
import { secondsToMs } from '#machinery/go-values.ts';

/** The time that something may take to end, hooks included. It starts when it is made and can only be shortened. */
export class GracePeriod implements Disposable {
  /** Resolves when the time is over. */
  readonly over: Promise<void>;
  readonly #clock: Clock;
  readonly #end: () => void;
  readonly #listeners = new Set<() => void>();
  #endMs: number;
  #timer: Disposable;

  constructor(clock: Clock, seconds: number) {
    const over = Promise.withResolvers<void>();
    this.over = over.promise;
    this.#end = over.resolve;
    this.#clock = clock;
    this.#endMs = clock.monotonicMs() + secondsToMs(seconds);
    this.#timer = clock.after(secondsToMs(seconds), this.#end);
  }

  /** Rounded up; never below 0. */
  get leftSeconds(): number {
    return Math.max(0, Math.ceil((this.#endMs - this.#clock.monotonicMs()) / 1_000));
  }

  /** From now on so long at most. */
  shorten(seconds: number): void {
    if (seconds >= this.leftSeconds) return;
    this.#endMs = this.#clock.monotonicMs() + seconds * 1_000;
    this.#timer[Symbol.dispose]();
    this.#timer = this.#clock.after(seconds * 1_000, this.#end);
    for (const listener of this.#listeners) listener();
  }

  /** Calls back each time there is less time than there was. */
  onShortened(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }
}
