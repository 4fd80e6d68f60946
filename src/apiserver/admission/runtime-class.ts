import type { Pod } from '#api/generated/types/core.v1.ts';
import type { RuntimeClass } from '#api/generated/types/node.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { statusError } from '#machinery/status.ts';
import type { ResourceCache } from '../resources/resource-cache.ts';
import { type AdmissionPlugin, creationOf } from './plugin.ts';

/** A pod takes its runtime class' overhead, node selector and tolerations (KEP-688). */
export function runtimeClass(classes: ResourceCache): AdmissionPlugin {
  return {
    name: 'RuntimeClass',
    concerns: creationOf('core/pods'),
    mutate({ served, object, name }) {
      const { spec } = object as Pod;
      const wanted = spec?.runtimeClassName;
      if (!spec || !wanted) return;
      const refuse = (why: string) => statusError.forbidden(served.what, name, `pod rejected: ${why}`);
      const found = classes.get(wanted)?.object as RuntimeClass | undefined;
      if (!found) throw refuse(`RuntimeClass ${JSON.stringify(wanted)} not found`);
      const overhead = found.overhead?.podFixed;
      if (overhead) {
        if (spec.overhead && !deepEqual(spec.overhead, overhead))
          throw refuse("Pod's Overhead doesn't match RuntimeClass's defined Overhead");
        spec.overhead = { ...overhead };
      }
      const { nodeSelector = {}, tolerations = [] } = found.scheduling ?? {};
      for (const [key, value] of Object.entries(nodeSelector)) {
        const own = spec.nodeSelector?.[key];
        if (own !== undefined && own !== value)
          throw refuse(
            `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
          );
        spec.nodeSelector = { ...spec.nodeSelector, [key]: value };
      }
      const missing = tolerations.filter(one => !spec.tolerations?.some(other => deepEqual(one, other)));
      if (missing.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...structuredClone(missing)];
    },
  };
}
