import type { PersistentVolume } from '#api/generated/types/core.v1.ts';
import { hostPathVolumes } from '../host-path/plugin.ts';
import { VolumeError, type VolumeContext, type VolumePlugin } from '../plugin.ts';

/** A claim's volume where it is a path of this host; other kinds are their drivers'. */
export const claimVolumes: VolumePlugin = {
  name: 'kubernetes.io/persistent-volume-claim',
  live: false,
  readOnly: volume => volume.persistentVolumeClaim?.readOnly ?? false,
  supports: volume => volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined,
  async setUp(context) {
    const volume = await boundVolume(context);
    const { hostPath, local, volumeMode } = volume.spec ?? {};
    if (volumeMode === 'Block') throw new VolumeError('block volumes cannot be mounted as file systems');
    if (hostPath)
      return hostPathVolumes.setUp({ ...context, volume: { name: context.volume.name, hostPath } });
    if (!local) throw new VolumeError(`no volume plugin matched: ${volume.metadata.name}`);
    if (!(await context.host.fs.stat(local.path))) {
      throw new VolumeError(`path ${JSON.stringify(local.path)} does not exist`);
    }
    await shareWithGroup(context, local.path);
    return local.path;
  },
};

const sharedMode = 0o2770;

/**
 * Gives the volume to the pod's fsGroup once, when the pod comes to it; with OnRootMismatch only where its root is not yet the
 * group's (KEP-695). The pod's own directory of the volume, which is not what is mounted, says that this was done.
 */
async function shareWithGroup({ pod, volume, host, directory }: VolumeContext, path: string): Promise<void> {
  const { fsGroup, fsGroupChangePolicy } = pod.spec?.securityContext ?? {};
  if (fsGroup === undefined || volume.persistentVolumeClaim?.readOnly) return;
  if (await host.fs.stat(directory)) return;
  const root = await host.fs.stat(path);
  const isShared = root?.gid === fsGroup && (root.mode & sharedMode) === sharedMode;
  if (fsGroupChangePolicy !== 'OnRootMismatch' || !isShared) await host.fs.giveToGroup(path, fsGroup);
  await host.fs.makeDirectory(directory, 0o750);
}

async function boundVolume({ pod, volume, sources }: VolumeContext): Promise<PersistentVolume> {
  const name = volume.persistentVolumeClaim?.claimName ?? `${pod.metadata.name}-${volume.name}`;
  const claim = await sources.claim(pod, name);
  if (!claim) throw new VolumeError(`persistentvolumeclaim ${JSON.stringify(name)} not found`);
  if (claim.metadata.deletionTimestamp)
    throw new VolumeError(`persistentvolumeclaim ${name} is being deleted`);
  const { volumeName } = claim.spec ?? {};
  if (claim.status?.phase !== 'Bound' || !volumeName) throw new VolumeError(`PVC is not bound`);
  const found = await sources.volume(volumeName);
  if (!found) throw new VolumeError(`persistentvolume ${JSON.stringify(volumeName)} not found`);
  if (found.spec?.claimRef?.uid !== claim.metadata.uid) {
    throw new VolumeError(`persistentvolume ${volumeName} is bound to another claim`);
  }
  return found;
}
