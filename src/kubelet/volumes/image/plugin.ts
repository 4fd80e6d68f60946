import type { VolumePlugin } from '../plugin.ts';

/**
 * The files of an image (KEP-4639). Here is only the place for them: the image is pulled and mounted when a container that
 * uses it starts, so that a pull that fails shows at the container as upstream has it.
 */
export const imageVolumes: VolumePlugin = {
  name: 'kubernetes.io/image',
  live: false,
  readOnly: () => true,
  supports: volume => volume.image !== undefined,
  async setUp({ host, directory }) {
    await host.fs.makeDirectory(directory, 0o755);
    return directory;
  },
};
