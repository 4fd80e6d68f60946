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
const allowedType = 'DisruptionAllowed';

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
  const expectedPods = expected(budget, pods, scale);
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

/** A budget without a limit allows nothing. */
function expected(budget: PodDisruptionBudget, pods: readonly Pod[], scale: number): number {
  if (dependsOnScale(budget)) return scale;
  return budget.spec?.minAvailable === undefined ? 0 : pods.length;
}

function desired({ spec }: PodDisruptionBudget, expected: number): number {
  if (spec?.maxUnavailable === undefined) return scaledValue(spec?.minAvailable, expected, true);
  return Math.max(0, expected - scaledValue(spec.maxUnavailable, expected, true));
}

/** The status of a budget of whose pods nobody can say how many there should be: nothing may be disrupted. */
export function failedStatus(
  { status }: PodDisruptionBudget,
  message: string,
  nowMs: number,
): PodDisruptionBudgetStatus {
  const allowed: Condition = {
    type: allowedType,
    status: 'False',
    reason: 'SyncFailed',
    message,
    observedGeneration: status?.observedGeneration,
    lastTransitionTime: toRfc3339(nowMs),
  };
  return {
    ...{ currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    ...status,
    disruptionsAllowed: 0,
    conditions: withAllowed(status?.conditions ?? [], allowed),
  };
}

/** Pods whose eviction was allowed so long ago that it will not come any more. */
export function overdue(budget: PodDisruptionBudget, pods: readonly Pod[], nowMs: number): Pod[] {
  const since = budget.status?.disruptedPods ?? {};
  return pods.filter(({ metadata }) => {
    const time = Object.hasOwn(since, metadata.name!) ? since[metadata.name!] : undefined;
    return time && !metadata.deletionTimestamp && nowMs >= timeMs(time) + evictionWaitMs;
  });
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
  return withAllowed(budget.status?.conditions ?? [], {
    type: allowedType,
    status: allowed ? 'True' : 'False',
    reason: allowed ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration: budget.metadata.generation,
    lastTransitionTime: toRfc3339(nowMs),
  });
}

function withAllowed(before: readonly Condition[], next: Condition): Condition[] {
  const old = before.find(({ type }) => type === allowedType);
  const lastTransitionTime = old?.status === next.status ? old.lastTransitionTime : next.lastTransitionTime;
  return [...before.filter(({ type }) => type !== allowedType), { ...next, lastTransitionTime }];
}
