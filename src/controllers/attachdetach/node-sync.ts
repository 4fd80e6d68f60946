import { nodes as nodesRef, volumeAttachments } from '#api/generated/refs.ts';
import type {
  AttachedVolume,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
} from '#api/generated/types/core.v1.ts';
import type { CSIDriver, VolumeAttachment } from '#api/generated/types/storage.v1.ts';
import type { Informer, Lister } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import { hasReason } from '#machinery/status.ts';
import type { ControllerEnvironment, ReconcileResult } from '#runtime/controller.ts';
import { deepEqual } from '#base/equal.ts';
import {
  type Attachable,
  attachedName,
  isExclusive,
  isHealthy,
  isOurs,
  isOutOfService,
  uniqueName,
  wantedOn,
} from './volumes.ts';

export const nodeIndex = 'attachdetach/node';
export const volumeIndex = 'attachdetach/volume';
/** How long a volume that nobody needs may seem mounted on a node that does not answer. */
const unmountWaitMsMax = 360_000;

export interface Caches {
  readonly nodes: Lister<Node>;
  readonly claims: Lister<PersistentVolumeClaim>;
  readonly volumes: Lister<PersistentVolume>;
  readonly drivers: Lister<CSIDriver>;
  readonly attachments: Informer<VolumeAttachment>;
  readonly podsOn: (node: string) => readonly Pod[];
}

/** Brings the attachments of a node's volumes in line with its pods. */
export class NodeSync {
  readonly #environment: ControllerEnvironment;
  readonly #caches: Caches;
  /** Since when nobody has needed an attachment, by its name. */
  readonly #uselessSince = new Map<string, number>();
  /** What pods have been told, so that a retry does not say it again: 'pod uid/volume' to the message. */
  readonly #told = new Map<string, string>();

  constructor(environment: ControllerEnvironment, caches: Caches) {
    this.#environment = environment;
    this.#caches = caches;
  }

