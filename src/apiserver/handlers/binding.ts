import type { Binding, Pod } from '#api/generated/types/core.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { fieldError, fieldErrorsText } from '#machinery/field.ts';
import { statusError } from '#machinery/status.ts';
import { decodeAs } from '../decode.ts';
import { matchNamespace } from '../resources/request-namespace.ts';
import { rewriteObject } from '../resources/rewrite.ts';
import { upstreamKey } from '../resources/upstream-key.ts';
import type { WriteContext } from '../resources/write-context.ts';
import type { ApiResponse } from '../response.ts';
import { admit, trackNew } from './admit.ts';
import { type ResourceRequest, type Services, writeContext } from './context.ts';
import { successStatus } from './success.ts';

const bindingSchema = 'io.k8s.api.core.v1.Binding';
const preconditions = [
  ['uid', 'UID'],
  ['resourceVersion', 'ResourceVersion'],
] as const;

/** POST pods/NAME/binding, and the older POST bindings: sets spec.nodeName, once. */
export async function bindingHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const binding = decodeAs(services, call, bindingSchema) as Binding;
  matchNamespace(call.served, call.info.namespace, binding);
  const name = call.info.name || binding.metadata.name || '';
  if ((binding.metadata.name ?? '') !== name) {
    throw statusError.badRequest('name in URL does not match name in Binding object');
  }
  checkTarget(binding);
  if (name === '') throw statusError.badRequest('Name parameter required.');
  const pods = services.catalog.find('', 'v1', 'pods')!;
  await trackNew(services, call, binding, bindingSchema);
  await admit(services, call, 'CREATE', binding, { name });
  const context = writeContext(services, { ...call, served: pods });
  await rewriteObject(services, context, name, current => {
    checkPreconditions(context, current as Pod, binding, name);
    return bound(services, current as Pod, binding, name);
  });
  return { type: 'value', status: 201, value: successStatus(201) };
}

/** What is wrong with a target is no Invalid upstream: its error is returned as it is. */
function checkTarget(binding: Binding): void {
  const { kind = '', name: node = '' } = binding.target ?? {};
  const errors = [
    ...(kind === '' || kind === 'Node'
      ? []
      : [fieldError.notSupported('target.kind', kind, ['Node', '<empty>'])]),
    ...(node === '' ? [fieldError.required('target.name')] : []),
  ];
  if (errors.length > 0) throw statusError.unclassified(fieldErrorsText(errors));
}

/** As upstream's storage says it. */
function checkPreconditions(context: WriteContext, pod: Pod, binding: Binding, name: string): void {
  const { served, namespace, dryRun } = context;
  for (const [field, what] of preconditions) {
    const wanted = binding.metadata[field];
    const found = pod.metadata[field];
    if (!wanted || wanted === found) continue;
    const key = upstreamKey(served.stored, namespace, name, dryRun);
    const failed = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`;
    const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${failed}`;
    throw statusError.conflict(served.what, name, why);
  }
}

function bound(services: Services, pod: Pod, binding: Binding, name: string): Pod {
  const conflict = (why: string) => statusError.conflict({ group: '', resource: 'pods/binding' }, name, why);
  if (pod.metadata.deletionTimestamp)
    throw conflict(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec?.nodeName)
    throw conflict(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  if (pod.spec?.schedulingGates?.length) throw conflict(`pod ${name} has non-empty .spec.schedulingGates`);
  const { annotations, labels } = binding.metadata;
  const { resourceVersion: _, ...metadata } = pod.metadata;
  if (annotations) metadata.annotations = { ...metadata.annotations, ...annotations };
  if (labels) metadata.labels = { ...metadata.labels, ...labels };
  return {
    ...pod,
    metadata,
    spec: { ...pod.spec!, nodeName: binding.target.name! },
    status: scheduledStatus(pod, toRfc3339(services.clock.now())),
  };
}

/** Where the pod was to go says nothing more now that it is there (KEP-5278). */
function scheduledStatus({ status }: Pod, now: string): Pod['status'] {
  const condition = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null as unknown as string,
    lastTransitionTime: now,
  };
  const others = status?.conditions?.filter(other => other.type !== 'PodScheduled') ?? [];
  const { nominatedNodeName: _, ...rest } = status ?? {};
  return { ...rest, conditions: others.concat(condition) };
}
