/** Runs at most `limit` tasks at once; the others wait in order. */
export class Limiter {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #head = 0;
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Tasks that run or wait. */
  get pending(): number {
    return this.#running + this.#waiting.length - this.#head;
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
    const next = this.#waiting[this.#head];
    if (!next) {
      this.#running--;
      return;
    }
    this.#head++;
    if (this.#head > 1_024 && this.#head * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    next();
  }
}
