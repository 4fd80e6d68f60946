import type { Clock } from './clock.ts';

/** A clock whose timers end with it: nobody is kept up by what its owner's unfinished work still waits for. */
export class OwnedClock implements Clock, Disposable {
  readonly #clock: Clock;
  readonly #timers = new Set<Disposable>();
  #disposed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs();
  }

  after(delayMs: number, fn: () => void): Disposable {
    return this.#own(run => this.#clock.after(delayMs, run), fn);
  }

  nextTurn(fn: () => void): Disposable {
    return this.#own(run => this.#clock.nextTurn(run), fn);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const timer of this.#timers) timer[Symbol.dispose]();
    this.#timers.clear();
  }

  #own(start: (run: () => void) => Disposable, fn: () => void): Disposable {
    if (this.#disposed) return { [Symbol.dispose]: () => {} };
    const timer = start(() => {
      this.#timers.delete(timer);
      fn();
    });
    this.#timers.add(timer);
    return {
      [Symbol.dispose]: () => {
        this.#timers.delete(timer);
        timer[Symbol.dispose]();
      },
    };
  }
}
