import type { Clock } from '#base/clock.ts';

/** What is done of it in one turn: writes to as many sockets take some 5 ms. */
const atOnceMax = 500;

/**
 * Work that is left for the end of a turn: one microtask does all of it, for a microtask of its own costs each a tenth of
 * the write that it leads to, and a change may have hundreds of watchers. Where there are more, the next turns do the rest.
 */
export class TurnEnd {
  readonly #clock: Clock;
  #works: (() => void)[] = [];
  #isDue = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** First come, first served. `work` must not throw. */
  do(work: () => void): void {
    this.#works.push(work);
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(this.#run);
  }

  readonly #run = (): void => {
    const works = this.#works;
    this.#works = works.length > atOnceMax ? works.splice(atOnceMax) : [];
    this.#isDue = this.#works.length > 0;
    if (this.#isDue) this.#clock.nextTurn(this.#run);
    for (const work of works) work();
  };
}
