import type { Breathe } from './time-slice.ts';

/** Long work that stops between its pieces, so that others need not wait for all of it. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Counts small pieces of a long work: says of one in so many that the work may stop after it. */
export class Pace {
  readonly #every: number;
  #pieces = 0;

  constructor(every: number) {
    this.#every = every;
  }

  get isDue(): boolean {
    this.#pieces++;
    return this.#pieces % this.#every === 0;
  }
}

/** Does the work, and lets the event loop turn where `breathe` asks for it. */
export async function inSteps<T>(steps: Steps<T>, breathe: Breathe): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    const waiting = breathe();
    if (waiting) await waiting;
  }
}

/** Does the work at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
