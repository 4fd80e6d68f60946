/** What a StatefulSet does next to its pods: pure functions of what is there. */
import type { StatefulSet } from '#api/generated/types/apps.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { scaledValue } from '../shared/int-or-percent.ts';
import { isPodAvailable, isPodReady, isPodTerminal } from '../shared/pods.ts';
import { firstOrdinal, ordinalOf, revisionOfPod } from './identity.ts';

export type Step =
  | { readonly type: 'create'; readonly ordinal: number; readonly revision: 'current' | 'update' }
  | { readonly type: 'delete'; readonly pod: Pod }
  /** Make the claims that a waiting pod lacks. */
  | { readonly type: 'provide'; readonly pod: Pod }
  /** Give the pod its labels, and its claims the owners that the retention policy asks for. */
  | { readonly type: 'conform'; readonly pod: Pod };

export interface Situation {
  readonly set: StatefulSet;
  readonly pods: readonly Pod[];
  /** Names of revisions. */
  readonly currentRevision: string;
  readonly updateRevision: string;
  /** Pods of the current revision that are not going. */
  readonly currentReplicas: number;
  readonly nowMs: number;
}

/** Steps in order: phases one after the other, and each begins only when the one before went well. */
export type Plan = readonly (readonly Step[])[];

export function isOrdered(set: StatefulSet): boolean {
  return set.spec?.podManagementPolicy !== 'Parallel';
}

/** The places that there should be. A pod elsewhere is surplus. */
interface Places {
  readonly start: number;
  readonly end: number;
  readonly pods: ReadonlyMap<number, Pod>;
  /** Highest ordinal first. */
  readonly surplus: readonly Pod[];
}

/** First fill the places, then remove what is surplus, then update. Ordered: one pod at a time, each after the one before is well. */
export function planSteps(situation: Situation): Plan {
  const places = placesOf(situation);
  const plan: Step[][] = [];
  const goOn = fill(situation, places, plan) && shrink(situation, places, plan) && updates(situation.set);
  if (goOn) plan.push(updateSteps(situation, places));
  return plan.filter(steps => steps.length > 0);
}

type Members = Pick<Situation, 'set' | 'pods' | 'nowMs'>;

function placesOf({ set, pods }: Members): Places {
  const start = firstOrdinal(set);
  const end = start + (set.spec?.replicas ?? 1);
  const byOrdinal = new Map(pods.map(pod => [ordinalOf(set, pod), pod]));
  const surplus = [...byOrdinal]
    .filter(([ordinal]) => ordinal < start || ordinal >= end)
    .sort(([a], [b]) => b - a)
    .map(([, pod]) => pod);
  return { start, end, pods: byOrdinal, surplus };
}

/** false: what comes next must wait. */
function fill(situation: Situation, { start, end, pods }: Places, plan: Step[][]): boolean {
  const ordered = isOrdered(situation.set);
  const steps: Step[] = [];
  plan.push(steps);
  for (let ordinal = start; ordinal < end; ordinal++) {
    const pod = pods.get(ordinal);
    const step = fillStep(situation, ordinal, pod);
    if (step) steps.push(step);
    if (pod?.status?.phase === 'Pending') steps.push({ type: 'provide', pod });
    if (ordered && (step || !isHealthy(situation, pod!))) return false;
    if (pod && !step && !isPodTerminal(pod)) steps.push({ type: 'conform', pod });
  }
  return true;
}

function fillStep(situation: Situation, ordinal: number, pod: Pod | undefined): Step | undefined {
  if (!pod) return { type: 'create', ordinal, revision: revisionFor(situation, ordinal) };
  return isPodTerminal(pod) && isStaying(pod) ? { type: 'delete', pod } : undefined;
}

/** What a rolling update has not come to yet is made anew as it was. */
function revisionFor({ set, currentReplicas }: Situation, ordinal: number): 'current' | 'update' {
  const strategy = set.spec?.updateStrategy;
  if (strategy?.type === 'OnDelete') return 'update';
  const untouched = strategy?.rollingUpdate?.partition ?? currentReplicas;
  return ordinal < firstOrdinal(set) + untouched ? 'current' : 'update';
}

