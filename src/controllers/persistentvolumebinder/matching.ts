/** Which volume a claim may have: pure functions of both. */
import { persistentVolumeClaims } from '#api/generated/refs.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import { apiVersionOf } from '#machinery/object.ts';
import { quantityValue } from '#machinery/quantity.ts';
import { isEmptySelector, matcherOf } from '../shared/selector.ts';

export const annotations = {
  /** The binding is whole: both sides name each other. */
  bindCompleted: 'pv.kubernetes.io/bind-completed',
  /** The binder chose the other side, rather than a user. */
  boundByController: 'pv.kubernetes.io/bound-by-controller',
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

/** Why a volume is not what a claim that names it asks for; undefined: it is. */
export function mismatch(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  const wanted = quantityValue(claim.spec?.resources?.requests?.storage ?? '0');
  if (sizeOf(volume) < wanted) return 'requested PV is too small';
  if (className(volume) !== className(claim)) return 'storageClassName does not match';
  if ((volume.spec?.volumeMode ?? 'Filesystem') !== (claim.spec?.volumeMode ?? 'Filesystem'))
    return 'incompatible volumeMode';
  const modes = claim.spec?.accessModes ?? [];
  if (!modes.every(mode => volume.spec?.accessModes?.includes(mode))) return 'incompatible accessMode';
  if ((volume.spec?.volumeAttributesClassName ?? '') !== (claim.spec?.volumeAttributesClassName ?? ''))
    return 'volumeAttributesClassName does not match';
  return undefined;
}

/** The volume that was made for the claim, else the smallest free one that has what it asks for. */
export function chooseVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
): PersistentVolume | undefined {
  const { selector } = claim.spec ?? {};
  const matches = isEmptySelector(selector) ? () => true : matcherOf(selector);
  const fitting = volumes.filter(
    volume => !volume.metadata.deletionTimestamp && mismatch(volume, claim) === undefined,
  );
  const own = fitting.find(volume => isClaimedBy(volume, claim));
  if (own) return own;
  const free = fitting.filter(
    volume => !volume.spec?.claimRef && volume.status?.phase === 'Available' && matches(volume),
  );
  const byName = (a: PersistentVolume, b: PersistentVolume) => (a.metadata.name! < b.metadata.name! ? -1 : 1);
  return free.sort((a, b) => sizeOf(a) - sizeOf(b) || byName(a, b))[0];
}
