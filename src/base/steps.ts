import type { Breathe } from './time-slice.ts';

/** Long work that stops between its pieces, so that others need not wait for all of it. */
export type Steps<T> = Generator<undefined, T, unknown>;

/** The same, which waits for promises too: whatever it yields is waited for, and what came of that goes back to it. */
export type Work<T> = Generator<Promise<unknown> | undefined, T, unknown>;

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

/** What may be a promise, for work to go on with. */
export function* waitFor<T>(value: T | Promise<T>): Work<T> {
  return value instanceof Promise ? ((yield value) as T) : value;
}

/** Does the work, and lets the event loop turn between its pieces where `breathe` asks for it; absent, nowhere. */
export async function inSteps<T>(work: Work<T>, breathe?: Breathe): Promise<T> {
  let step = work.next();
  while (!step.done) {
    const waiting = step.value ?? breathe?.();
    if (!waiting) {
      step = work.next();
      continue;
    }
    let result: unknown;
    try {
      result = await waiting;
    } catch (error) {
      step = work.throw(error);
      continue;
    }
    step = work.next(result);
  }
  return step.value;
}

/** Does the work at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
