import type { Clock } from '#base/clock.ts';

/** Upstream's period of bookmarks, and how many times within it some of the watches are told. */
const periodMs = 60_000;
const rounds = 6;

/** Tells watches how far they are, each once a minute: one timer serves all, and no round has them all to tell. */
export class Bookmarks implements Disposable {
  readonly #clock: Clock;
  /** By round. */
  readonly #tellers = Array.from({ length: rounds }, () => new Set<() => void>());
  #count = 0;
  /** The last one that there was. */
  #round = 0;
  #timer: Disposable | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `tell` within a minute for the first time, and once a minute then. Dispose to stop. */
  add(tell: () => void): Disposable {
    const tellers = this.#tellers[this.#round]!;
    tellers.add(tell);
    this.#count++;
    this.#timer ??= this.#wait();
    return {
      [Symbol.dispose]: () => {
        if (tellers.delete(tell)) this.#count--;
      },
    };
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    for (const tellers of this.#tellers) tellers.clear();
  }

  #wait(): Disposable {
    return this.#clock.after(periodMs / rounds, () => {
      this.#round = (this.#round + 1) % rounds;
      for (const tell of this.#tellers[this.#round]!) tell();
      this.#timer = this.#count > 0 ? this.#wait() : undefined;
    });
  }
}
