import { toRfc3339 } from '#base/clock.ts';
import type { FieldError } from '#machinery/field.ts';
import type { Strategy, StrategyContext } from '../../definition.ts';
import type { Pod, PodCondition, PodStatus } from '../../generated/types/core.v1.ts';
import { profilesFromAnnotations } from './app-armor.ts';
import { dropDisabled, mirrorServiceAccount, setPodDefaults } from './defaults.ts';
import { knownSpec } from './known-specs.ts';
import { qosClass } from './qos.ts';
import { validateEphemeralUpdate, validatePod, validatePodUpdate } from './validate-pod.ts';
import { podStatusWarnings, podWarnings } from './warnings.ts';
import { validatePodResize } from './validate-resize.ts';
import { validatePodStatusUpdate } from './validate-status.ts';
import { mergeLabelKeys } from './label-keys.ts';

function prepareForCreate(pod: Pod, context: StrategyContext): void {
  pod.status = { phase: 'Pending', qosClass: qosClass(pod) };
  if (!pod.spec) return;
  profilesFromAnnotations(pod, message => context.warn(message));
  mirrorServiceAccount(pod.spec);
  mergeLabelKeys(pod.spec, pod.metadata.labels ?? {});
  if (pod.spec.schedulingGates?.length) {
    const conditions = [
      {
        type: 'PodScheduled',
        status: 'False',
        lastProbeTime: null,
        lastTransitionTime: toRfc3339(context.nowMs),
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ];
    // A time that is not set is shown.
    pod.status.conditions = conditions as unknown as PodCondition[];
  }
}

function prepareForUpdate(pod: Pod): void {
  if (pod.spec) mirrorServiceAccount(pod.spec);
}

/** A new pod is warned of here, where its spec has been looked up. */
function validate(pod: Pod, context: StrategyContext, old?: Pod): FieldError[] {
  if (old) return validatePod(pod, old);
  const known = pod.spec && knownSpec(pod.spec);
  const errors = validatePod(pod, undefined, known);
  if (errors.length === 0 && !context.earlierErrors?.length) {
    for (const warning of podWarnings(pod, known)) context.warn(warning);
  }
  return errors;
}

/** Each way to write a pod may change something else. */
function validateUpdate(pod: Pod, old: Pod, { subresource }: StrategyContext): FieldError[] {
  if (subresource === '') return validatePodUpdate(pod, old);
  if (subresource === 'ephemeralcontainers') return validateEphemeralUpdate(pod, old);
  return subresource === 'resize' ? validatePodResize(pod, old) : [];
}

/** Who reports conditions without saying of which generation they are keeps that of the last report (KEP-5067). */
function keepObservedGenerations(now: PodStatus, old: PodStatus): void {
  if (!now.observedGeneration && old.observedGeneration) now.observedGeneration = old.observedGeneration;
  if (now.conditions?.every(condition => condition.observedGeneration) ?? true) return;
  const before = [...(old.conditions ?? [])];
  now.conditions = now.conditions!.map(condition => {
    const i = before.findIndex(({ type }) => type === condition.type);
    const { observedGeneration } = i < 0 ? {} : before.splice(i, 1)[0]!;
    return condition.observedGeneration || !observedGeneration
      ? condition
      : { ...condition, observedGeneration };
  });
}

/** Quality of service never changes; who reports a status without it keeps it. */
function prepareForStatusUpdate(pod: Pod, { metadata, status: old = {} }: Pod): void {
  if (!metadata.deletionTimestamp) delete pod.metadata.deletionTimestamp;
  pod.status ??= {};
  if (!pod.status.qosClass && old.qosClass) pod.status.qosClass = old.qosClass;
  keepObservedGenerations(pod.status, old);
  if (!old.nodeAllocatableResourceClaimStatuses) delete pod.status.nodeAllocatableResourceClaimStatuses;
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
  metadataPasses: { update: ['update', 'create'] },
  setDefaults: setPodDefaults,
  dropDisabled: ({ spec }) => dropDisabled(spec),
  prepareForCreate,
  prepareForUpdate,
  validate,
  validateUpdate,
  statusKeeps: ['ownerReferences'],
  prepareForStatusUpdate,
  validateStatusUpdate: validatePodStatusUpdate,
  statusWarnings: podStatusWarnings,
  gracePeriodSeconds,
  returnDeletedObject: true,
  generation: true,
};
