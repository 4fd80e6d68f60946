import type { DownwardFacts } from '../config/downward.ts';
import type { Layout } from '../config/layout.ts';
import type { HostPort } from '../host/port.ts';
import type { Pod, Volume } from '../types.ts';
import { VolumeError, type VolumePlugin, type VolumeSources } from './plugin.ts';
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

/** Makes the volumes of pods ready, keeps the live ones up to date and clears them away. */
export class PodVolumes {
  readonly #options: PodVolumesOptions;

  constructor(options: PodVolumesOptions) {
    this.#options = options;
  }

  /** All volumes of the pod, by name; run again to refresh those that follow the API. */
  async setUp(pod: Pod, downward: DownwardFacts, nowMs: number): Promise<ReadonlyMap<string, string>> {
    const { host, layout, sources } = this.#options;
    const paths = new Map<string, string>();
    for (const volume of pod.spec?.volumes ?? []) {
      try {
        const plugin = pluginOf(volume);
        const directory = layout.volumeDirectory(pod.metadata.uid!, plugin.name, volume.name);
        const context = { pod, volume, directory, host, sources, downward, nowMs };
        paths.set(volume.name, await plugin.setUp(context));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new MountError(`MountVolume.SetUp failed for volume "${volume.name}" : ${why}`);
      }
    }
    return paths;
  }

  /** Something in the pod's volumes may change while it runs. */
  isLive(pod: Pod): boolean {
    return (pod.spec?.volumes ?? []).some(volume => volumePlugins.some(p => p.live && p.supports(volume)));
  }

  /** Bytes of disk that the pod's emptyDir volumes take, by name. */
  async scratchBytes(pod: Pod): Promise<ReadonlyMap<string, number>> {
    const { host, layout } = this.#options;
    const used = new Map<string, number>();
    for (const volume of pod.spec?.volumes ?? []) {
      if (!volume.emptyDir) continue;
      const directory = layout.volumeDirectory(pod.metadata.uid!, pluginOf(volume).name, volume.name);
      used.set(volume.name, await host.fs.usedBytes(directory));
    }
    return used;
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
