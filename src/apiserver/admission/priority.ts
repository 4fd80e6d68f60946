import type { Pod } from '#api/generated/types/core.v1.ts';
import type { PriorityClass } from '#api/generated/types/scheduling.v1.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { forbidden } from './denial.ts';
import type { AdmissionPlugin, RequestKind } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

const classesBucket = 'scheduling.k8s.io/priorityclasses';

/** Turns spec.priorityClassName into spec.priority and spec.preemptionPolicy; one class at most is the default. */
export function priority(classes: ResourceCache): AdmissionPlugin {
  return {
    name: 'Priority',
    concerns: isPrioritized,
    mutate(request) {
      if (request.served.bucket === classesBucket) return;
      const { spec } = request.object as Pod;
      const before = (request.old as Pod | undefined)?.spec;
      if (!spec) return;
      if (request.operation === 'CREATE') resolve(request, spec, classes);
      else keep(spec, before);
    },
    validate(request) {
      if (request.served.bucket !== classesBucket || !(request.object as PriorityClass).globalDefault) return;
      const found = defaultClass(classes)?.metadata.name;
      if (found === undefined || (request.operation === 'UPDATE' && found === request.name)) return;
      throw forbidden(
        request,
        `PriorityClass ${found} is already marked as default. Only one default can exist`,
      );
    },
  };
}

function isPrioritized({ served, operation, subresource }: RequestKind): boolean {
  const isWritten = operation === 'CREATE' || operation === 'UPDATE';
  return (
    isWritten && subresource === '' && (served.bucket === 'core/pods' || served.bucket === classesBucket)
  );
}

type Spec = NonNullable<Pod['spec']>;

function resolve(request: AdmissionRequest, spec: Spec, classes: ResourceCache): void {
  const wanted = spec.priorityClassName;
  const found = wanted ? (classes.get(wanted)?.object as PriorityClass | undefined) : defaultClass(classes);
  if (wanted && !found) throw forbidden(request, `no PriorityClass with name ${wanted} was found`);
  const value = found?.value ?? 0;
  const policy = found ? found.preemptionPolicy : 'PreemptLowerPriority';
  const mismatch = (what: string, own: unknown, computed: unknown) =>
    forbidden(
      request,
      `the ${what} (${own}) must not be provided in pod spec; priority admission controller computed ${computed} from the given PriorityClass name`,
    );
  if (spec.priority !== undefined && spec.priority !== value)
    throw mismatch('integer value of priority', spec.priority, value);
  if (policy && spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy)
    throw mismatch('string value of PreemptionPolicy', spec.preemptionPolicy, policy);
  if (found && !wanted) spec.priorityClassName = found.metadata.name!;
  spec.priority = value;
  if (policy) spec.preemptionPolicy = policy;
}

/** What was computed for the pod when it was made stays where a client leaves it out. */
function keep(spec: Spec, before: Spec | undefined): void {
  if (before?.priority !== undefined) spec.priority ??= before.priority;
  if (before?.preemptionPolicy !== undefined) spec.preemptionPolicy ??= before.preemptionPolicy;
}

/** Of several, which only a race can leave, the one of the lowest value. */
function defaultClass(classes: ResourceCache): PriorityClass | undefined {
  let best: PriorityClass | undefined;
  for (const { object } of classes.objects()) {
    const candidate = object as PriorityClass;
    if (candidate.globalDefault && (!best || (candidate.value ?? 0) < (best.value ?? 0))) best = candidate;
  }
  return best;
}
