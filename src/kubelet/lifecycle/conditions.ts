import { toRfc3339 } from '#base/clock.ts';
import type { Pod, PodCondition } from '../types.ts';

/** A condition before its times are known. */
export interface ConditionFacts {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
}

/** The conditions that the kubelet writes; every other one is carried over as it is. */
export const kubeletConditionTypes: ReadonlySet<string> = new Set([
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
  'PodResizePending',
  'PodResizeInProgress',
  'AllContainersRestarting',
]);

/** Adds times and generation: the time of a transition stays while the status does. */
export function stampConditions(pod: Pod, facts: readonly ConditionFacts[], nowMs: number): PodCondition[] {
  const old = pod.status?.conditions ?? [];
  const generation = pod.metadata.generation;
  return facts.map(({ type, status, reason, message }) => {
    const before = old.find(condition => condition.type === type);
    return {
      type,
      ...(generation ? { observedGeneration: generation } : {}),
      status,
      lastProbeTime: null as unknown as string,
      lastTransitionTime:
        (before?.status === status ? before.lastTransitionTime : undefined) ?? toRfc3339(nowMs),
      ...(reason ? { reason } : {}),
      ...(message ? { message } : {}),
    };
  });
}
