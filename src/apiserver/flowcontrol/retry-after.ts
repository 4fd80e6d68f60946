import type { Clock } from '#base/clock.ts';

const secondsMax = 32;

interface Second {
  readonly at: number;
  count: number;
}

/**
 * How long those who are turned away should wait, in seconds: twice as long each time that three in a second still are,
 * and a second less once few are (upstream's droppedRequestsTracker).
 */
export class RetryAfter {
  readonly #clock: Clock;
  /** The last seconds in which anybody was turned away, the latest last. */
  #dropped: Second[] = [];
  #seconds = 1;
  #raisedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get seconds(): number {
    return this.#seconds;
  }

  /** Somebody is turned away. */
  drop(): void {
    const at = Math.floor(this.#clock.monotonicMs() / 1000);
    const last = this.#dropped.at(-1);
    if (last?.at === at) {
      last.count++;
      return;
    }
    this.#adjust(at);
    this.#dropped = this.#dropped.filter(second => at - second.at <= secondsMax);
    this.#dropped.push({ at, count: 1 });
  }

  #adjust(at: number): void {
    const recent = this.#dropped.filter(second => at - second.at <= this.#seconds);
    const count = recent.reduce((sum, second) => sum + second.count, 0);
    if (at - this.#raisedAt >= this.#seconds && count >= 3 * this.#seconds) {
      this.#seconds = Math.min(secondsMax, this.#seconds * 2);
      this.#raisedAt = at;
    } else if (count < this.#seconds && this.#seconds > 1) {
      this.#seconds--;
    }
  }
}