  forget(pod: Pod): void {
    for (const key of this.#told.keys()) if (key.startsWith(`${pod.metadata.uid}/`)) this.#told.delete(key);
  }

  async sync(name: string): Promise<ReconcileResult> {
    const node = this.#caches.nodes.get(name);
    const wanted = node
      ? wantedOn(name, this.#caches.podsOn(name), this.#caches)
      : new Map<string, Attachable>();
    const existing = this.#caches.attachments.byIndex(nodeIndex, name).filter(isOurs);
    const leaving = existing.filter(({ metadata }) => !wanted.has(metadata.name!));
    for (const attachment of existing) {
      if (wanted.has(attachment.metadata.name!)) this.#uselessSince.delete(attachment.metadata.name!);
    }
    const waits = leaving.map(attachment => this.#detachInMs(node, attachment));
    const going = leaving.filter((_, i) => waits[i] === 0);
    // What is about to be detached is not safe to mount: the node has to be told before.
    if (node) await this.#report(node, wanted, existing, going);
    for (const attachment of going) await this.#detach(attachment);
    for (const [id, attachable] of wanted) await this.#attach(node!, id, attachable);
    const left = waits.filter(ms => ms > 0);
    return left.length > 0 ? { requeueAfterMs: Math.min(...left) } : {};
  }

  /** 0: now. */
  #detachInMs(node: Node | undefined, attachment: VolumeAttachment): number {
    const { name, deletionTimestamp } = attachment.metadata;
    if (!node || deletionTimestamp || isOutOfService(node)) return 0;
    const nowMs = this.#environment.clock.monotonicMs();
    const sinceMs = this.#uselessSince.get(name!) ?? nowMs;
    this.#uselessSince.set(name!, sinceMs);
    const mounted = attachedName(attachment, this.#caches.volumes);
    if (!mounted || !node.status?.volumesInUse?.includes(mounted)) return 0;
    // A node that answers unmounts in the end; one that does not is not waited for for ever.
    if (isHealthy(node)) return unmountWaitMsMax;
    return Math.max(0, sinceMs + unmountWaitMsMax - nowMs);
  }

  async #detach({ metadata }: VolumeAttachment): Promise<void> {
    this.#uselessSince.delete(metadata.name!);
    if (metadata.deletionTimestamp) return;
    const preconditions = { uid: metadata.uid };
    await orNotFound(
      this.#environment.client.delete(volumeAttachments, '', metadata.name!, { preconditions }),
    );
  }

  /** node.status.volumesAttached: what its pods may mount. */
  async #report(
    node: Node,
    wanted: ReadonlyMap<string, Attachable>,
    existing: readonly VolumeAttachment[],
    going: readonly VolumeAttachment[],
  ): Promise<void> {
    const attached: AttachedVolume[] = existing
      .filter(each => each.status?.attached && !each.metadata.deletionTimestamp && !going.includes(each))
      .flatMap(each => {
        const attachable = wanted.get(each.metadata.name!);
        const name = attachable ? uniqueName(attachable) : attachedName(each, this.#caches.volumes);
        return name ? [{ name, devicePath: '' }] : [];
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    if (deepEqual(attached, node.status?.volumesAttached ?? [])) return;
    const { client } = this.#environment;
    const patch = { metadata: { uid: node.metadata.uid }, status: { volumesAttached: attached } };
    await orNotFound(
      client.patch(nodesRef, '', node.metadata.name!, 'merge', patch, { subresource: 'status' }),
    );
  }

  async #attach(node: Node, id: string, attachable: Attachable): Promise<void> {
    const { volume, driver, pods } = attachable;
    const { name: nodeName = '' } = node.metadata;
    const existing = this.#caches.attachments.get(id);
    if (existing) return this.#tellOf(node, existing, attachable);
    const elsewhere = this.#caches.attachments
      .byIndex(volumeIndex, volume.metadata.name!)
      .filter(({ spec }) => spec.nodeName !== nodeName);
    if (isExclusive(volume) && elsewhere.length > 0) return this.#refuse(attachable, elsewhere);
    try {
      await this.#environment.client.create(volumeAttachments, {
        metadata: { name: id },
        spec: { attacher: driver, nodeName, source: { persistentVolumeName: volume.metadata.name! } },
      });
    } catch (error) {
      if (hasReason(error, 'AlreadyExists')) return;
      for (const pod of pods) this.#tellFailure(pod, volume, (error as Error).message);
      throw error;
    }
  }

  /** The pods that waited; those that come later find the volume attached, and need not hear of it. */
  #tellOf(node: Node, { status }: VolumeAttachment, attachable: Attachable): void {
    const { volume, pods } = attachable;
    const { name } = volume.metadata;
    const isKnown = node.status?.volumesAttached?.some(each => each.name === uniqueName(attachable));
    for (const pod of pods) {
      const failure = status?.attachError?.message;
      if (status?.attached) {
        if (isKnown) continue;
        const text = `AttachVolume.Attach succeeded for volume "${name}" `;
        this.#tell(pod, volume, 'Normal', 'SuccessfulAttachVolume', text);
      } else if (failure) this.#tellFailure(pod, volume, failure);
    }
  }

  #tellFailure(pod: Pod, volume: PersistentVolume, message: string): void {
    const text = `AttachVolume.Attach failed for volume "${volume.metadata.name}" : ${message}`;
    this.#tell(pod, volume, 'Warning', 'FailedAttachVolume', text);
  }

  /** The volume is still on another node: who has it there is named, as far as the pod may know. */
  #refuse({ volume, pods }: Attachable, elsewhere: readonly VolumeAttachment[]): void {
    const { name } = volume.metadata;
    const users = elsewhere.flatMap(({ spec: { nodeName } }) =>
      [...wantedOn(nodeName, this.#caches.podsOn(nodeName), this.#caches).values()]
        .filter(other => other.volume.metadata.name === name)
        .flatMap(other => other.pods.map(pod => pod.metadata.name!)),
    );
    const why =
      users.length > 0
        ? `Volume is already used by pod(s) ${users.join(', ')}`
        : "Volume is already exclusively attached to one node and can't be attached to another";
    for (const pod of pods) {
      const text = `Multi-Attach error for volume "${name}" ${why}`;
      this.#tell(pod, volume, 'Warning', 'FailedAttachVolume', text);
    }
  }

  #tell(pod: Pod, volume: PersistentVolume, type: 'Normal' | 'Warning', reason: string, text: string): void {
    const key = `${pod.metadata.uid}/${volume.metadata.name}`;
    if (this.#told.get(key) === text) return;
    this.#told.set(key, text);
    this.#environment.events.event(pod, type, reason, text);
  }
}
