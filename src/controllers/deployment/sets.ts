import type { Deployment, ReplicaSet } from '#api/generated/types/apps.v1.ts';
import type { PodTemplateSpec } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { integerProblem } from '#machinery/go-values.ts';
import { scaledValue } from '../shared/int-or-percent.ts';
import { byCreation } from '../shared/time.ts';

export const templateHashLabel = 'pod-template-hash';
export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const revisionHistoryAnnotation = 'deployment.kubernetes.io/revision-history';
export const desiredReplicasAnnotation = 'deployment.kubernetes.io/desired-replicas';
export const maxReplicasAnnotation = 'deployment.kubernetes.io/max-replicas';
export const rollbackAnnotation = 'deprecated.deployment.rollback.to';

// Annotations of a Deployment that say nothing of its ReplicaSets.
const notCopied = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  rollbackAnnotation,
]);
const revisionHistoryLengthMax = 2000;

/** Whether a Deployment and its current ReplicaSet share the annotation. */
export function isCopied(annotation: string): boolean {
  return !notCopied.has(annotation);
}

/** A Deployment's ReplicaSets: the one with its current template, if there is one, and the others. */
export interface Sets {
  readonly current: ReplicaSet | undefined;
  /** Oldest first. */
  readonly old: readonly ReplicaSet[];
}

export function allOf({ current, old }: Sets): ReplicaSet[] {
  return current ? [...old, current] : [...old];
}

/** Of several sets with the template, as an old bug made them, the oldest is the current one. */
export function sortOut(deployment: Deployment, sets: readonly ReplicaSet[]): Sets {
  const oldestFirst = [...sets].sort(byCreation);
  const current = oldestFirst.find(set => sameTemplate(set.spec?.template, deployment.spec?.template));
  return { current, old: oldestFirst.filter(set => set !== current) };
}

/** Templates are the same when they differ in the hash label alone. */
export function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return deepEqual(withoutHash(a), withoutHash(b));
}

/** The template as a Deployment has it. */
export function withoutHash(template: PodTemplateSpec | undefined): Partial<PodTemplateSpec> {
  const { creationTimestamp: _, ...metadata } = template?.metadata ?? {};
  const { [templateHashLabel]: __, ...labels } = metadata.labels ?? {};
  return { ...template, metadata: { ...metadata, labels } };
}

export function sizeOf(set: ReplicaSet): number {
  return set.spec?.replicas ?? 1;
}

export function sum(sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number | undefined): number {
  return sets.reduce((total, set) => total + (of(set) ?? 0), 0);
}

export function wantedReplicas(deployment: Deployment): number {
  return deployment.spec?.replicas ?? 1;
}

/** How far a rollout may go above and below the wanted number of pods. */
export function fenceposts(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  const wanted = wantedReplicas(deployment);
  const strategy = deployment.spec?.strategy;
  if (strategy?.type !== 'RollingUpdate') return { maxSurge: 0, maxUnavailable: 0 };
  const maxSurge = scaledValue(strategy.rollingUpdate?.maxSurge, wanted, true);
  let maxUnavailable = scaledValue(strategy.rollingUpdate?.maxUnavailable, wanted, false);
  // Percentages can both come to nothing, and then the rollout could not move.
  if (maxSurge === 0 && maxUnavailable === 0) maxUnavailable = 1;
  return { maxSurge, maxUnavailable: Math.min(maxUnavailable, wanted) };
}

/** A number of 64 bits; 0 where an object tells none. */
export function revisionOf(object: { metadata: { annotations?: Record<string, string> } }): bigint {
  const text = object.metadata.annotations?.[revisionAnnotation] ?? '';
  return integerProblem('ParseInt', text) ? 0n : BigInt(text);
}

/** The revision after those of older sets. */
export function nextRevision(old: readonly ReplicaSet[]): bigint {
  return old.map(revisionOf).reduce((a, b) => (a > b ? a : b), 0n) + 1n;
}

/** What a scaled set must say of its Deployment: proportional scaling starts from there. */
export function scaleAnnotations(deployment: Deployment): Record<string, string> {
  const wanted = wantedReplicas(deployment);
  return {
    [desiredReplicasAnnotation]: String(wanted),
    [maxReplicasAnnotation]: String(wanted + fenceposts(deployment).maxSurge),
  };
}

/** The annotations of the current set: the Deployment's own, its revision, and the revisions it had before. */
export function currentSetAnnotations(
  deployment: Deployment,
  existing: Record<string, string> | undefined,
  revision: bigint,
): Record<string, string> {
  const annotations = { ...existing };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (isCopied(key)) annotations[key] = value;
  }
  const before = annotations[revisionAnnotation];
  if (revisionOf({ metadata: { annotations } }) < revision) {
    annotations[revisionAnnotation] = String(revision);
    if (before !== undefined) {
      annotations[revisionHistoryAnnotation] = withRevision(annotations[revisionHistoryAnnotation], before);
    }
  }
  return existing ? annotations : { ...annotations, ...scaleAnnotations(deployment) };
}

function withRevision(history: string | undefined, revision: string): string {
  const revisions = history ? history.split(',') : [];
  revisions.push(revision);
  while (revisions.length > 1 && revisions.join(',').length > revisionHistoryLengthMax) revisions.shift();
  return revisions.join(',');
}
