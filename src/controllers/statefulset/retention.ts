/** spec.persistentVolumeClaimRetentionPolicy (KEP-1847), which is kept by owner references: pure functions. */
import { pods as podsRef, statefulSets } from '#api/generated/refs.ts';
import type { StatefulSet } from '#api/generated/types/apps.v1.ts';
import type { PersistentVolumeClaim, Pod } from '#api/generated/types/core.v1.ts';
import { apiVersionOf, type KubeObject, type OwnerReference, type ResourceRef } from '#machinery/object.ts';
import { controllerReference } from '#runtime/ownership.ts';
import { firstOrdinal, ordinalOf } from './identity.ts';

function refersTo(reference: OwnerReference, ref: ResourceRef, owner: KubeObject): boolean {
  return (
    reference.apiVersion === apiVersionOf(ref) &&
    reference.kind === ref.kind &&
    reference.name === owner.metadata.name
  );
}

function deletes(set: StatefulSet): { whenScaled: boolean; whenDeleted: boolean } {
  const { whenScaled, whenDeleted } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  return { whenScaled: whenScaled === 'Delete', whenDeleted: whenDeleted === 'Delete' };
}

/** The owner that the policy gives to a claim of `pod`: the set, the pod if it is surplus, or none. */
function wantedOwner(set: StatefulSet, pod: Pod): OwnerReference | undefined {
  const { whenScaled, whenDeleted } = deletes(set);
  const ordinal = ordinalOf(set, pod);
  const start = firstOrdinal(set);
  const isSurplus = ordinal < start || ordinal >= start + (set.spec?.replicas ?? 1);
  if (whenScaled && isSurplus) return controllerReference(podsRef, pod);
  return whenDeleted ? controllerReference(statefulSets, set) : undefined;
}

/** Somebody else manages the claim, or a set or pod of the name that is gone did: the policy does not hold for it. */
export function isManagedElsewhere(set: StatefulSet, pod: Pod, claim: PersistentVolumeClaim): boolean {
  const { whenScaled, whenDeleted } = deletes(set);
  if (!whenScaled && !whenDeleted) return false;
  return (
    isLeftBehind(set, pod, claim) || othersOf(set, pod, claim).some(({ controller }) => controller === true)
  );
}

/** Its owners are of the names of these, and others: it goes with them. */
function isLeftBehind(set: StatefulSet, pod: Pod, { metadata }: PersistentVolumeClaim): boolean {
  const isOf = (reference: OwnerReference, ref: ResourceRef, owner: KubeObject) =>
    refersTo(reference, ref, owner) && reference.uid !== owner.metadata.uid;
  return (metadata.ownerReferences ?? []).some(
    reference => isOf(reference, statefulSets, set) || isOf(reference, podsRef, pod),
  );
}

function othersOf(set: StatefulSet, pod: Pod, claim: PersistentVolumeClaim): OwnerReference[] {
  const references = claim.metadata.ownerReferences ?? [];
  return references.filter(
    reference => !refersTo(reference, statefulSets, set) && !refersTo(reference, podsRef, pod),
  );
}

/** The owners that the claim should have; undefined: it has them. */
export function ownersToSet(
  set: StatefulSet,
  pod: Pod,
  claim: PersistentVolumeClaim,
): OwnerReference[] | undefined {
  if (isLeftBehind(set, pod, claim)) return undefined;
  const others = othersOf(set, pod, claim);
  const owner = isManagedElsewhere(set, pod, claim) ? undefined : wantedOwner(set, pod);
  const before = claim.metadata.ownerReferences ?? [];
  const isRight =
    before.length === others.length + (owner ? 1 : 0) &&
    (!owner || before.some(({ uid, controller }) => uid === owner.uid && controller === true));
  if (isRight) return undefined;
  return owner ? [...others, owner] : others;
}

/**
 * The owners of a claim that is made now, the set among them where the policy has it so: to add it later would run into the
 * scheduler, which writes to a new claim as well.
 */
export function ownersAtBirth(set: StatefulSet, { metadata }: PersistentVolumeClaim): OwnerReference[] {
  const { ownerReferences = [] } = metadata;
  if (!deletes(set).whenDeleted || ownerReferences.some(({ controller }) => controller))
    return ownerReferences;
  return [...ownerReferences, controllerReference(statefulSets, set)];
}

/** The claim goes with a pod of this name that is no more: a new pod waits for that. */
export function isStale(set: StatefulSet, podName: string, claim: PersistentVolumeClaim): boolean {
  const named = { metadata: { name: podName } } as KubeObject;
  return (
    deletes(set).whenScaled &&
    (claim.metadata.ownerReferences ?? []).some(reference => refersTo(reference, podsRef, named))
  );
}
