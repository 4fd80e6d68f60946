import { persistentVolumes } from '#api/generated/refs.ts';
import type { PersistentVolume } from '#api/generated/types/core.v1.ts';
import { orNotFound } from '#client/retry.ts';
import type { ControllerEnvironment } from '#runtime/controller.ts';
import { annotations } from '#runtime/volume-matching.ts';
import type { VolumeDisk } from './disk.ts';
import { provisionerName } from './refusal.ts';
import { deletionFinalizer } from './volume.ts';

/** Deletes volumes that are given back. (sig-storage-lib-external-provisioner, syncVolume) */
export class VolumeSync {
  readonly #environment: ControllerEnvironment;
  readonly #disk: VolumeDisk;

  constructor(environment: ControllerEnvironment, disk: VolumeDisk) {
    this.#environment = environment;
    this.#disk = disk;
  }

  /** `volume` is on this disk. */
  async sync(volume: PersistentVolume): Promise<void> {
    const { metadata, spec, status } = volume;
    const isKept = metadata.finalizers?.includes(deletionFinalizer) ?? false;
    if (spec?.persistentVolumeReclaimPolicy !== 'Delete') {
      if (isKept) await this.#setKept(volume, false);
    } else if (isToDelete(volume)) {
      // What cannot be taken back is done by what the server says now.
      const live = await orNotFound(this.#environment.client.get(persistentVolumes, '', metadata.name!));
      if (live && live.metadata.uid === metadata.uid && isToDelete(live)) await this.#delete(live);
    } else if (!isKept && !metadata.deletionTimestamp && status?.phase === 'Bound') {
      await this.#setKept(volume, true);
    }
  }

  /** The object goes last: where this ends half-way, the next start finds it and goes on. */
  async #delete(volume: PersistentVolume): Promise<void> {
    const { client, events } = this.#environment;
    const { name = '', uid, deletionTimestamp, finalizers } = volume.metadata;
    const fail = (text: string) => events.event(volume, 'Warning', 'VolumeFailedDelete', text);
    const path = volume.spec?.local?.path;
    if (path !== this.#disk.path(name)) {
      fail(`${path} is not the folder of this volume, which is ${this.#disk.path(name)}: remove it by hand`);
      return;
    }
    try {
      await this.#disk.remove(name);
    } catch (error) {
      fail(`failed to remove ${path}: ${error instanceof Error ? error.message : error}`);
      throw error;
    }
    if (finalizers?.includes(deletionFinalizer)) await this.#setKept(volume, false);
    if (!deletionTimestamp)
      await orNotFound(client.delete(persistentVolumes, '', name, { preconditions: { uid } }));
  }

  async #setKept(volume: PersistentVolume, kept: boolean): Promise<void> {
    const others = volume.metadata.finalizers?.filter(name => name !== deletionFinalizer) ?? [];
    const finalizers = kept ? [...others, deletionFinalizer] : others;
    const changed = { ...volume, metadata: { ...volume.metadata, finalizers } };
    await orNotFound(this.#environment.client.update(persistentVolumes, changed));
  }
}

export function isProvisioned({ metadata }: PersistentVolume): boolean {
  return metadata.annotations?.[annotations.provisionedBy] === provisionerName;
}

/** Its claim is gone; or somebody has deleted the object before any claim was bound to it, and a finalizer keeps it. */
function isToDelete({ metadata, spec, status }: PersistentVolume): boolean {
  if (spec?.persistentVolumeReclaimPolicy !== 'Delete') return false;
  if (!metadata.deletionTimestamp) return status?.phase === 'Released';
  return status?.phase !== 'Bound' && (metadata.finalizers?.includes(deletionFinalizer) ?? false);
}
