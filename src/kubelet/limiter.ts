import { Fifo } from '#base/fifo.ts';
import type { Breathe } from '#base/time-slice.ts';

/** Runs at most `limit` tasks at once, and begins no more in one turn of the event loop than `breathe` lets it; the others wait in order. */
export class Limiter {
  readonly #limit: number;
  readonly #breathe: Breathe | undefined;
  readonly #waiting = new Fifo<() => void>();
  #running = 0;

  constructor(limit: number, breathe?: Breathe) {
    this.#limit = limit;
    this.#breathe = breathe;
  }

  /** Tasks that run or wait. */
  get pending(): number {
    return this.#running + this.#waiting.size;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) await new Promise<void>(resolve => this.#waiting.push(resolve));
    else this.#running++;
    try {
      const turn = this.#breathe?.();
      if (turn) await turn;
      return await task();
    } finally {
      this.#next();
    }
  }

  // The place of a finished task goes straight to the next in line.
  #next(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running--;
  }
}
