import { persistentVolumeClaims, persistentVolumes } from '#api/generated/refs.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import type { Informer } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import type { KubeObject } from '#machinery/object.ts';
import type { ControllerEnvironment } from '#runtime/controller.ts';
import { messageOf } from '../shared/pod-control.ts';
import { setVolumePhase } from './binding.ts';
import { annotations, claimKey, differInMode } from '#runtime/volume-matching.ts';

export interface VolumeSyncOptions {
  /** Removes a folder of the node that volumes were made of. Absent: nodes are simulated and have no files. */
  readonly removeHostPath?: (path: string) => Promise<void>;
}

/** One look at a volume: the phase that it is in, and what becomes of it when its claim is gone. */
export class VolumeSync {
  readonly #environment: ControllerEnvironment;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #options: VolumeSyncOptions;

  constructor(
    environment: ControllerEnvironment,
    claims: Informer<PersistentVolumeClaim>,
    options: VolumeSyncOptions,
  ) {
    this.#environment = environment;
    this.#claims = claims;
    this.#options = options;
  }

  async sync(volume: PersistentVolume): Promise<void> {
    const { client } = this.#environment;
    const key = claimKey(volume);
    const { uid } = volume.spec?.claimRef ?? {};
    // Free, or kept for a claim that is still to be made or to take it.
    if (!key || !uid) return void (await setVolumePhase(client, volume, 'Available'));
    const claim = await this.#claim(key, uid);
    if (!claim) return this.#release(volume);
    if (claim.spec?.volumeName === volume.metadata.name)
      return void (await setVolumePhase(client, volume, 'Bound'));
    if (claim.spec?.volumeName) await this.#letGo(volume);
    else this.#tellModes(volume, claim);
  }

  /** No claim is ever bound to a volume of the other mode, though that be kept for it. */
  #tellModes(volume: PersistentVolume, claim: PersistentVolumeClaim): void {
    if (!differInMode(volume, claim)) return;
    const { events } = this.#environment;
    const tell = (object: KubeObject, text: string) =>
      events.event(object, 'Warning', 'VolumeMismatch', `${text} due to incompatible volumeMode.`);
    const [volumeName, claimName] = [volume, claim].map(({ metadata }) => JSON.stringify(metadata.name));
    tell(volume, `Cannot bind PersistentVolume to requested PersistentVolumeClaim ${claimName}`);
    tell(claim, `Cannot bind PersistentVolume ${volumeName} to requested PersistentVolumeClaim`);
  }

  /** The claim has another volume: one that was made for it is not needed, any other is free again. */
  async #letGo(volume: PersistentVolume): Promise<void> {
    const { spec } = volume;
    const { [annotations.boundByController]: chosen, ...others } = volume.metadata.annotations ?? {};
    if (others[annotations.provisionedBy] && spec?.persistentVolumeReclaimPolicy === 'Delete') {
      return this.#release(volume);
    }
    const { claimRef, ...unbound } = spec!;
    const { uid: _, resourceVersion: __, ...kept } = claimRef!;
    const freed = await this.#environment.client.update(persistentVolumes, {
      ...volume,
      metadata: { ...volume.metadata, annotations: others },
      // Whom a user has kept it for stays.
      spec: chosen ? unbound : { ...unbound, claimRef: kept },
    });
    await setVolumePhase(this.#environment.client, freed, 'Available');
  }

  /** The claim of this uid; asked of the API where the cache has none, for it may be behind. */
  async #claim(key: string, uid: string): Promise<PersistentVolumeClaim | undefined> {
    const cached = this.#claims.get(key);
    if (cached?.metadata.uid === uid) return cached;
    const [namespace, name] = key.split('/') as [string, string];
    const live = await orNotFound(this.#environment.client.get(persistentVolumeClaims, namespace, name));
    return live?.metadata.uid === uid ? live : undefined;
  }

  async #release(volume: PersistentVolume): Promise<void> {
    const released =
      volume.status?.phase === 'Failed'
        ? volume
        : await setVolumePhase(this.#environment.client, volume, 'Released');
    const policy = volume.spec?.persistentVolumeReclaimPolicy ?? 'Retain';
    if (policy === 'Delete') await this.#delete(released);
    if (policy === 'Recycle')
      await this.#fail(released, 'VolumeFailedRecycle', 'No recycler plugin found for the volume!');
  }

  async #delete(volume: PersistentVolume): Promise<void> {
    const { spec, metadata } = volume;
    if (isOthersToDelete(volume)) return;
    const fail = (what: string, why: string) =>
      this.#fail(volume, 'VolumeFailedDelete', `${what} for volume ${JSON.stringify(metadata.name)}: ${why}`);
    const path = spec?.hostPath?.path;
    if (path === undefined) {
      const known = spec?.nfs ? 'deletable volume plugin' : 'volume plugin';
      return fail('error getting deleter volume plugin', `no ${known} matched`);
    }
    if (!/^\/tmp\/.+/.test(path) || path.split('/').includes('..')) {
      const text = `host_path deleter only supports /tmp/.+ but received provided ${path}`;
      return fail('failed to create deleter', text);
    }
    try {
      await this.#options.removeHostPath?.(path);
    } catch (error) {
      await this.#fail(volume, 'VolumeFailedDelete', messageOf(error));
      throw error;
    }
    await orNotFound(this.#environment.client.delete(persistentVolumes, '', metadata.name!));
  }

  /** Told once, however often it is tried again. */
  async #fail(volume: PersistentVolume, reason: string, message: string): Promise<void> {
    if (volume.status?.phase === 'Failed') return;
    await setVolumePhase(this.#environment.client, volume, 'Failed', message);
    this.#environment.events.event(volume, 'Warning', reason, message);
  }
}

/** A driver's own provisioner deletes what it has made, of whatever kind. */
function isOthersToDelete({ metadata, spec }: PersistentVolume): boolean {
  const maker = metadata.annotations?.[annotations.provisionedBy];
  return maker ? !maker.startsWith('kubernetes.io/') : spec?.csi !== undefined;
}
