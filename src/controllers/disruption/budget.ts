/** What a PodDisruptionBudget allows: a pure function of its pods and of how many there should be. */
import { toRfc3339 } from '#base/clock.ts';
import type { Condition } from '#api/generated/types/meta.v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '#api/generated/types/policy.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { scaledValue } from '../shared/int-or-percent.ts';
import { isPodReady } from '../shared/pods.ts';
import { timeMs } from '../shared/time.ts';

// An eviction that was allowed and has not happened after this long will not.
export const evictionWaitMs = 120_000;

/** How many pods there should be decides only where the budget is a share of them. */
export function dependsOnScale({ spec }: PodDisruptionBudget): boolean {
  return spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === 'string';
}

/** `scale`: how many pods the controllers of `pods` should keep. */
export function budgetStatus(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  scale: number,
  nowMs: number,
): PodDisruptionBudgetStatus {
  const expectedPods = dependsOnScale(budget) ? scale : pods.length;
  const desiredHealthy = desired(budget, expectedPods);
  const disruptedPods = stillDisrupted(budget, pods, nowMs);
  const currentHealthy = pods.filter(
    pod => isPodReady(pod) && !pod.metadata.deletionTimestamp && !(pod.metadata.name! in disruptedPods),
  ).length;
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  const { generation } = budget.metadata;
  return {
    observedGeneration: generation,
    ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    conditions: conditionsAfter(budget, disruptionsAllowed > 0, nowMs),
  };
}

function desired({ spec }: PodDisruptionBudget, expected: number): number {
  if (spec?.maxUnavailable === undefined) return scaledValue(spec?.minAvailable, expected, true);
  return Math.max(0, expected - scaledValue(spec.maxUnavailable, expected, true));
}

/** Pods whose eviction was allowed, and that are neither gone nor going yet. */
function stillDisrupted(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  nowMs: number,
): Record<string, string> {
  const waiting = Object.entries(budget.status?.disruptedPods ?? {}).filter(([name, since]) => {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    return pod && !pod.metadata.deletionTimestamp && nowMs < timeMs(since) + evictionWaitMs;
  });
  return Object.fromEntries(waiting);
}

function conditionsAfter(budget: PodDisruptionBudget, allowed: boolean, nowMs: number): Condition[] {
  const before = budget.status?.conditions ?? [];
  const type = 'DisruptionAllowed';
  const old = before.find(condition => condition.type === type);
  const status = allowed ? 'True' : 'False';
  const next: Condition = {
    type,
    status,
    reason: allowed ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration: budget.metadata.generation,
    lastTransitionTime: old?.status === status ? old.lastTransitionTime : toRfc3339(nowMs),
  };
  return [...before.filter(condition => condition.type !== type), next];
}
