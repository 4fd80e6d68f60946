/** Which of the nodes that could be freed is freed. */
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { PreemptionCandidate as Candidate } from '../../framework/plugin.ts';

// Priorities go down to the lowest int32: shifted, a sum of them tells few pods from many.
const priorityOffset = 2 ** 31;

/** Each says how bad a candidate is; the next decides only among equals. */
const criteria: readonly ((candidate: Candidate) => number)[] = [
  candidate => candidate.violations,
  candidate => candidate.victims[0]!.priority,
  candidate => candidate.victims.reduce((sum, victim) => sum + victim.priority + priorityOffset, 0),
  candidate => candidate.victims.length,
  candidate => -earliestStart(candidate),
];

/** Pods are asked again and again, and never change. */
const starts = new WeakMap<Pod, number>();

function startOf(pod: Pod): number {
  let startMs = starts.get(pod);
  if (startMs === undefined) {
    startMs = Date.parse(pod.status?.startTime ?? '9999-12-31T00:00:00Z');
    starts.set(pod, startMs);
  }
  return startMs;
}

/** The earliest start among the victims of the highest priority. */
function earliestStart({ victims }: Candidate): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (const { pod, priority } of victims) {
    if (priority === victims[0]!.priority) earliest = Math.min(earliest, startOf(pod));
  }
  return earliest;
}

/** The candidate that hurts least; the first one among equals. */
export function pickCandidate(candidates: readonly Candidate[]): Candidate {
  let left = candidates;
  for (const cost of criteria) {
    if (left.length === 1) break;
    const costs = left.map(cost);
    const min = Math.min(...costs);
    left = left.filter((_, i) => costs[i] === min);
  }
  return left[0]!;
}