/** false: what comes next must wait. */
function shrink(situation: Situation, { surplus }: Places, plan: Step[][]): boolean {
  plan.push(surplus.map(pod => ({ type: 'conform', pod })));
  if (!isOrdered(situation.set)) {
    plan.push(surplus.filter(isStaying).map(pod => ({ type: 'delete', pod })));
    return true;
  }
  const [next] = surplus;
  if (!next) return true;
  // Only the lowest of those that are not well may go before it is.
  const lowestUnhealthy = surplus.findLast(pod => !isHealthy(situation, pod));
  if (isStaying(next) && (isHealthy(situation, next) || next === lowestUnhealthy)) {
    plan.push([{ type: 'delete', pod: next }]);
  }
  return false;
}

function isStaying(pod: Pod): boolean {
  return !pod.metadata.deletionTimestamp;
}

function isHealthy(situation: Members, pod: Pod): boolean {
  return isStaying(pod) && isAvailable(situation, pod);
}

function isAvailable({ set, nowMs }: Members, pod: Pod): boolean {
  return pod.status?.phase === 'Running' && isPodAvailable(pod, set.spec?.minReadySeconds ?? 0, nowMs);
}

function updates(set: StatefulSet): boolean {
  return set.spec?.updateStrategy?.type !== 'OnDelete';
}

/**
 * From the highest ordinal down to the partition, as many as may be unavailable (KEP-961). With Parallel management, old
 * pods that serve nobody go first, and need no budget: they would use it up for good.
 */
function updateSteps(situation: Situation, { start, end, pods }: Places): Step[] {
  const { set, updateRevision } = situation;
  const { most, unavailable } = unavailabilityAt(situation, { start, end, pods });
  const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  const outdated: Pod[] = [];
  for (let ordinal = end - 1; ordinal >= start; ordinal--) {
    const pod = pods.get(ordinal);
    const old = pod && isStaying(pod) && revisionOfPod(pod) !== updateRevision;
    if (old && ordinal >= start + partition) outdated.push(pod);
  }
  const budget = Math.max(0, most - unavailable);
  const idle = isOrdered(set) ? [] : outdated.filter(pod => !isHealthy(situation, pod));
  const serving = outdated.filter(pod => !idle.includes(pod));
  return [...idle, ...serving.slice(0, budget)].map(pod => ({ type: 'delete', pod }));
}

/** How many pods may be unavailable while they are updated, and how many are; undefined where nothing rolls by itself. */
export function unavailability(members: Members): { most: number; unavailable: number } | undefined {
  return updates(members.set) ? unavailabilityAt(members, placesOf(members)) : undefined;
}

function unavailabilityAt(members: Members, { start, end, pods }: Omit<Places, 'surplus'>) {
  const { maxUnavailable = 1 } = members.set.spec?.updateStrategy?.rollingUpdate ?? {};
  let unavailable = 0;
  for (let ordinal = start; ordinal < end; ordinal++) {
    const pod = pods.get(ordinal);
    if (!pod || !isHealthy(members, pod)) unavailable++;
  }
  return { most: Math.max(1, scaledValue(maxUnavailable, end - start, false)), unavailable };
}

/** The counts of status. */
export function countPods(situation: Omit<Situation, 'currentReplicas'>) {
  const { pods, currentRevision, updateRevision } = situation;
  const staying = pods.filter(isStaying);
  const running = pods.filter(pod => pod.status?.phase === 'Running' && isPodReady(pod));
  return {
    replicas: pods.length,
    readyReplicas: running.length,
    availableReplicas: running.filter(pod => isAvailable(situation, pod)).length,
    currentReplicas: staying.filter(pod => revisionOfPod(pod) === currentRevision).length,
    updatedReplicas: staying.filter(pod => revisionOfPod(pod) === updateRevision).length,
  };
}
