import type { Clock } from '#base/clock.ts';

/** One step of a start, and how long it took. */
export interface Step {
  readonly name: string;
  readonly ms: number;
}

/** Tells what is going on, and keeps the times for the report at the end. */
export class Steps {
  readonly done: Step[] = [];
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #onDone: (step: Step) => void;

  /** `startMs`: monotonic time of the very start. */
  constructor(clock: Clock, startMs: number, onDone: (step: Step) => void) {
    this.#clock = clock;
    this.#startMs = startMs;
    this.#onDone = onDone;
  }

  get totalMs(): number {
    return this.#clock.monotonicMs() - this.#startMs;
  }

  async run<T>(name: string, work: () => Promise<T> | T): Promise<T> {
    const start = this.#clock.monotonicMs();
    const result = await work();
    const step = { name, ms: this.#clock.monotonicMs() - start };
    this.done.push(step);
    this.#onDone(step);
    return result;
  }
}
