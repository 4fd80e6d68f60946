import type { Pod } from '#api/generated/types/core.v1.ts';
import type { PriorityClass } from '#api/generated/types/scheduling.v1.ts';
import { statusError } from '#machinery/status.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { type AdmissionPlugin, creationOf } from './plugin.ts';

/** Turns spec.priorityClassName into spec.priority and spec.preemptionPolicy. */
export function priority(classes: ResourceCache): AdmissionPlugin {
  return {
    name: 'Priority',
    concerns: creationOf('core/pods'),
    mutate({ served, object, name }) {
      const { spec } = object as Pod;
      if (!spec) return;
      const found = classFor(classes, spec.priorityClassName);
      if (spec.priorityClassName && !found) {
        throw statusError.forbidden(
          served.what,
          name,
          `no PriorityClass with name ${spec.priorityClassName} was found`,
        );
      }
      const value = found?.value ?? 0;
      if (spec.priority !== undefined && spec.priority !== value) {
        throw statusError.forbidden(
          served.what,
          name,
          `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
        );
      }
      if (found && !spec.priorityClassName) spec.priorityClassName = found.metadata.name!;
      spec.priority = value;
      spec.preemptionPolicy ??= found?.preemptionPolicy ?? 'PreemptLowerPriority';
    },
  };
}

function classFor(classes: ResourceCache, name: string | undefined): PriorityClass | undefined {
  if (name) return classes.get(name)?.object as PriorityClass | undefined;
  let best: PriorityClass | undefined;
  for (const { object } of classes.objects()) {
    const candidate = object as PriorityClass;
    if (candidate.globalDefault && (!best || (candidate.value ?? 0) < (best.value ?? 0))) best = candidate;
  }
  return best;
}
