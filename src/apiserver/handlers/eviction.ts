import type { Pod } from '#api/generated/types/core.v1.ts';
import type { Eviction, PodDisruptionBudget } from '#api/generated/types/policy.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { parseSelectorObject } from '#machinery/selectors.ts';
import { StatusError, statusError } from '#machinery/status.ts';
import { decodeAs } from '../decode.ts';
import { deleteObject } from '../resources/delete.ts';
import { updateObject } from '../resources/update.ts';
import { type WriteContext, keyOf } from '../resources/write-context.ts';
import type { ApiResponse } from '../response.ts';
import { type ResourceRequest, type Services, writeContext } from './context.ts';
import { successStatus } from './success.ts';

const terminal = new Set(['Succeeded', 'Failed', 'Pending']);

/** POST pods/NAME/eviction: a delete that the pod's disruption budget must allow. */
export async function evictionHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const eviction = decodeAs(services, call, 'io.k8s.api.policy.v1.Eviction') as Eviction;
  const { name } = call.info;
  if (eviction.metadata.name && eviction.metadata.name !== name) {
    throw statusError.badRequest('name in URL does not match name in Eviction object');
  }
  const context = writeContext(call);
  const pod = call.served.cache.get(keyOf(context, name))?.object as Pod | undefined;
  if (!pod) throw statusError.notFound(call.served.what, name);
  if (needsBudget(pod)) await spendBudget(services, call, pod);
  const options = (eviction.deleteOptions ?? {}) as Parameters<typeof deleteObject>[3];
  const dryRun = context.dryRun || eviction.deleteOptions?.dryRun?.length;
  if (!dryRun) await markEvicted(services, { ...context, subresource: 'status' }, name);
  await deleteObject(services, context, name, options);
  return { type: 'value', status: 201, value: successStatus(201) };
}

/** Says on the pod why it goes (KEP-3329): a Job's failure policy asks. */
async function markEvicted(services: Services, context: WriteContext, name: string): Promise<void> {
  await updateObject(services, context, name, current => {
    const next = structuredClone(current as Pod);
    delete next.metadata.resourceVersion;
    const others = next.status?.conditions?.filter(other => other.type !== 'DisruptionTarget') ?? [];
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'EvictionByEvictionAPI',
      message: 'Eviction API: evicting',
      lastTransitionTime: toRfc3339(services.clock.now()),
      ...(next.metadata.generation ? { observedGeneration: next.metadata.generation } : {}),
    };
    next.status = { ...next.status, conditions: [...others, condition] };
    return next;
  });
}

function needsBudget(pod: Pod): boolean {
  return !terminal.has(pod.status?.phase ?? '') && !pod.metadata.deletionTimestamp;
}

async function spendBudget(services: Services, call: ResourceRequest, pod: Pod): Promise<void> {
  const budgets = services.catalog.find('policy', 'v1', 'poddisruptionbudgets')!;
  const covering = budgets.cache
    .list(`${pod.metadata.namespace}/`, '', 0)
    .entries.map(entry => entry.object as PodDisruptionBudget)
    .filter(budget => covers(budget, pod));
  if (covering.length === 0) return;
  if (covering.length > 1) {
    throw statusError.internal(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  const budget = covering[0]!;
  const context = {
    ...writeContext({ ...call, served: budgets }),
    namespace: pod.metadata.namespace!,
    subresource: 'status',
  };
  await updateObject(services, context, budget.metadata.name!, current =>
    spent(services, current as PodDisruptionBudget, pod),
  );
}

function covers(budget: PodDisruptionBudget, pod: Pod): boolean {
  const { selector } = budget.spec ?? {};
  return selector !== undefined && parseSelectorObject(selector).matches(pod.metadata.labels ?? {});
}

function spent(services: Services, budget: PodDisruptionBudget, pod: Pod): PodDisruptionBudget {
  const { status } = budget;
  if (status?.disruptionsAllowed === undefined || status.disruptionsAllowed <= 0) throw refusal(budget);
  const next = structuredClone(budget);
  delete next.metadata.resourceVersion;
  next.status = {
    ...next.status!,
    disruptionsAllowed: status.disruptionsAllowed - 1,
    disruptedPods: { ...status.disruptedPods, [pod.metadata.name!]: toRfc3339(services.clock.now()) },
  };
  return next;
}

function refusal(budget: PodDisruptionBudget): StatusError {
  const { status } = statusError.tooManyRequests(
    "Cannot evict pod as it would violate the pod's disruption budget.",
    0,
  );
  const { name } = budget.metadata;
  const { desiredHealthy = 0, currentHealthy = 0 } = budget.status ?? {};
  const message = `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  return new StatusError({ ...status, details: { causes: [{ reason: 'DisruptionBudget', message }] } });
}
