import type { PodSpec } from '../../generated/types/core.v1.ts';

/** The feature by which a container's end can restart all of its pod (KEP-5532). */
export const restartAllContainersFeature = 'RestartAllContainersOnContainerExits';

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

const none: readonly string[] = [];
