import type { Breathe } from './time-slice.ts';

/** Long work that stops between its pieces, so that others need not wait for all of it. */
export type Steps<T> = Generator<undefined, T, undefined>;

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
