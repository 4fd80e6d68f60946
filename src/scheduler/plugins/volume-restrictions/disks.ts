/** Disks that a pod names itself, and that not every two pods of one node may share. */
import type { Pod, Volume } from '#api/generated/types/core.v1.ts';
import type { PodInfo } from '../../framework/pod-info.ts';

const shareable = (a: { readOnly?: boolean }, b: { readOnly?: boolean }) => a.readOnly && b.readOnly;

/** By the field of the volume: whether two are one disk that its kind does not let both have. */
const conflicts: readonly ((a: Volume, b: Volume) => boolean | undefined)[] = [
  ({ gcePersistentDisk: a }, { gcePersistentDisk: b }) => a && b && a.pdName === b.pdName && !shareable(a, b),
  ({ awsElasticBlockStore: a }, { awsElasticBlockStore: b }) => a && b && a.volumeID === b.volumeID,
  ({ iscsi: a }, { iscsi: b }) => a && b && a.iqn === b.iqn && !shareable(a, b),
  ({ rbd: a }, { rbd: b }) =>
    a &&
    b &&
    a.pool === b.pool &&
    a.image === b.image &&
    a.monitors.some(monitor => b.monitors.includes(monitor)) &&
    !shareable(a, b),
];

/** The volumes of a pod that may be in another's way. */
export function disksOf({ spec }: Pod): readonly Volume[] {
  return (spec?.volumes ?? []).filter(
    ({ gcePersistentDisk, awsElasticBlockStore, iscsi, rbd }) =>
      gcePersistentDisk || awsElasticBlockStore || iscsi || rbd,
  );
}

export function disksConflict(disks: readonly Volume[], { pod }: PodInfo): boolean {
  return disks.some(disk => disksOf(pod).some(other => conflicts.some(conflict => conflict(disk, other))));
}
