/**
 * Which volume a claim may have, and how the two are bound: pure functions of both, on which the volume binder and the
 * scheduler agree. (component-helpers storage/volume)
 */
import { persistentVolumeClaims } from '#api/generated/refs.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import { apiVersionOf } from '#machinery/object.ts';
import { quantityValue } from '#machinery/quantity.ts';
import { LabelSelector, parseSelectorObject, SelectorError } from '#machinery/selectors.ts';

export const annotations = {
  /** The binding is whole: both sides name each other. */
  bindCompleted: 'pv.kubernetes.io/bind-completed',
  /** The binder chose the other side, rather than a user. */
  boundByController: 'pv.kubernetes.io/bound-by-controller',
  /** A provisioner made the volume, for the claim that its claimRef names. */
  provisionedBy: 'pv.kubernetes.io/provisioned-by',
  selectedNode: 'volume.kubernetes.io/selected-node',
  provisioner: 'volume.kubernetes.io/storage-provisioner',
  betaProvisioner: 'volume.beta.kubernetes.io/storage-provisioner',
  betaClass: 'volume.beta.kubernetes.io/storage-class',
} as const;

export function className({ metadata, spec }: PersistentVolumeClaim | PersistentVolume): string {
  return metadata.annotations?.[annotations.betaClass] ?? spec?.storageClassName ?? '';
}

export function claimKey({ spec }: PersistentVolume): string | undefined {
  const { namespace, name } = spec?.claimRef ?? {};
  return name ? `${namespace}/${name}` : undefined;
}

/** The volume's claimRef names this claim, or a claim of its name that is still to be made. */
export function isClaimedBy(volume: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const reference = volume.spec?.claimRef;
  if (!reference || reference.namespace !== metadata.namespace || reference.name !== metadata.name)
    return false;
  return !reference.uid || reference.uid === metadata.uid;
}

export function claimReference({ metadata }: PersistentVolumeClaim) {
  const { namespace, name, uid, resourceVersion } = metadata;
  const { kind } = persistentVolumeClaims;
  return { kind, apiVersion: apiVersionOf(persistentVolumeClaims), namespace, name, uid, resourceVersion };
}

const sizeOf = (volume: PersistentVolume) => quantityValue(volume.spec?.capacity?.storage ?? '0');

/** One is a file system and the other a device. */
export function differInMode(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (volume.spec?.volumeMode ?? 'Filesystem') !== (claim.spec?.volumeMode ?? 'Filesystem');
}

/** Why a volume is not what a claim that names it asks for; undefined: it is. `anyClass`: that of its class aside. */
export function mismatch(
  volume: PersistentVolume,
  claim: PersistentVolumeClaim,
  anyClass = false,
): string | undefined {
  const wanted = quantityValue(claim.spec?.resources?.requests?.storage ?? '0');
  if (sizeOf(volume) < wanted) return 'requested PV is too small';
  if (!anyClass && className(volume) !== className(claim)) return 'storageClassName does not match';
  if (differInMode(volume, claim)) return 'incompatible volumeMode';
  const modes = claim.spec?.accessModes ?? [];
  if (!modes.every(mode => volume.spec?.accessModes?.includes(mode))) return 'incompatible accessMode';
  if ((volume.spec?.volumeAttributesClassName ?? '') !== (claim.spec?.volumeAttributesClassName ?? ''))
    return 'volumeAttributesClassName does not match';
  return undefined;
}

/**
 * The volumes that a claim may have, best first: the one that is kept for it alone, of whatever class, else the free ones
 * by size.
 */
export function volumesFor(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
): readonly PersistentVolume[] {
  const selector = selectorOf(claim);
  const staying = volumes.filter(({ metadata }) => !metadata.deletionTimestamp);
  const own = staying.find(
    volume => isClaimedBy(volume, claim) && mismatch(volume, claim, true) === undefined,
  );
  if (own) return [own];
  const isFree = ({ metadata, spec, status }: PersistentVolume) =>
    !spec?.claimRef && status?.phase === 'Available' && selector.matches(metadata.labels ?? {});
  const free = staying.filter(volume => isFree(volume) && mismatch(volume, claim) === undefined);
  const byName = (a: PersistentVolume, b: PersistentVolume) => (a.metadata.name! < b.metadata.name! ? -1 : 1);
  return free.sort((a, b) => sizeOf(a) - sizeOf(b) || byName(a, b));
}

/** What the claim wants of its volume's labels. */
function selectorOf({ spec }: PersistentVolumeClaim): LabelSelector {
  if (!spec?.selector) return LabelSelector.everything;
  try {
    return parseSelectorObject(spec.selector);
  } catch (error) {
    if (error instanceof SelectorError) return LabelSelector.nothing;
    throw error;
  }
}

/** The volume, bound to the claim; itself where it is that already. */
export function boundToClaim(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const { claimRef } = volume.spec ?? {};
  if (claimRef && claimRef.uid === claim.metadata.uid) return volume;
  const chosen: Record<string, string> = claimRef ? {} : { [annotations.boundByController]: 'yes' };
  return {
    ...volume,
    metadata: { ...volume.metadata, annotations: { ...volume.metadata.annotations, ...chosen } },
    spec: { ...volume.spec, claimRef: claimReference(claim) },
  };
}

/** The claim names its volume, and its binder says that all is done. */
export function isFullyBound({ metadata, spec }: PersistentVolumeClaim): boolean {
  return !!spec?.volumeName && metadata.annotations?.[annotations.bindCompleted] !== undefined;
}
