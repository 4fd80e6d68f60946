import type { Pod } from '#api/generated/types/core.v1.ts';
import type { RuntimeClass } from '#api/generated/types/node.v1.ts';
import { parseAmounts } from '#api/pod-totals.ts';
import { deepEqual } from '#base/equal.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { forbidden } from './denial.ts';
import { type AdmissionPlugin, creationOf } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

type Amounts = Readonly<Record<string, string>>;

const mismatch = "Pod's Overhead doesn't match RuntimeClass's defined Overhead";

/** A pod takes its runtime class' overhead, node selector and tolerations (KEP-688), and has no other overhead. */
export function runtimeClass(classes: ResourceCache): AdmissionPlugin {
  return {
    name: 'RuntimeClass',
    concerns: creationOf('core/pods'),
    mutate(request) {
      const { spec } = request.object as Pod;
      const found = spec && classOf(request, classes);
      if (!found) return;
      const overhead = found.overhead?.podFixed;
      if (overhead) {
        if (spec.overhead && !sameAmounts(spec.overhead, overhead)) throw rejected(request, mismatch);
        spec.overhead = { ...overhead };
      }
      const { nodeSelector = {}, tolerations = [] } = found.scheduling ?? {};
      for (const [key, value] of Object.entries(nodeSelector)) {
        const own = spec.nodeSelector?.[key];
        if (own !== undefined && own !== value)
          throw forbidden(
            request,
            `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
          );
        spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
      }
      const missing = tolerations.filter(one => !spec.tolerations?.some(other => deepEqual(one, other)));
      if (missing.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...structuredClone(missing)];
    },
    validate(request) {
      const { spec } = request.object as Pod;
      const overhead = classOf(request, classes)?.overhead?.podFixed;
      if (overhead) {
        if (!sameAmounts(spec?.overhead, overhead)) throw rejected(request, mismatch);
      } else if (spec?.overhead) {
        throw rejected(request, 'Pod Overhead set without corresponding RuntimeClass defined Overhead');
      }
    },
  };
}

function rejected(request: AdmissionRequest, why: string) {
  return forbidden(request, `pod rejected: ${why}`);
}

function classOf(request: AdmissionRequest, classes: ResourceCache): RuntimeClass | undefined {
  const wanted = (request.object as Pod).spec?.runtimeClassName;
  if (!wanted) return undefined;
  const found = classes.get(wanted)?.object as RuntimeClass | undefined;
  if (!found) throw rejected(request, `RuntimeClass ${JSON.stringify(wanted)} not found`);
  return found;
}

/** Whether they say the same of each resource, in whatever units. */
function sameAmounts(a: Amounts | undefined, b: Amounts): boolean {
  const [left, right] = [parseAmounts(a), parseAmounts(b)];
  return left.size === right.size && [...left].every(([name, amount]) => right.get(name)?.equals(amount));
}
