import type { Clock } from './clock.ts';
import { Fifo } from './fifo.ts';

/**
 * While the heap is marked, the engine adds to a turn some five times what its own work takes; and whoever asks for little
 * meanwhile waits for the turn's end.
 */
const usualBudgetMs = 1;

/** Asked between two pieces of a long work; what it answers is awaited. */
export type Breathe = () => Promise<void> | undefined;

/** How much of what a turn's pieces of work took the estimate takes over. */
const learningRate = 0.25;

/** A map that is added to and deleted from all the time has each table that it outgrows live on until a full collection. */
const queuesMax = 4096;

/** Turns of promises from being let go on to the end of a work that nothing else has to be waited for. */
const stepsOfWork = 4;

/**
 * Lets the event loop turn now and then: work that waits on promises alone would hold it until all is done. Shared by all
 * who work on one event loop, or each would take a slice of the same turn. What is let go has still to do its work, so a
 * turn is spent by the clock, or by as many as took that long in the turns before. The clock says what a turn is; on
 * virtual time, where work takes none, next to nothing ever waits.
 */
export class TimeSlice implements Disposable {
  readonly #clock: Clock;
  /** What a turn may take. */
  readonly #budgetMs: number;
  /** Set from the first call of a turn of the event loop to the turn's end. */
  #turn: Disposable | undefined;
  #startMs = 0;
  /** Let go in this turn. */
  #released = 0;
  /** What one who is let go takes of a turn, as the last turns have it. */
  #pieceMs = 0;
  /** What each has waiting. Whoever has nothing is kept for the next time: see `queuesMax`. */
  #queues = new Map<string, Fifo<() => void>>();
  /** Those that hold anything; whoever has waited longest first. */
  readonly #waiting = new Fifo<Fifo<() => void>>();
  #disposed = false;

  constructor(clock: Clock, budgetMs = usualBudgetMs) {
    this.#clock = clock;
    this.#budgetMs = budgetMs;
  }

  /**
   * Undefined while there is time left in this turn; otherwise resolves in a later one. Those who wait take turns, each in its
   * own order: what one of them has to do, however much, keeps nobody else waiting.
   */
  breathe(who = ''): Promise<void> | undefined {
    if (this.#disposed) return undefined;
    if (!this.#turn) this.#begin();
    else if (this.#waiting.size > 0 || this.#isSpent()) {
      return new Promise(resolve => this.#wait(who, resolve));
    }
    this.#released++;
    return undefined;
  }

  /** Nobody waits any more: the work that is left is only to end. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#turn?.[Symbol.dispose]();
    while (this.#waiting.size > 0) this.#next()();
  }

  #wait(who: string, goOn: () => void): void {
    let queue = this.#queues.get(who);
    if (!queue) {
      queue = new Fifo();
      // Queues that are forgotten while they hold anything come to their turns all the same.
      if (this.#queues.size >= queuesMax) this.#queues = new Map();
      this.#queues.set(who, queue);
    }
    queue.push(goOn);
    if (queue.size === 1) this.#waiting.push(queue);
  }

  /** Of whoever has waited longest, who goes to the end. */
  #next(): () => void {
    const queue = this.#waiting.shift()!;
    const goOn = queue.shift()!;
    if (queue.size > 0) this.#waiting.push(queue);
    return goOn;
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
    if (this.#waiting.size === 0) return;
    this.#begin();
    void this.#release();
  }

  #isSpent(): boolean {
    if (this.#released * this.#pieceMs >= this.#budgetMs) return true;
    return this.#clock.monotonicMs() - this.#startMs >= this.#budgetMs;
  }

  /** One after the other, so that those who are let go share the turn. */
  async #release(): Promise<void> {
    while (this.#waiting.size > 0 && (this.#released === 0 || !this.#isSpent())) {
      this.#released++;
      this.#next()();
      // It goes on in promises' turns of its own.
      for (let step = 0; step < stepsOfWork; step++) await undefined;
    }
  }
}
