import { toRfc3339 } from '#base/clock.ts';
import type { ReplicaSetCondition, ReplicaSetStatus } from '#api/generated/types/apps.v1.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import { findCondition, withoutCondition } from '../shared/conditions.ts';
import { messageOf } from '../shared/pod-control.ts';
import { isPodAvailable, isPodReady } from '../shared/pods.ts';
import { type Matcher, matcherOfLabels } from '../shared/selector.ts';
import type { ReplicaOwner } from './kinds.ts';
import type { LabelGroup } from './tally.ts';

const replicaFailure = 'ReplicaFailure';

/** What a status tells of an owner's pods. */
export interface PodCounts {
  readonly active: number;
  readonly fullyLabeled: number;
  readonly ready: number;
  readonly available: number;
  readonly terminating: number;
}

/** Looks at each of the `active` pods. */
export function countPods(
  owner: ReplicaOwner,
  active: readonly Pod[],
  terminating: number,
  nowMs: number,
): PodCounts {
  const matchesTemplate = matcherOfTemplate(owner);
  const minReadySeconds = owner.spec?.minReadySeconds ?? 0;
  let fullyLabeled = 0;
  let ready = 0;
  let available = 0;
  for (const pod of active) {
    if (matchesTemplate(pod)) fullyLabeled++;
    if (!isPodReady(pod)) continue;
    ready++;
    if (minReadySeconds === 0 || isPodAvailable(pod, minReadySeconds, nowMs)) available++;
  }
  return { active: active.length, fullyLabeled, ready, available, terminating };
}

/** The same for pods that were counted as they changed; whoever is ready is available at once. */
export function countGroups(owner: ReplicaOwner, groups: readonly LabelGroup[]): PodCounts {
  const matchesTemplate = matcherOfTemplate(owner);
  const counts = { active: 0, fullyLabeled: 0, ready: 0, available: 0, terminating: 0 };
  for (const { labels, active, ready, terminating } of groups) {
    counts.active += active;
    if (matchesTemplate({ metadata: { labels } })) counts.fullyLabeled += active;
    counts.ready += ready;
    counts.available += ready;
    counts.terminating += terminating;
  }
  return counts;
}

function matcherOfTemplate(owner: ReplicaOwner): Matcher {
  return matcherOfLabels(owner.spec?.template?.metadata?.labels ?? {});
}

/** The status that an owner's pods call for; `failure` is what kept it from managing them. */
export function replicaStatus(
  owner: ReplicaOwner,
  counts: PodCounts,
  failure: unknown,
  nowMs: number,
): ReplicaSetStatus {
  const conditions = conditionsAfter(owner, counts.active, failure, nowMs);
  return {
    replicas: counts.active,
    fullyLabeledReplicas: counts.fullyLabeled,
    readyReplicas: counts.ready,
    availableReplicas: counts.available,
    terminatingReplicas: counts.terminating,
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
