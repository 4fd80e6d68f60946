import { toRfc3339 } from '#base/clock.ts';
import type { ReplicaSetCondition, ReplicaSetStatus } from '#api/generated/types/apps.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { findCondition, withoutCondition } from '../shared/conditions.ts';
import { messageOf } from '../shared/pod-control.ts';
import { isPodAvailable, isPodReady } from '../shared/pods.ts';
import { matcherOfLabels } from '../shared/selector.ts';
import type { ReplicaOwner } from './kinds.ts';

const replicaFailure = 'ReplicaFailure';

/** The status that `active` and `terminating` pods of an owner call for; `failure` is what kept it from managing them. */
export function replicaStatus(
  owner: ReplicaOwner,
  active: readonly Pod[],
  terminating: readonly Pod[],
  failure: unknown,
  nowMs: number,
): ReplicaSetStatus {
  const matchesTemplate = matcherOfLabels(owner.spec?.template?.metadata?.labels ?? {});
  const minReadySeconds = owner.spec?.minReadySeconds ?? 0;
  const conditions = conditionsAfter(owner, active.length, failure, nowMs);
  let fullyLabeledReplicas = 0;
  let readyReplicas = 0;
  let availableReplicas = 0;
  for (const pod of active) {
    if (matchesTemplate(pod)) fullyLabeledReplicas++;
    if (!isPodReady(pod)) continue;
    readyReplicas++;
    if (minReadySeconds === 0 || isPodAvailable(pod, minReadySeconds, nowMs)) availableReplicas++;
  }
  return {
    replicas: active.length,
    fullyLabeledReplicas,
    readyReplicas,
    availableReplicas,
    terminatingReplicas: terminating.length,
    observedGeneration: owner.metadata.generation,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
}

function conditionsAfter(
  owner: ReplicaOwner,
  active: number,
  failure: unknown,
  nowMs: number,
): ReplicaSetCondition[] {
  const { conditions } = owner.status ?? {};
  if (failure === undefined) return withoutCondition(conditions, replicaFailure);
  if (findCondition(conditions, replicaFailure)) return [...(conditions ?? [])];
  const missing = (owner.spec?.replicas ?? 0) - active;
  const condition: ReplicaSetCondition = {
    type: replicaFailure,
    status: 'True',
    lastTransitionTime: toRfc3339(nowMs),
    reason: missing > 0 ? 'FailedCreate' : missing < 0 ? 'FailedDelete' : '',
    message: messageOf(failure),
  };
  return [...(conditions ?? []), condition];
}
