import { createHash } from 'node:crypto';

/**
 * The queues that a flow may use: a hand dealt from a deck without repeats, so that two flows rarely share all of
 * theirs (KEP-1040; AWS' shuffle sharding). The same flow has the same hand always.
 */
export function dealHand(flow: string, deckSize: number, handSize: number): number[] {
  let left = createHash('sha256').update(flow).digest().readBigUInt64LE(0);
  const drawn: number[] = [];
  for (let i = 0; i < handSize; i++) {
    const size = BigInt(deckSize - i);
    drawn.push(Number(left % size));
    left /= size;
  }
  // Each draw counts among the cards that were left: earlier ones move it up.
  return drawn.map((card, i) => {
    let place = card;
    for (let j = i - 1; j >= 0; j--) if (place >= drawn[j]!) place++;
    return place;
  });
}
