import type { Pod, PodCondition } from '#api/generated/types/core.v1.ts';
import type { Eviction } from '#api/generated/types/policy.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { statusError } from '#machinery/status.ts';
import { decodeAs } from '../decode.ts';
import { type DeleteOptions, checkPreconditions, deleteObject } from '../resources/delete.ts';
import { matchNamespace } from '../resources/request-namespace.ts';
import { updateObject } from '../resources/update.ts';
import { type WriteContext, keyOf } from '../resources/write-context.ts';
import type { ApiResponse } from '../response.ts';
import { trackNew, virtualAdmission, withoutAdmission } from './admit.ts';
import { type ResourceRequest, type Services, writeContext } from './context.ts';
import { checkDeleteOptions } from './options.ts';
import { processing, spendBudget } from './eviction-budget.ts';
import { successStatus } from './success.ts';

const ended = new Set(['Succeeded', 'Failed']);
const attemptsMax = 20;

/** POST pods/NAME/eviction: a delete that the pod's disruption budget must allow. */
export async function evictionHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const schema = 'io.k8s.api.policy.v1.Eviction';
  const eviction = decodeAs(services, call, schema, call.request.body, ['policy/v1beta1']) as Eviction;
  const { name, namespace } = call.info;
  matchNamespace(call.served, namespace, eviction);
  if (eviction.metadata.name !== name) {
    throw statusError.badRequest('name in URL does not match name in Eviction object');
  }
  const context = {
    ...writeContext(services, call),
    dryRun: isDryRun(call, eviction),
    fieldManager: undefined,
  };
  await trackNew(services, call, eviction, schema);
  const admission = virtualAdmission(services, call, 'CREATE', eviction);
  await admission.mutate();
  if (context.dryRun) eviction.deleteOptions = { dryRun: ['All'], ...eviction.deleteOptions };
  await admission.validate();
  const options = (eviction.deleteOptions ?? {}) as DeleteOptions;
  checkDeleteOptions(options, eviction.deleteOptions?.dryRun ?? []);
  await evict(withoutAdmission(services), context, name, options);
  return { type: 'value', status: 201, value: successStatus(201) };
}

function isDryRun({ request: { query } }: ResourceRequest, { deleteOptions }: Eviction): boolean {
  const [asked, told] = [query.getAll('dryRun'), deleteOptions?.dryRun ?? []];
  if (asked.length > 0 && told.length > 0 && asked.join() !== told.join()) {
    throw statusError.unclassified(
      `Non-matching dry-run options in request and content: [${asked.join(' ')}] and [${told.join(' ')}]`,
    );
  }
  return asked.length > 0 || told.length > 0;
}

/** The budget is asked about one state of the pod, and that one goes: what changed meanwhile is looked at anew. */
async function evict(
  services: Services,
  context: WriteContext,
  name: string,
  options: DeleteOptions,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const entry = context.served.cache.get(keyOf(context, name));
    if (!entry) throw statusError.notFound(context.served.what, name);
    const pod = entry.object as Pod;
    // Before anything is written: a pod that is another one stays as it is.
    checkPreconditions(context, name, options, entry);
    const checked = needsBudget(pod)
      ? await spendBudget(services, context, pod)
      : { depends: isPending(pod) };
    const now = context.served.cache.get(keyOf(context, name))?.object.metadata.resourceVersion;
    if (checked.depends && now !== pod.metadata.resourceVersion) {
      if (checked.budget !== undefined) throw processing(checked.budget);
      if (attempt < attemptsMax) continue;
      throw statusError.modified(context.served.what, name);
    }
    if (!context.dryRun) await markEvicted(services, { ...context, subresource: 'status' }, name);
    const { resourceVersion: _, ...preconditions } = options.preconditions ?? {};
    await deleteObject(services, context, name, { ...options, preconditions });
    return;
  }
}

/** Ended and ending pods are no loss any more, and those that have not begun none yet. */
function needsBudget(pod: Pod): boolean {
  return !ended.has(pod.status?.phase ?? '') && !isPending(pod) && !pod.metadata.deletionTimestamp;
}

function isPending(pod: Pod): boolean {
  return pod.status?.phase === 'Pending' && !pod.metadata.deletionTimestamp;
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
      lastProbeTime: null,
      lastTransitionTime: toRfc3339(services.clock.now()),
      reason: 'EvictionByEvictionAPI',
      message: 'Eviction API: evicting',
    };
    // A time that is not set is shown.
    next.status = { ...next.status, conditions: [...others, condition as unknown as PodCondition] };
    return next;
  });
}
