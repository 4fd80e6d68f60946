import type { PersistentVolume } from '#api/generated/types/core.v1.ts';
import { hostPathVolumes } from '../host-path/plugin.ts';
import { allContainers } from '../../lifecycle/spec.ts';
import type { Pod } from '../../types.ts';
import { ClaimError, VolumeError, type VolumeContext, type VolumePlugin } from '../plugin.ts';

/** A claim's volume where it is a path of this host; other kinds are their drivers'. */
export const claimVolumes: VolumePlugin = {
  name: 'kubernetes.io/persistent-volume-claim',
  live: false,
  readOnly: volume => volume.persistentVolumeClaim?.readOnly ?? false,
  supports: volume => volume.persistentVolumeClaim !== undefined || volume.ephemeral !== undefined,
  async setUp(context) {
    const volume = await boundVolume(context);
    const { hostPath, local, volumeMode } = volume.spec ?? {};
    checkMode(context.pod, context.volume.name, volumeMode ?? 'Filesystem');
    if (hostPath && volumeMode !== 'Block')
      return hostPathVolumes.setUp({ ...context, volume: { name: context.volume.name, hostPath } });
    if (!local) throw new VolumeError(`no volume plugin matched: ${volume.metadata.name}`);
    const stat = await context.host.fs.stat(local.path);
    if (!stat) throw new VolumeError(`path ${JSON.stringify(local.path)} does not exist`);
    if (volumeMode === 'Block') {
      if (stat.type === 'blockDevice') return local.path;
      throw new VolumeError(`path ${JSON.stringify(local.path)} is not a block device`);
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
  const problem = (why: string) =>
    new ClaimError(`error processing PVC ${pod.metadata.namespace}/${name}: ${why}`);
  const claim = await sources.claim(pod, name);
  if (!claim) {
    throw problem(
      `failed to fetch PVC from API server: persistentvolumeclaims ${JSON.stringify(name)} not found`,
    );
  }
  if (claim.metadata.deletionTimestamp) throw problem("can't start pod because PVC is being deleted");
  const { volumeName } = claim.spec ?? {};
  if (claim.status?.phase !== 'Bound' || !volumeName) throw problem('PVC is not bound');
  const found = await sources.volume(volumeName);
  if (!found) throw problem(`persistentvolume ${JSON.stringify(volumeName)} not found`);
  if (found.spec?.claimRef?.uid !== claim.metadata.uid) {
    throw problem(`persistentvolume ${volumeName} is bound to another claim`);
  }
  return found;
}

/** A volume is a file system or a device, and used as what it is. */
function checkMode(pod: Pod, name: string, mode: string): void {
  const field = mode === 'Block' ? 'volumeMounts' : 'volumeDevices';
  const misused = allContainers(pod).some(container => container[field]?.some(use => use.name === name));
  if (misused) {
    throw new ClaimError(`volume ${name} has volumeMode ${mode}, but is specified in ${field}`);
  }
}
