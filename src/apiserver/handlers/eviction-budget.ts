import type { Pod } from '#api/generated/types/core.v1.ts';
import type { PodDisruptionBudget } from '#api/generated/types/policy.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { parseSelectorObject } from '#machinery/selectors.ts';
import { StatusError, statusError } from '#machinery/status.ts';
import { updateObject } from '../resources/update.ts';
import type { WriteContext } from '../resources/write-context.ts';
import type { Services } from './context.ts';

/** More evictions than the budget's controller has seen to happen are not granted. */
const disruptedPodsMax = 2000;

interface Allowance {
  /** It holds for this state of the pod alone. */
  readonly depends: boolean;
  /** The budget that let the pod go for being unhealthy. */
  readonly budget?: string;
}

/** Takes one disruption off the budget that covers the pod, if one does. Throws TooManyRequests where none is left. */
export async function spendBudget(services: Services, context: WriteContext, pod: Pod): Promise<Allowance> {
  const budgets = services.catalog.find('policy', 'v1', 'poddisruptionbudgets')!;
  const [budget, another] = budgets.cache
    .list(`${pod.metadata.namespace}/`, '', 0)
    .entries.map(entry => entry.object as PodDisruptionBudget)
    .filter(candidate => covers(candidate, pod));
  if (!budget) return { depends: false };
  if (another) throw ambiguous();
  if (mayGoUnhealthy(budget, pod)) return { depends: true, budget: budget.metadata.name! };
  const asked = { ...context, served: budgets, subresource: 'status' };
  await updateObject(services, asked, budget.metadata.name!, current =>
    spent(services, current as PodDisruptionBudget, pod),
  );
  return { depends: false };
}

function covers(budget: PodDisruptionBudget, pod: Pod): boolean {
  const selector = budget.spec?.selector && parseSelectorObject(budget.spec.selector);
  return selector?.matches(pod.metadata.labels ?? {}) ?? false;
}

/** A pod that is not ready is not counted as healthy, so that nothing is spent (KEP-3017). */
function mayGoUnhealthy({ spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  const isReady = pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  if (isReady) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

function spent(services: Services, budget: PodDisruptionBudget, pod: Pod): PodDisruptionBudget {
  const { status, metadata } = budget;
  const { disruptionsAllowed = 0, disruptedPods = {} } = status ?? {};
  const forbid = (why: string) =>
    statusError.forbidden({ group: 'policy', resource: 'poddisruptionbudget' }, metadata.name!, why);
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) throw processing(metadata.name!);
  if (disruptionsAllowed < 0) throw forbid('pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > disruptedPodsMax) {
    throw forbid('DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  }
  if (disruptionsAllowed === 0) throw exhausted(budget);
  const next = structuredClone(budget);
  delete next.metadata.resourceVersion;
  const now = toRfc3339(services.clock.now());
  next.status = {
    ...next.status!,
    disruptionsAllowed: disruptionsAllowed - 1,
    disruptedPods: { ...disruptedPods, [pod.metadata.name!]: now },
  };
  if (disruptionsAllowed === 1) markExhausted(next, now);
  return next;
}

function markExhausted({ status }: PodDisruptionBudget, now: string): void {
  const type = 'DisruptionAllowed';
  const before = status!.conditions?.find(condition => condition.type === type);
  const condition = {
    type,
    status: 'False',
    reason: 'InsufficientPods',
    message: before?.message ?? '',
    lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : now,
    ...(status!.observedGeneration ? { observedGeneration: status!.observedGeneration } : {}),
  };
  const others = status!.conditions?.filter(other => other.type !== type) ?? [];
  status!.conditions = [...others, condition];
}

function tooMany(retryAfterSeconds: number, message: string): StatusError {
  const { status } = statusError.tooManyRequests(
    "Cannot evict pod as it would violate the pod's disruption budget.",
    retryAfterSeconds,
  );
  const causes = [{ reason: 'DisruptionBudget', message }];
  return new StatusError({
    ...status,
    details: { ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}), causes },
  });
}

/** The budget does not say yet what it allows. */
export function processing(name: string): StatusError {
  return tooMany(10, `The disruption budget ${name} is still being processed by the server.`);
}

function exhausted({ metadata: { name }, status }: PodDisruptionBudget): StatusError {
  const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {};
  return tooMany(
    0,
    `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
  );
}

function ambiguous(): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message:
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    code: 500,
  });
}
