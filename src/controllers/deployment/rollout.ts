/** What a Deployment does next to its ReplicaSets: pure functions from what is there to the sizes to set. */
import type { Deployment, ReplicaSet } from '#api/generated/types/apps.v1.ts';
import { byCreation } from '../shared/time.ts';
import {
  allOf,
  desiredReplicasAnnotation,
  fenceposts,
  maxReplicasAnnotation,
  revisionOf,
  type Sets,
  sizeOf,
  sum,
  wantedReplicas,
} from './sets.ts';

/** Give `set` this size (its annotations are renewed even where the size stays). */
export interface Resize {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

const live = (sets: readonly ReplicaSet[]) => sets.filter(set => sizeOf(set) > 0);
const availableOf = (set: ReplicaSet) => set.status?.availableReplicas ?? 0;

/** The size that the current set may grow to now; `size` is what it has. */
export function currentSetSize(deployment: Deployment, sets: Sets, size: number): number {
  const wanted = wantedReplicas(deployment);
  if (deployment.spec?.strategy?.type !== 'RollingUpdate') return wanted;
  const room = wanted + fenceposts(deployment).maxSurge - sum(allOf(sets), sizeOf);
  return room <= 0 ? size : size + Math.min(room, wanted - size);
}

/** One step of a rolling update: first the current set, and only when that may not move, the old ones. */
export function rollingStep(deployment: Deployment, sets: Sets): Resize[] {
  const current = sets.current!;
  const size = sizeOf(current);
  const wanted = wantedReplicas(deployment);
  const next = size > wanted ? wanted : size < wanted ? currentSetSize(deployment, sets, size) : size;
  if (next !== size) return [{ set: current, replicas: next }];
  return shrinkOldSets(deployment, sets);
}

function shrinkOldSets(deployment: Deployment, sets: Sets): Resize[] {
  const current = sets.current!;
  const all = allOf(sets);
  const minAvailable = wantedReplicas(deployment) - fenceposts(deployment).maxUnavailable;
  const currentUnavailable = sizeOf(current) - availableOf(current);
  const spare = sum(all, sizeOf) - minAvailable - currentUnavailable;
  if (spare <= 0) return [];
  const old = [...live(sets.old)].sort(byCreation);
  const sizes = new Map(old.map(set => [set, sizeOf(set)]));
  shrinkUnhealthy(old, sizes, spare);
  shrink(old, sizes, sum(all, availableOf) - minAvailable);
  return old.filter(set => sizes.get(set) !== sizeOf(set)).map(set => ({ set, replicas: sizes.get(set)! }));
}

/** Pods that are not available serve nobody: they go first, and need no spare availability. */
function shrinkUnhealthy(old: readonly ReplicaSet[], sizes: Map<ReplicaSet, number>, most: number): void {
  let left = most;
  for (const set of old) {
    const unavailable = Math.max(0, sizes.get(set)! - availableOf(set));
    const by = Math.min(left, unavailable);
    sizes.set(set, sizes.get(set)! - by);
    left -= by;
  }
}

function shrink(old: readonly ReplicaSet[], sizes: Map<ReplicaSet, number>, most: number): void {
  let left = most;
  for (const set of old) {
    if (left <= 0) return;
    const by = Math.min(left, sizes.get(set)!);
    sizes.set(set, sizes.get(set)! - by);
    left -= by;
  }
}

/** Recreate: all old sets go to nothing. */
export function emptyOldSets(sets: Sets): Resize[] {
  return live(sets.old).map(set => ({ set, replicas: 0 }));
}

/** The Deployment was scaled since its sets last were: their notes of its size are out of date. */
export function isScalingEvent(deployment: Deployment, sets: Sets): boolean {
  const wanted = String(wantedReplicas(deployment));
  return live(allOf(sets)).some(set => {
    const desired = set.metadata.annotations?.[desiredReplicasAnnotation];
    return desired !== undefined && desired !== wanted;
  });
}

/**
 * Scales without rolling: the one live set takes the whole size, and notes it though it has that size already (upstream
 * does not, and never rolls on from there); a saturated current set empties the others; in the
 * middle of a rolling update, all live sets share the difference in proportion.
 */
export function scaleStep(deployment: Deployment, sets: Sets): Resize[] {
  const wanted = wantedReplicas(deployment);
  const only = activeOrLatest(sets);
  if (only) return sizeOf(only) === 0 && wanted === 0 ? [] : [{ set: only, replicas: wanted }];
  if (isSaturated(deployment, sets.current)) return emptyOldSets(sets);
  return deployment.spec?.strategy?.type === 'RollingUpdate' ? proportional(deployment, sets) : [];
}

function activeOrLatest(sets: Sets): ReplicaSet | undefined {
  const active = live(allOf(sets));
  if (active.length > 1) return undefined;
  if (active.length === 1) return active[0];
  return sets.current ?? [...sets.old].sort(byCreation).at(-1);
}

function isSaturated(deployment: Deployment, current: ReplicaSet | undefined): boolean {
  const wanted = wantedReplicas(deployment);
  if (!current) return false;
  const desired = Number(current.metadata.annotations?.[desiredReplicasAnnotation]);
  return desired === wanted && sizeOf(current) === wanted && availableOf(current) === wanted;
}

function proportional(deployment: Deployment, sets: Sets): Resize[] {
  const wanted = wantedReplicas(deployment);
  const allowed = wanted > 0 ? wanted + fenceposts(deployment).maxSurge : 0;
  const active = live(allOf(sets));
  const toAdd = allowed - sum(active, sizeOf);
  // The largest take most; of equals, the newer grow and the older shrink first.
  const newerFirst = toAdd > 0 ? -1 : 1;
  const ordered = [...active].sort((a, b) => sizeOf(b) - sizeOf(a) || newerFirst * byCreation(a, b));
  let added = 0;
  const sizes = ordered.map(set => {
    const part = toAdd === 0 ? 0 : proportionOf(set, deployment, toAdd, added);
    added += part;
    return sizeOf(set) + part;
  });
  // What rounding leaves goes to the first.
  if (toAdd !== 0 && sizes.length > 0) sizes[0] = Math.max(0, sizes[0]! + toAdd - added);
  return ordered.map((set, i) => ({ set, replicas: sizes[i]! }));
}

function proportionOf(set: ReplicaSet, deployment: Deployment, toAdd: number, added: number): number {
  if (toAdd === added) return 0;
  const fraction = fractionOf(set, deployment);
  const left = toAdd - added;
  return toAdd > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
}

function fractionOf(set: ReplicaSet, deployment: Deployment): number {
  const wanted = wantedReplicas(deployment);
  if (wanted === 0) return -sizeOf(set);
  const noted = Number(set.metadata.annotations?.[maxReplicasAnnotation]);
  const before = noted || deployment.status?.replicas || wanted;
  const after = wanted + fenceposts(deployment).maxSurge;
  return Math.round((sizeOf(set) * after) / before) - sizeOf(set);
}

/** Old sets beyond the history limit that hold nothing any more, lowest revision first. */
export function setsToForget(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = deployment.spec?.revisionHistoryLimit;
  if (limit === undefined || limit === 0x7fffffff) return [];
  const candidates = old.filter(set => !set.metadata.deletionTimestamp);
  const excess = candidates.length - limit;
  if (excess <= 0) return [];
  return [...candidates]
    .sort((a, b) => Number(revisionOf(a) - revisionOf(b)) || byCreation(a, b))
    .slice(0, excess)
    .filter(isSpent);
}

function isSpent(set: ReplicaSet): boolean {
  const observed = set.status?.observedGeneration ?? 0;
  return !set.status?.replicas && sizeOf(set) === 0 && (set.metadata.generation ?? 0) <= observed;
}
