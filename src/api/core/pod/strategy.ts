import type { FieldError } from '#machinery/field.ts';
import type { Strategy, StrategyContext } from '../../definition.ts';
import type { Pod } from '../../generated/types/core.v1.ts';
import { mirrorServiceAccount, setPodDefaults } from './defaults.ts';
import { qosClass } from './qos.ts';
import { validateEphemeralUpdate, validatePod, validatePodUpdate } from './validate-pod.ts';
import { warnOfPod } from './warnings.ts';
import { validatePodResize } from './validate-resize.ts';
import { validatePodStatusUpdate } from './validate-status.ts';
import { mergeLabelKeys } from './label-keys.ts';

function prepareForCreate(pod: Pod, context: StrategyContext): void {
  pod.status = { phase: 'Pending', qosClass: qosClass(pod) };
  if (!pod.spec) return;
  mirrorServiceAccount(pod.spec);
  mergeLabelKeys(pod.spec, pod.metadata.labels ?? {});
  if (pod.spec.schedulingGates?.length) {
    pod.status.conditions = [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ];
  }
  warnOfPod(pod, context);
}

function prepareForUpdate(pod: Pod, old: Pod): void {
  if (!pod.spec) return;
  mirrorServiceAccount(pod.spec);
  if (old.spec?.ephemeralContainers) {
    pod.spec.ephemeralContainers = structuredClone(old.spec.ephemeralContainers);
  } else delete pod.spec.ephemeralContainers;
}

/** Each way to write a pod may change something else. */
function validateUpdate(pod: Pod, old: Pod, { subresource }: StrategyContext): FieldError[] {
  if (subresource === '') return validatePodUpdate(pod, old);
  if (subresource === 'ephemeralcontainers') return validateEphemeralUpdate(pod, old);
  return subresource === 'resize' ? validatePodResize(pod, old) : [];
}

/** Quality of service never changes; who reports a status without it keeps it. */
function prepareForStatusUpdate(pod: Pod, old: Pod): void {
  pod.status ??= {};
  if (!pod.status.qosClass && old.status?.qosClass) pod.status.qosClass = old.status.qosClass;
}

/** The client's wish, else the pod's own; a pod that never reached a node, or has ended, goes at once. */
function gracePeriodSeconds(pod: Pod, requested: number | undefined): number {
  const period = requested ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
  const phase = pod.status?.phase;
  if (!pod.spec?.nodeName || phase === 'Failed' || phase === 'Succeeded') return 0;
  return period < 0 ? 1 : period;
}

/** How pods are admitted. */
export const podStrategy: Strategy<Pod> = {
  setDefaults: setPodDefaults,
  prepareForCreate,
  prepareForUpdate,
  validate: (pod, _context, old) => validatePod(pod, old),
  validateUpdate,
  prepareForStatusUpdate,
  validateStatusUpdate: validatePodStatusUpdate,
  gracePeriodSeconds,
  returnDeletedObject: true,
  generation: true,
};
