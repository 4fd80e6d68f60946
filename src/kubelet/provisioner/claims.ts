import { nodes, persistentVolumeClaims, persistentVolumes } from '#api/generated/refs.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import type { StorageClass } from '#api/generated/types/storage.v1.ts';
import type { Informer } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import { objectKey } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import type { ControllerEnvironment, ReconcileResult } from '#runtime/controller.ts';
import { annotations, className } from '#runtime/volume-matching.ts';
import type { VolumeDisk } from './disk.ts';
import { provisionerName, refusalOf } from './refusal.ts';
import { volumeFor, volumeName } from './volume.ts';

export interface ClaimCaches {
  readonly volumes: Informer<PersistentVolume>;
  readonly classes: Informer<StorageClass>;
  readonly nodes: Informer<Node>;
}

/** Events last an hour: what is refused is told of anew long before. */
const refusedAgainMs = 240_000;

/** The provisioner that the volume binder has asked; undefined where it has not yet. */
export function provisionerOf({ metadata }: PersistentVolumeClaim): string | undefined {
  return (
    metadata.annotations?.[annotations.provisioner] ?? metadata.annotations?.[annotations.betaProvisioner]
  );
}

export function selectedNodeOf({ metadata }: PersistentVolumeClaim): string | undefined {
  return metadata.annotations?.[annotations.selectedNode];
}

/** Makes the volumes that claims ask for. (sig-storage-lib-external-provisioner, provisionClaimOperation) */
export class ClaimSync {
  readonly #environment: ControllerEnvironment;
  readonly #caches: ClaimCaches;
  readonly #disk: VolumeDisk;
  readonly #isHere: (node: string) => boolean;

  constructor(
    environment: ControllerEnvironment,
    caches: ClaimCaches,
    place: { readonly disk: VolumeDisk; readonly isHere: (node: string) => boolean },
  ) {
    this.#environment = environment;
    this.#caches = caches;
    this.#disk = place.disk;
    this.#isHere = place.isHere;
  }

  async sync(claim: PersistentVolumeClaim): Promise<ReconcileResult | undefined> {
    if (claim.metadata.deletionTimestamp || claim.spec?.volumeName) return;
    if (provisionerOf(claim) !== provisionerName) return;
    const storageClass = this.#caches.classes.get(className(claim));
    if (storageClass?.provisioner !== provisionerName) return;
    const selected = selectedNodeOf(claim);
    if (!selected && storageClass.volumeBindingMode === 'WaitForFirstConsumer') return;
    const node = selected ? await this.#node(selected) : undefined;
    if (selected && !node) return this.#chooseAgain(claim, selected);
    if (selected && !this.#isHere(selected)) return;
    if (this.#caches.volumes.get(volumeName(claim))) return;
    const refusal = refusalOf(claim, storageClass);
    if (refusal !== undefined) {
      this.#environment.events.event(claim, 'Warning', 'ProvisioningFailed', refusal);
      return { requeueAfterMs: refusedAgainMs };
    }
    await this.#provision(claim, storageClass, node!);
    return;
  }

  /** Asked of the API where the cache has none, for it may be behind. */
  async #node(name: string): Promise<Node | undefined> {
    return this.#caches.nodes.get(name) ?? orNotFound(this.#environment.client.get(nodes, '', name));
  }

  /** Without the annotation the scheduler looks for a node anew. */
  async #chooseAgain(claim: PersistentVolumeClaim, selected: string): Promise<undefined> {
    const { client, events } = this.#environment;
    events.event(claim, 'Warning', 'ProvisioningFailed', `node ${JSON.stringify(selected)} not found`);
    const { [annotations.selectedNode]: _, ...others } = claim.metadata.annotations!;
    await client.update(persistentVolumeClaims, {
      ...claim,
      metadata: { ...claim.metadata, annotations: others },
    });
  }

  async #provision(claim: PersistentVolumeClaim, storageClass: StorageClass, node: Node): Promise<void> {
    const { client, events } = this.#environment;
    const name = volumeName(claim);
    events.event(
      claim,
      'Normal',
      'Provisioning',
      `External provisioner is provisioning volume for claim ${JSON.stringify(objectKey(claim))}`,
    );
    try {
      // Nobody uses the volume before its object is there: a folder without one is empty (see Orphans).
      await this.#disk.make(name);
      const place = { node, path: this.#disk.path(name) };
      await client.create(persistentVolumes, volumeFor(claim, storageClass, place));
    } catch (error) {
      // The cache was behind.
      if (hasReason(error, 'AlreadyExists')) return;
      const text = error instanceof Error ? error.message : String(error);
      events.event(claim, 'Warning', 'ProvisioningFailed', `failed to make volume ${name}: ${text}`);
      throw error;
    }
    events.event(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${name}`);
  }
}
