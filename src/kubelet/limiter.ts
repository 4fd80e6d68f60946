import { Fifo } from '#base/fifo.ts';

/** Runs at most `limit` tasks at once; the others wait in order. */
export class Limiter {
  readonly #limit: number;
  readonly #waiting = new Fifo<() => void>();
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Tasks that run or wait. */
  get pending(): number {
    return this.#running + this.#waiting.size;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) await new Promise<void>(resolve => this.#waiting.push(resolve));
    else this.#running++;
    try {
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
