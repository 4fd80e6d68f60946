import { quantityValue } from '#machinery/quantity.ts';
import type { VolumeContext, VolumePlugin } from '../plugin.ts';

/** What a volume in memory may take: its limit, the containers' together where all have one, and the node's share. */
function memoryBytes({ volume, pod, downward }: VolumeContext): number | undefined {
  const limits = pod.spec!.containers.map(container => container.resources?.limits?.memory);
  const all = limits.every(limit => limit !== undefined);
  const bounds = [
    volume.emptyDir?.sizeLimit,
    downward.nodeAllocatable.memory,
    ...(all ? [String(limits.reduce((total, limit) => total + quantityValue(limit!), 0))] : []),
  ];
  const bytes = bounds
    .filter(bound => bound !== undefined)
    .map(quantityValue)
    .filter(bound => bound > 0);
  return bytes.length > 0 ? Math.min(...bytes) : undefined;
}

export const emptyDirVolumes: VolumePlugin = {
  name: 'kubernetes.io/empty-dir',
  live: false,
  readOnly: () => false,
  supports: volume => volume.emptyDir !== undefined,
  async setUp(context) {
    const { host, directory, volume, pod } = context;
    const { medium } = volume.emptyDir!;
    await host.fs.makeDirectory(directory, 0o777);
    // As the kernel makes a tmpfs: what one user has made in it no other may remove.
    const mode = medium === 'Memory' ? 0o1777 : 0o777;
    if (medium === 'Memory' && !(await host.mounts.isMount(directory))) {
      const sizeBytes = memoryBytes(context);
      await host.mounts.mountTmpfs(directory, { mode, ...(sizeBytes ? { sizeBytes } : {}) });
    }
    const group = pod.spec?.securityContext?.fsGroup;
    if (group !== undefined) {
      await host.fs.changeOwner(directory, 0, group);
      // Files made in it belong to the group as well.
      await host.fs.changeMode(directory, mode | 0o2000);
    }
    return directory;
  },
};
