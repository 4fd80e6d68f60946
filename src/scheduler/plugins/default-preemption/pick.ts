/** Which of the nodes that could be freed is freed. */
import type { PreemptionCandidate } from '../../framework/plugin.ts';

/** A candidate with what it would cost: of two, the one that is lower in the first number that differs hurts less. */
export interface PricedCandidate extends PreemptionCandidate {
  readonly costs: readonly number[];
}

// Priorities go down to the lowest int32: shifted, a sum of them tells few pods from many.
const priorityOffset = 2 ** 31;

export function priced(candidate: PreemptionCandidate): PricedCandidate {
  const { violations, victims } = candidate;
  const { priority: highest } = victims[0]!;
  let sum = 0;
  let earliestStartMs = Number.POSITIVE_INFINITY;
  for (const { pod, priority } of victims) {
    sum += priority + priorityOffset;
    const { startTime } = pod.status ?? {};
    if (startTime && priority === highest) {
      earliestStartMs = Math.min(earliestStartMs, Date.parse(startTime));
    }
  }
  return { ...candidate, costs: [violations, highest, sum, victims.length, -earliestStartMs] };
}

/** The candidate that hurts least; the first one among equals. */
export function pickCandidate<T extends PricedCandidate>(candidates: readonly T[]): T {
  let cheapest = candidates[0]!;
  for (const candidate of candidates) if (costsLess(candidate, cheapest)) cheapest = candidate;
  return cheapest;
}

function costsLess({ costs: a }: PricedCandidate, { costs: b }: PricedCandidate): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
}
