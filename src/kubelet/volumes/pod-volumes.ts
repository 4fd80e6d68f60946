import type { DownwardFacts } from '../config/downward.ts';
import type { Layout } from '../config/layout.ts';
import type { HostPort } from '../host/port.ts';
import { allContainers } from '../lifecycle/spec.ts';
import type { Pod, Volume } from '../types.ts';
import { ClaimError, VolumeError, type VolumePlugin, type VolumeSources } from './plugin.ts';
import { volumePlugins } from './registry.ts';

export interface PodVolumesOptions {
  readonly host: HostPort;
  readonly layout: Layout;
  readonly sources: VolumeSources;
}

/** One volume that could not be made ready. */
export class MountError extends Error {
  override readonly name = 'MountError';
}

function pluginOf(volume: Volume): VolumePlugin {
  // A volume without a source is an emptyDir, as the API's defaults have it.
  const plugin = volumePlugins.find(p => p.supports(volume));
  if (plugin) return plugin;
  const kind = Object.keys(volume).find(key => key !== 'name') ?? 'empty';
  throw new VolumeError(`no volume plugin matched: ${kind}`);
}

/** The volumes that a container of the pod has any use for; the others are never made. */
function usedVolumes(pod: Pod): Volume[] {
  const names = new Set(
    allContainers(pod).flatMap(({ volumeMounts = [], volumeDevices = [], env = [] }) => [
      ...[...volumeMounts, ...volumeDevices].map(({ name }) => name),
      ...env.map(({ valueFrom }) => valueFrom?.fileKeyRef?.volumeName),
    ]),
  );
  return (pod.spec?.volumes ?? []).filter(({ name }) => names.has(name));
}

function mountError(volume: Volume, error: unknown): MountError {
  const why = error instanceof Error ? error.message : String(error);
  const { name } = volume;
  return error instanceof ClaimError
    ? new MountError(
        `Unable to attach or mount volumes: unmounted volumes=[${name}], unattached volumes=[], failed to process volumes=[${name}]: ${why}`,
      )
    : new MountError(`MountVolume.SetUp failed for volume "${name}" : ${why}`);
}

/** Makes the volumes of pods ready, keeps the live ones up to date and clears them away. */
export class PodVolumes {
  readonly #options: PodVolumesOptions;

  constructor(options: PodVolumesOptions) {
    this.#options = options;
  }

  /** All volumes that the pod uses, by name; run again to refresh those that follow the API. */
  async setUp(pod: Pod, downward: DownwardFacts, nowMs: number): Promise<ReadonlyMap<string, string>> {
    const { host, layout, sources } = this.#options;
    const paths = new Map<string, string>();
    for (const volume of usedVolumes(pod)) {
      try {
        const plugin = pluginOf(volume);
        const directory = layout.volumeDirectory(pod.metadata.uid!, plugin.name, volume.name);
        const context = { pod, volume, directory, host, sources, downward, nowMs };
        paths.set(volume.name, await plugin.setUp(context));
      } catch (error) {
        throw mountError(volume, error);
      }
    }
    return paths;
  }

  /** Something in the pod's volumes may change while it runs. */
  isLive(pod: Pod): boolean {
    return usedVolumes(pod).some(volume => volumePlugins.some(p => p.live && p.supports(volume)));
  }

  /** Bytes of disk that the pod's emptyDir volumes take, by name. */
  async scratchBytes(pod: Pod): Promise<ReadonlyMap<string, number>> {
    const { host } = this.#options;
    const used = new Map<string, number>();
    for (const [{ name }, directory] of this.scratchDirectories(pod)) {
      used.set(name, await host.fs.usedBytes(directory));
    }
    return used;
  }

  /** The pod's emptyDir volumes, and where they are. */
  scratchDirectories(pod: Pod): readonly (readonly [Volume, directory: string])[] {
    const { layout } = this.#options;
    return usedVolumes(pod)
      .filter(({ emptyDir }) => emptyDir)
      .map(volume => [volume, layout.volumeDirectory(pod.metadata.uid!, pluginOf(volume).name, volume.name)]);
  }

  /** The volumes of the pod that no container may write to, by name. */
  readOnly(pod: Pod): ReadonlySet<string> {
    const guarded = (pod.spec?.volumes ?? []).filter(volume =>
      volumePlugins.some(p => p.supports(volume) && p.readOnly(volume)),
    );
    return new Set(guarded.map(volume => volume.name));
  }

  /** The pod has ended: its volumes go, its record stays. */
  async release(podUid: string): Promise<void> {
    const { host, layout } = this.#options;
    const directory = layout.volumesDirectory(podUid);
    if (!(await host.fs.stat(directory))) return;
    await host.mounts.unmountAll(directory);
    await host.fs.remove(directory);
  }

  /** Unmounts and removes all that the pod had on this host, logs aside. */
  async tearDown(podUid: string): Promise<void> {
    const { host, layout } = this.#options;
    const directory = layout.podDirectory(podUid);
    if (!(await host.fs.stat(directory))) return;
    await host.mounts.unmountAll(directory);
    await host.fs.remove(directory);
  }
}
