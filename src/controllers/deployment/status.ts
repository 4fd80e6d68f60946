import { toRfc3339 } from '#base/clock.ts';
import type { Deployment, DeploymentCondition, DeploymentStatus } from '#api/generated/types/apps.v1.ts';
import { findCondition, withoutCondition } from '../shared/conditions.ts';
import { timeMs } from '../shared/time.ts';
import { allOf, fenceposts, type Sets, sizeOf, sum, wantedReplicas } from './sets.ts';

// Upstream writes MaxInt32 for "no deadline".
const noDeadline = 0x7fffffff;

export const progressReasons = {
  found: 'FoundNewReplicaSet',
  created: 'NewReplicaSetCreated',
  createFailed: 'ReplicaSetCreateError',
  updated: 'ReplicaSetUpdated',
  available: 'NewReplicaSetAvailable',
  timedOut: 'ProgressDeadlineExceeded',
  paused: 'DeploymentPaused',
  resumed: 'DeploymentResumed',
} as const;

type Status = DeploymentStatus;

export function hasDeadline(deployment: Deployment): boolean {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== noDeadline;
}

export function progressing(deployment: Deployment): DeploymentCondition | undefined {
  return findCondition(deployment.status?.conditions, 'Progressing');
}

/** The counts and the Available condition. */
export function countedStatus(deployment: Deployment, sets: Sets, nowMs: number): Status {
  const all = allOf(sets);
  const available = sum(all, set => set.status?.availableReplicas);
  const { collisionCount, conditions } = deployment.status ?? {};
  // As long as one set does not say, nobody knows.
  const saysTerminating = all.every(set => set.status?.terminatingReplicas !== undefined);
  const enough = available >= wantedReplicas(deployment) - fenceposts(deployment).maxUnavailable;
  const status: Status = {
    observedGeneration: deployment.metadata.generation,
    replicas: sum(all, set => set.status?.replicas),
    updatedReplicas: sets.current?.status?.replicas ?? 0,
    readyReplicas: sum(all, set => set.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(all, sizeOf) - available),
    ...(saysTerminating ? { terminatingReplicas: sum(all, set => set.status?.terminatingReplicas) } : {}),
    conditions: conditions ?? [],
    ...(collisionCount ? { collisionCount } : {}),
  };
  return withCondition(
    status,
    enough
      ? condition(
          'Available',
          'True',
          'MinimumReplicasAvailable',
          'Deployment has minimum availability.',
          nowMs,
        )
      : condition(
          'Available',
          'False',
          'MinimumReplicasUnavailable',
          'Deployment does not have minimum availability.',
          nowMs,
        ),
  );
}

/** The counts with what they say of the rollout's progress, and with the failures of the sets. */
export function rolloutStatus(deployment: Deployment, sets: Sets, nowMs: number): Status {
  let status = countedStatus(deployment, sets, nowMs);
  if (!hasDeadline(deployment)) status = without(status, 'Progressing');
  else if (!wasComplete(deployment, status)) status = withProgress(deployment, sets, status, nowMs);
  const failure = replicaFailure(sets);
  return failure ? withCondition(status, failure) : without(status, 'ReplicaFailure');
}

/** A rollout that was done stays done until the template changes; a scaling is no new rollout. */
function wasComplete(deployment: Deployment, status: Status): boolean {
  return (
    status.replicas === status.updatedReplicas &&
    progressing(deployment)?.reason === progressReasons.available
  );
}

function withProgress(deployment: Deployment, sets: Sets, status: Status, nowMs: number): Status {
  const what = sets.current
    ? `ReplicaSet ${JSON.stringify(sets.current.metadata.name)}`
    : `Deployment ${JSON.stringify(deployment.metadata.name)}`;
  const say = (state: string, reason: string, text: string) =>
    condition('Progressing', state, reason, `${what} ${text}`, nowMs);
  if (isComplete(deployment, status)) {
    return withCondition(status, say('True', progressReasons.available, 'has successfully progressed.'));
  }
  if (hasProgressed(deployment, status)) {
    const next = say('True', progressReasons.updated, 'is progressing.');
    const before = progressing(deployment);
    // Each bit of progress moves lastUpdateTime, which the deadline counts from.
    const kept =
      before?.status === 'True' ? { ...next, lastTransitionTime: before.lastTransitionTime } : next;
    return withCondition(without(status, 'Progressing'), kept);
  }
  if (hasTimedOut(deployment, status, nowMs)) {
    return withCondition(status, say('False', progressReasons.timedOut, 'has timed out progressing.'));
  }
  return status;
}

export function isComplete(deployment: Deployment, status: Status): boolean {
  const wanted = wantedReplicas(deployment);
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function hasProgressed(deployment: Deployment, status: Status): boolean {
  const before = deployment.status ?? {};
  const olds = (of: Status) => (of.replicas ?? 0) - (of.updatedReplicas ?? 0);
  return (
    (status.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    olds(status) < olds(before) ||
    (status.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function hasTimedOut(deployment: Deployment, status: Status, nowMs: number): boolean {
  const current = findCondition(status.conditions, 'Progressing');
  if (!current || current.reason === progressReasons.available) return false;
  if (current.reason === progressReasons.timedOut) return true;
  return deadlineMs(deployment, current) < nowMs;
}

function deadlineMs(deployment: Deployment, current: DeploymentCondition): number {
  return timeMs(current.lastUpdateTime) + (deployment.spec?.progressDeadlineSeconds ?? 0) * 1000;
}

/** When to look whether a rollout that shows no sign of life has passed its deadline; undefined: no need to. */
export function deadlineCheckMs(deployment: Deployment, status: Status, nowMs: number): number | undefined {
  const current = progressing(deployment);
  if (!current || !hasDeadline(deployment) || isComplete(deployment, status)) return undefined;
  if (current.reason === progressReasons.timedOut || current.reason === progressReasons.available)
    return undefined;
  return Math.max(0, deadlineMs(deployment, current) - nowMs) + 1000;
}

function replicaFailure(sets: Sets): DeploymentCondition | undefined {
  const first = sets.current ? [sets.current, ...sets.old] : sets.old;
  for (const set of first) {
    const failure = findCondition(set.status?.conditions, 'ReplicaFailure');
    if (failure) return { ...failure, lastUpdateTime: failure.lastTransitionTime };
  }
  return undefined;
}

export function condition(
  type: string,
  status: string,
  reason: string,
  message: string,
  nowMs: number,
): DeploymentCondition {
  const now = toRfc3339(nowMs);
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message };
}

/** Sets a condition; one that says the same, for the same reason, stays as it is. */
export function withCondition(status: Status, next: DeploymentCondition): Status {
  const before = findCondition(status.conditions, next.type);
  if (before?.status === next.status && before.reason === next.reason) return status;
  const placed =
    before?.status === next.status ? { ...next, lastTransitionTime: before.lastTransitionTime } : next;
  return { ...status, conditions: [...withoutCondition(status.conditions, next.type), placed] };
}

function without(status: Status, type: string): Status {
  return { ...status, conditions: withoutCondition(status.conditions, type) };
}
