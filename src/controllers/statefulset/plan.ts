/** What a StatefulSet does next to its pods: a pure function of what is there. */
import type { StatefulSet } from '#api/generated/types/apps.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { isPodAvailable, isPodReady, isPodTerminal } from '../shared/pods.ts';
import { firstOrdinal, ordinalOf, revisionOfPod } from './identity.ts';

export type Step =
  | { readonly type: 'create'; readonly ordinal: number; readonly revision: 'current' | 'update' }
  | { readonly type: 'delete'; readonly pod: Pod; readonly why: 'ended' | 'surplus' | 'outdated' };

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

/** In order, one pod at a time unless podManagementPolicy is Parallel: make, then remove, then update. */
export function planSteps(situation: Situation): Step[] {
  const { set } = situation;
  const ordered = set.spec?.podManagementPolicy !== 'Parallel';
  const start = firstOrdinal(set);
  const end = start + (set.spec?.replicas ?? 1);
  const byOrdinal = new Map(situation.pods.map(pod => [ordinalOf(set, pod), pod]));
  const steps: Step[] = [];
  for (let ordinal = start; ordinal < end; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    const step = fillStep(situation, ordinal, pod);
    if (step) steps.push(step);
    if (ordered && (step || !isHealthy(situation, pod!))) return steps;
  }
  const condemned = [...byOrdinal]
    .filter(([ordinal]) => ordinal < start || ordinal >= end)
    .sort(([a], [b]) => b - a);
  const firstUnhealthy = condemned.findLast(([, pod]) => !isHealthy(situation, pod))?.[1];
  for (const [, pod] of condemned) {
    // Only the lowest of those that are not well may go before it is.
    if (ordered && pod !== firstUnhealthy && !isHealthy(situation, pod)) return steps;
    if (!pod.metadata.deletionTimestamp) steps.push({ type: 'delete', pod, why: 'surplus' });
    if (ordered) return steps;
  }
  return steps.length > 0 ? steps : updateSteps(situation, byOrdinal, start, end);
}

function fillStep(situation: Situation, ordinal: number, pod: Pod | undefined): Step | undefined {
  if (!pod) return { type: 'create', ordinal, revision: revisionFor(situation, ordinal) };
  if (isPodTerminal(pod) && !pod.metadata.deletionTimestamp) return { type: 'delete', pod, why: 'ended' };
  return undefined;
}

/** What a rolling update has not come to yet is made anew as it was. */
function revisionFor({ set, currentReplicas }: Situation, ordinal: number): 'current' | 'update' {
  const strategy = set.spec?.updateStrategy;
  if (strategy?.type === 'OnDelete') return 'update';
  const partition = strategy?.rollingUpdate?.partition;
  const start = firstOrdinal(set);
  const untouched = partition === undefined ? currentReplicas : partition;
  return ordinal < start + untouched ? 'current' : 'update';
}

function isHealthy({ set, nowMs }: Situation, pod: Pod): boolean {
  const { minReadySeconds = 0 } = set.spec ?? {};
  return (
    pod.status?.phase === 'Running' &&
    !pod.metadata.deletionTimestamp &&
    isPodAvailable(pod, minReadySeconds, nowMs)
  );
}

/** From the highest ordinal down to the partition; as many at a time as may be unavailable. */
function updateSteps(
  situation: Situation,
  byOrdinal: ReadonlyMap<number, Pod>,
  start: number,
  end: number,
): Step[] {
  const { set, updateRevision } = situation;
  const strategy = set.spec?.updateStrategy;
  if (strategy?.type === 'OnDelete') return [];
  const least = start + (strategy?.rollingUpdate?.partition ?? 0);
  for (let ordinal = end - 1; ordinal >= least; ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (!pod) return [];
    if (revisionOfPod(pod) !== updateRevision) {
      return pod.metadata.deletionTimestamp ? [] : [{ type: 'delete', pod, why: 'outdated' }];
    }
    if (!isHealthy(situation, pod)) return [];
  }
  return [];
}

/** The counts of status. */
export function countPods({
  set,
  pods,
  currentRevision,
  updateRevision,
  nowMs,
}: Omit<Situation, 'currentReplicas'>) {
  const { minReadySeconds = 0 } = set.spec ?? {};
  const staying = pods.filter(pod => !pod.metadata.deletionTimestamp);
  const running = pods.filter(pod => pod.status?.phase === 'Running' && isPodReady(pod));
  return {
    replicas: pods.length,
    readyReplicas: running.length,
    availableReplicas: running.filter(pod => isPodAvailable(pod, minReadySeconds, nowMs)).length,
    currentReplicas: staying.filter(pod => revisionOfPod(pod) === currentRevision).length,
    updatedReplicas: staying.filter(pod => revisionOfPod(pod) === updateRevision).length,
  };
}
