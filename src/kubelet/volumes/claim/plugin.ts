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
    return local.path;
  },
};

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
