import { quantityValue } from '#machinery/quantity.ts';
import type { VolumePlugin } from '../plugin.ts';

export const emptyDirVolumes: VolumePlugin = {
  name: 'kubernetes.io/empty-dir',
  live: false,
  readOnly: () => false,
  supports: volume => volume.emptyDir !== undefined,
  async setUp({ host, directory, volume, pod }) {
    const { medium, sizeLimit } = volume.emptyDir!;
    await host.fs.makeDirectory(directory, 0o777);
    if (medium === 'Memory' && !(await host.mounts.isMount(directory))) {
      const sizeBytes = sizeLimit ? quantityValue(sizeLimit) : undefined;
      await host.mounts.mountTmpfs(directory, { mode: 0o777, ...(sizeBytes ? { sizeBytes } : {}) });
    }
    const group = pod.spec?.securityContext?.fsGroup;
    if (group !== undefined) {
      await host.fs.changeOwner(directory, 0, group);
      // Files made in it belong to the group as well.
      await host.fs.changeMode(directory, 0o2777);
    }
    return directory;
  },
};
