import type { Clock } from './clock.ts';

const budgetMs = 8;

/**
 * Lets the event loop turn now and then: work that waits on promises alone would hold it until all is done. The turn is
 * a timer of the clock, so that on virtual time a run stays a function of its inputs.
 */
export class TimeSlice implements Disposable {
  readonly #clock: Clock;
  #startMs: number;
  #turn: Promise<void> | undefined;
  #endTurn: (() => void) | undefined;
  #timer: Disposable | undefined;
  #disposed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  /** Resolves at once, or after a turn of the event loop when the slice is used up. */
  breathe(): Promise<void> {
    if (this.#turn) return this.#turn;
    if (this.#disposed || this.#clock.monotonicMs() - this.#startMs < budgetMs) return Promise.resolve();
    this.#turn = new Promise(resolve => {
      this.#endTurn = () => {
        this.#startMs = this.#clock.monotonicMs();
        this.#turn = undefined;
        resolve();
      };
      this.#timer = this.#clock.after(0, this.#endTurn);
    });
    return this.#turn;
  }

  /** Nobody waits any more: the work that is left is only to end. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer?.[Symbol.dispose]();
    this.#endTurn?.();
  }
}
