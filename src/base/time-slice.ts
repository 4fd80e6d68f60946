import type { Clock } from './clock.ts';

/** While the heap is marked, the engine adds to a turn some five times what its own work takes. */
const budgetMs = 4;

/** Asked between two pieces of a long work; what it answers is awaited. */
export type Breathe = () => Promise<void> | undefined;

/** How much of what a turn's pieces of work took the estimate takes over. */
const learningRate = 0.25;

/**
 * Lets the event loop turn now and then: work that waits on promises alone would hold it until all is done. Shared by all
 * who work on one event loop, or each would take a slice of the same turn. What is let go has still to do its work, so a
 * turn is spent by the clock, or by as many as took that long in the turns before. The clock says what a turn is; on
 * virtual time, where work takes none, next to nothing ever waits.
 */
export class TimeSlice implements Disposable {
  readonly #clock: Clock;
  /** Set from the first call of a turn of the event loop to the turn's end. */
  #turn: Disposable | undefined;
  #startMs = 0;
  /** Let go in this turn. */
  #released = 0;
  /** What one who is let go takes of a turn, as the last turns have it. */
  #pieceMs = 0;
  #waiting: (() => void)[] = [];
  /** Those before it in `#waiting` have been let go. */
  #head = 0;
  #disposed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Undefined while there is time left in this turn; otherwise resolves in a later one, first come first served. */
  breathe(): Promise<void> | undefined {
    if (this.#disposed) return undefined;
    if (!this.#turn) this.#begin();
    else if (this.#head < this.#waiting.length || this.#isSpent()) {
      return new Promise(resolve => this.#waiting.push(resolve));
    }
    this.#released++;
    return undefined;
  }

  /** Nobody waits any more: the work that is left is only to end. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#turn?.[Symbol.dispose]();
    const waiting = this.#waiting.slice(this.#head);
    this.#waiting = [];
    this.#head = 0;
    for (const resolve of waiting) resolve();
  }

  #begin(): void {
    this.#startMs = this.#clock.monotonicMs();
    this.#released = 0;
    this.#turn = this.#clock.nextTurn(() => this.#end());
  }

  #end(): void {
    this.#turn = undefined;
    const tookMs = (this.#clock.monotonicMs() - this.#startMs) / Math.max(1, this.#released);
    this.#pieceMs += (tookMs - this.#pieceMs) * learningRate;
    if (this.#head === this.#waiting.length) return;
    this.#begin();
    void this.#release();
  }

  #isSpent(): boolean {
    if (this.#released * this.#pieceMs >= budgetMs) return true;
    return this.#clock.monotonicMs() - this.#startMs >= budgetMs;
  }

  /** One after the other, so that those who are let go share the turn. */
  async #release(): Promise<void> {
    while (this.#head < this.#waiting.length && (this.#released === 0 || !this.#isSpent())) {
      this.#released++;
      this.#waiting[this.#head++]!();
      // It goes on in a promise's turn of its own.
      await undefined;
      await undefined;
    }
    this.#waiting.splice(0, this.#head);
    this.#head = 0;
  }
}
