import type { Clock } from '#base/clock.ts';

/** What is written in one turn: to encrypt as much takes some 5 ms. */
const atOnceBytesMax = 8 << 20;
/** What it costs to write at all, in bytes that are encrypted in that time: 80 us, which it takes while little is written. */
const writeBytes = 128 << 10;

/** Writes what has come together, and answers how many bytes that was. Must not throw. */
export type TurnEndWork = () => number;

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
    let done = 0;
    for (let bytes = 0; done < works.length && bytes < atOnceBytesMax; )
      bytes += writeBytes + works[done++]!();
    // What the work itself left for the end of the turn comes behind.
    this.#works = done === works.length ? this.#works : works.slice(done).concat(this.#works);
    this.#isDue = this.#works.length > 0;
    if (this.#isDue) this.#clock.nextTurn(this.#run);
  };
}
