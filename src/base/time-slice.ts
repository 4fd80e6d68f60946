import type { Clock } from './clock.ts';

const budgetMs = 8;

/** Asked between two pieces of a long work; what it answers is awaited. */
export type Breathe = () => Promise<void> | undefined;

/**
 * Lets the event loop turn now and then: work that waits on promises alone would hold it until all is done. The clock
 * says what a turn is; on virtual time, where work takes none, next to nothing ever waits.
 */
export class TimeSlice implements Disposable {
  readonly #clock: Clock;
  /** Set from the first call of a turn of the event loop to the turn's end. */
  #turn: Disposable | undefined;
  #startMs = 0;
  #waiting: (() => void)[] = [];
  #disposed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined while there is time left in this turn; otherwise resolves in a later one, first come first served. */
  breathe(): Promise<void> | undefined {
    if (this.#disposed) return undefined;
    if (!this.#turn) this.#begin();
    else if (this.#waiting.length > 0 || this.#isSpent()) {
      return new Promise(resolve => this.#waiting.push(resolve));
    }
    return undefined;
  }

  /** Nobody waits any more: the work that is left is only to end. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#turn?.[Symbol.dispose]();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #begin(): void {
    this.#startMs = this.#clock.monotonicMs();
    this.#turn = this.#clock.nextTurn(() => this.#end());
  }

  #end(): void {
    this.#turn = undefined;
    if (this.#waiting.length === 0) return;
    this.#begin();
    void this.#release();
  }

  #isSpent(): boolean {
    return this.#clock.monotonicMs() - this.#startMs >= budgetMs;
  }

  /** One after the other, so that those who are let go share the turn. */
  async #release(): Promise<void> {
    const due = this.#waiting;
    this.#waiting = [];
    let released = 0;
    while (released < due.length && (released === 0 || !this.#isSpent())) {
      due[released++]!();
      // It goes on in a promise's turn of its own.
      await undefined;
      await undefined;
    }
    this.#waiting = [...due.slice(released), ...this.#waiting];
  }
}
