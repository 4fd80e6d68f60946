import { deepEqual } from '#base/equal.ts';
import type { PodSpec } from '../../generated/types/core.v1.ts';

/** The feature by which a container's end can restart all of its pod (KEP-5532). */
export const restartAllContainersFeature = 'RestartAllContainersOnContainerExits';

/** The feature by which the resources of a pod as a whole change while it runs (KEP-5419). */
export const podLevelResizeFeature = 'InPlacePodLevelResourcesVerticalScaling';

/** The feature by which init containers that are no sidecars change while they run (KEP-1287). */
export const initResizeFeature = 'InPlacePodVerticalScalingInitContainers';

/** The features that a node must declare to run such a pod, sorted (KEP-5328). */
export function requiredFeatures(spec: PodSpec | undefined): readonly string[] {
  for (const list of [spec?.containers, spec?.initContainers]) {
    for (const { restartPolicyRules } of list ?? []) {
      if (restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers')) {
        return [restartAllContainersFeature];
      }
    }
  }
  return none;
}

/** The features that a node must declare for a change of a pod that it has, sorted. */
export function requiredForUpdate(spec: PodSpec, old: PodSpec): readonly string[] {
  const isChanged = old.initContainers?.some(
    ({ restartPolicy, resources }, i) =>
      restartPolicy !== 'Always' && !deepEqual(resources, spec.initContainers?.[i]?.resources),
  );
  return [
    ...(deepEqual(old.resources, spec.resources) ? [] : [podLevelResizeFeature]),
    ...(isChanged ? [initResizeFeature] : []),
  ];
}

const none: readonly string[] = [];
