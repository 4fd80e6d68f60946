import type { HostPort } from '../host/port.ts';
import type { VolumeMetrics } from '../metrics.ts';
import type { ContainerSpec, Pod } from '../types.ts';
import type { ImageManager } from './images.ts';

/** Mounts the files of an image that is there, read-only, at a directory that is there. */
export type MountImage = (imageId: string, directory: string) => Promise<void>;

export interface ImageVolumesOptions {
  readonly images: ImageManager;
  readonly mount: MountImage;
  readonly host: Pick<HostPort, 'mounts'>;
  readonly metrics: Pick<VolumeMetrics, 'imagesRequested' | 'imagesMounted' | 'imagesFailed'>;
}

/**
 * Fills volumes with the files of images (KEP-4639). Not the runtime but the kubelet mounts them: CRI can do so from
 * containerd 2.1 on only.
 */
export class ImageVolumes {
  readonly #options: ImageVolumesOptions;

  constructor(options: ImageVolumesOptions) {
    this.#options = options;
  }

  /**
   * Pulls and mounts what the container uses, once for all of the pod's: they start one after the other. `paths`: of the volumes,
   * by name. Rejects with StartError where an image cannot be had, and with upstream's ImageVolumeMountFailed where it cannot be
   * mounted.
   */
  async fill(pod: Pod, container: ContainerSpec, paths: ReadonlyMap<string, string>): Promise<void> {
    const { images, host, mount, metrics } = this.#options;
    const used = new Set(container.volumeMounts?.map(({ name }) => name));
    for (const { name, image } of pod.spec?.volumes ?? []) {
      if (!image || !used.has(name)) continue;
      metrics.imagesRequested.add({});
      const { id } = await images.ensureVolume(pod, image);
      try {
        const directory = paths.get(name)!;
        if (!(await host.mounts.isMount(directory))) await mount(id, directory);
      } catch (error) {
        metrics.imagesFailed.add({});
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`ImageVolumeMountFailed: ${why}`, { cause: error });
      }
      metrics.imagesMounted.add({});
    }
  }
}
