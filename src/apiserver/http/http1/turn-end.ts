import type { Clock } from '#base/clock.ts';

/** What a turn's writing may take: some 25 small frames, or to encrypt 4 MiB. */
const budgetMs = 2;

/** Writes what has come together. Must not throw. */
export type TurnEndWork = () => void;

/**
 * Work that is left for the end of a turn: one microtask does all of it, for a microtask of its own costs each a tenth of
 * the write that it leads to, and a change may have hundreds of watchers. Where there is more, the next turns do the rest.
 */
export class TurnEnd {
  readonly #clock: Clock;
  #works: TurnEndWork[] = [];
  #isDue = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** First come, first served. */
  do(work: TurnEndWork): void {
    this.#works.push(work);
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(this.#run);
  }

  readonly #run = (): void => {
    const works = this.#works;
    this.#works = [];
    const untilMs = this.#clock.monotonicMs() + budgetMs;
    let done = 0;
    do works[done++]!();
    while (done < works.length && this.#clock.monotonicMs() < untilMs);
    // What the work itself left for the end of the turn comes behind.
    this.#works = done === works.length ? this.#works : works.slice(done).concat(this.#works);
    this.#isDue = this.#works.length > 0;
    if (this.#isDue) this.#clock.nextTurn(this.#run);
  };
}
