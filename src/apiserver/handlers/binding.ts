import type { Binding, Pod } from '#api/generated/types/core.v1.ts';
import { toRfc3339 } from '#base/clock.ts';
import { cloneJson } from '#base/equal.ts';
import { fieldError } from '#machinery/field.ts';
import { statusError } from '#machinery/status.ts';
import { decodeAs } from '../decode.ts';
import { updateObject } from '../resources/update.ts';
import type { ApiResponse } from '../response.ts';
import { admit, withoutAdmission } from './admit.ts';
import { type ResourceRequest, type Services, writeContext } from './context.ts';
import { successStatus } from './success.ts';

/** POST pods/NAME/binding, and the older POST bindings: sets spec.nodeName, once. */
export async function bindingHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const binding = decodeAs(services, call, 'io.k8s.api.core.v1.Binding') as Binding;
  const name = call.info.name || binding.metadata.name || '';
  checkTarget(binding, name);
  const pods = services.catalog.find('', 'v1', 'pods')!;
  const asked = { ...call, served: pods, info: { ...call.info, subresource: 'binding' } };
  await admit(services, asked, 'CREATE', binding, { name });
  const context = { ...writeContext(asked), fieldManager: undefined };
  await updateObject(withoutAdmission(services), context, name, current =>
    bound(services, current as Pod, binding, name),
  );
  return { type: 'value', status: 201, value: successStatus(201) };
}

function checkTarget(binding: Binding, name: string): void {
  const { kind = '', name: node = '' } = binding.target ?? {};
  const errors = [
    ...(kind === '' || kind === 'Node'
      ? []
      : [fieldError.notSupported('target.kind', kind, ['Node', '<empty>'])]),
    ...(node === '' ? [fieldError.required('target.name')] : []),
  ];
  if (errors.length > 0) throw statusError.invalid({ group: '', kind: 'Binding' }, name, errors);
}

function bound(services: Services, pod: Pod, binding: Binding, name: string): Pod {
  const conflict = (why: string) => statusError.conflict({ group: '', resource: 'pods/binding' }, name, why);
  const { uid } = binding.metadata;
  if (uid && uid !== pod.metadata.uid) {
    throw conflict(
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`,
    );
  }
  if (pod.metadata.deletionTimestamp)
    throw conflict(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec?.nodeName)
    throw conflict(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  if (pod.spec?.schedulingGates?.length) throw conflict(`pod ${name} has non-empty .spec.schedulingGates`);
  const next = cloneJson(pod);
  delete next.metadata.resourceVersion;
  next.spec!.nodeName = binding.target.name!;
  const { annotations, labels } = binding.metadata;
  if (annotations) next.metadata.annotations = { ...next.metadata.annotations, ...annotations };
  if (labels) next.metadata.labels = { ...next.metadata.labels, ...labels };
  markScheduled(next, toRfc3339(services.clock.now()));
  return next;
}

function markScheduled(pod: Pod, now: string): void {
  const condition = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null as unknown as string,
    lastTransitionTime: now,
    ...(pod.metadata.generation ? { observedGeneration: pod.metadata.generation } : {}),
  };
  const others = pod.status?.conditions?.filter(other => other.type !== 'PodScheduled') ?? [];
  pod.status = { ...pod.status, conditions: [...others, condition] };
}
