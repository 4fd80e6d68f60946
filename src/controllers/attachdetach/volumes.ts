import { createHash } from 'node:crypto';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '#api/generated/types/core.v1.ts';
import type { CSIDriver, VolumeAttachment } from '#api/generated/types/storage.v1.ts';
import type { Lister } from '#client/informer.ts';
import { isControlledBy } from '#runtime/ownership.ts';
import { volumeClaimsOf } from '../shared/pod-volumes.ts';
import { isPodTerminal } from '../shared/pods.ts';

/** A volume that has to be attached to a node before pods there can mount it. */
export interface Attachable {
  readonly volume: PersistentVolume;
  readonly driver: string;
  readonly handle: string;
  /** Who on the node waits for it or uses it. */
  readonly pods: Pod[];
}

interface Caches {
  readonly claims: Lister<PersistentVolumeClaim>;
  readonly volumes: Lister<PersistentVolume>;
  readonly drivers: Lister<CSIDriver>;
}

/** The CSI volumes that the pods of a node need attached, by the names of their VolumeAttachments. */
export function wantedOn(node: string, pods: readonly Pod[], caches: Caches): Map<string, Attachable> {
  const wanted = new Map<string, Attachable>();
  for (const pod of pods.filter(each => !isPodTerminal(each))) {
    for (const volume of attachableOf(pod, caches)) {
      const { driver, volumeHandle: handle } = volume.spec!.csi!;
      const name = attachmentName(handle, driver, node);
      const known = wanted.get(name);
      if (known) known.pods.push(pod);
      else wanted.set(name, { volume, driver, handle, pods: [pod] });
    }
  }
  return wanted;
}

function attachableOf(pod: Pod, { claims, volumes, drivers }: Caches): PersistentVolume[] {
  return volumeClaimsOf(pod).flatMap(({ key, made }) => {
    const claim = claims.get(key);
    if (claim?.status?.phase !== 'Bound' || (made && !isControlledBy(claim, pod))) return [];
    const volume = volumes.get(claim.spec?.volumeName ?? '');
    const driver = volume?.spec?.csi?.driver;
    if (!volume || !driver || volume.spec?.claimRef?.uid !== claim.metadata.uid) return [];
    return drivers.get(driver)?.spec?.attachRequired === false ? [] : [volume];
  });
}

/** As the CSI attacher and the kubelet expect it. */
export function attachmentName(handle: string, driver: string, node: string): string {
  return `csi-${createHash('sha256').update(`${handle}${driver}${node}`).digest('hex')}`;
}

/** Attachments of other names are somebody else's. */
export function isOurs({ metadata }: VolumeAttachment): boolean {
  return /^csi-[0-9a-f]{64}$/.test(metadata.name!);
}

/** How node.status names a volume. */
export function uniqueName({ driver, handle }: Pick<Attachable, 'driver' | 'handle'>): string {
  return `kubernetes.io/csi/${driver}^${handle}`;
}

/** Of an attachment whose volume may be gone, as far as it is known. */
export function attachedName(
  attachment: VolumeAttachment,
  volumes: Lister<PersistentVolume>,
): string | undefined {
  const handle = volumes.get(attachment.spec.source.persistentVolumeName ?? '')?.spec?.csi?.volumeHandle;
  return handle === undefined ? undefined : uniqueName({ driver: attachment.spec.attacher, handle });
}

/** It may be on one node alone. */
export function isExclusive({ spec }: PersistentVolume): boolean {
  const modes = spec?.accessModes ?? [];
  return !modes.includes('ReadWriteMany') && !modes.includes('ReadOnlyMany') && modes.length > 0;
}

/** Its pods do not run any more, for sure: an administrator says so. */
export function isOutOfService({ spec }: Node): boolean {
  return spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/out-of-service') ?? false;
}

export function isHealthy({ status }: Node): boolean {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}
