/** One priority level's wish for seats. */
export interface SeatClaim {
  readonly target: number;
  readonly least: number;
  readonly most: number;
}

const leastTarget = 0.001;
const rounds = 100;

/**
 * Shares `total` seats so that each gets the same fraction of its target, within its bounds. What the bounds make
 * impossible comes out as near as they let it.
 */
export function allocateSeats(total: number, claims: readonly SeatClaim[]): number[] {
  const at = (fraction: number) =>
    claims.map(({ target, least, most }) =>
      Math.max(least, Math.min(most, fraction * Math.max(target, leastTarget))),
    );
  const sum = (seats: readonly number[]) => seats.reduce((all, one) => all + one, 0);
  // The sum only grows with the fraction, so that halving finds it.
  let low = 0;
  let high = 1;
  while (sum(at(high)) < total && high < 1e12) high *= 2;
  for (let round = 0; round < rounds; round++) {
    const middle = (low + high) / 2;
    if (sum(at(middle)) < total) low = middle;
    else high = middle;
  }
  return at(high);
}
