import { type Random, randomInt } from '#base/random.ts';

/** First and last number of a range; empty where the last is the lower. */
export type Span = readonly [first: number, last: number];

/** A free number of the first span that has one, searched for from a random start; undefined where none has. */
export function fromSpans(
  spans: readonly Span[],
  random: Random,
  isFree: (number: number) => boolean,
): number | undefined {
  for (const [first, last] of spans) {
    const count = last - first + 1;
    if (count <= 0) continue;
    const start = randomInt(random, count);
    for (let i = 0; i < count; i++) {
      const number = first + ((start + i) % count);
      if (isFree(number)) return number;
    }
  }
  return undefined;
}
