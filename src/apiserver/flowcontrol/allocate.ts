/** One priority level's wish for seats. */
export interface SeatClaim {
  readonly target: number;
  readonly least: number;
  readonly most: number;
}

/** Seats in the order of the claims, and the fraction of its target that each got, as far as its bounds let it. */
export interface Allocation {
  readonly seats: readonly number[];
  readonly fraction: number;
}

const leastTarget = 0.001;
const rounds = 100;

/**
 * Shares `total` seats so that each gets the same fraction of its target, within its bounds. What the bounds make
 * impossible comes out as near as they let it.
 */
export function allocateSeats(total: number, claims: readonly SeatClaim[]): Allocation {
  // The sum only grows with the fraction, so that halving finds it.
  let low = 0;
  let high = 1;
  while (sumAt(claims, high) < total && high < 1e12) high *= 2;
  for (let round = 0; round < rounds; round++) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (sumAt(claims, middle) < total) low = middle;
    else high = middle;
  }
  return { seats: claims.map(claim => seatsAt(claim, high)), fraction: high };
}

function seatsAt({ target, least, most }: SeatClaim, fraction: number): number {
  return Math.max(least, Math.min(most, fraction * Math.max(target, leastTarget)));
}

function sumAt(claims: readonly SeatClaim[], fraction: number): number {
  let sum = 0;
  for (const claim of claims) sum += seatsAt(claim, fraction);
  return sum;
}
