import type { PersistentVolume, Pod } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { StringMap } from '#base/string-map.ts';
import type { KubeObject } from '#machinery/object.ts';
import { podReferences } from './pod-references.ts';

/** Kinds of objects that a node may read only when something on it needs them. */
export type RelatedKind =
  | 'configmaps'
  | 'persistentvolumeclaims'
  | 'persistentvolumes'
  | 'pods'
  | 'resourceclaims'
  | 'resourceslices'
  | 'secrets'
  | 'serviceaccounts'
  | 'volumeattachments';

export const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** Counts, for each object, how many others tie it to a node. */
class Ties {
  readonly #counts = new Map<string, Map<string, number>>();

  has(object: string, to: string): boolean {
    return this.#counts.get(object)?.has(to) ?? false;
  }

  of(object: string): Iterable<string> {
    return this.#counts.get(object)?.keys() ?? [];
  }

  change(object: string, to: string, by: 1 | -1): void {
    const counts = this.#counts.get(object) ?? new Map<string, number>();
    const count = (counts.get(to) ?? 0) + by;
    if (count > 0) counts.set(to, count);
    else counts.delete(to);
    if (counts.size > 0) this.#counts.set(object, counts);
    else this.#counts.delete(object);
  }
}

/** What an object contributed, to be taken back when it changes or goes: an object and what it leads to, in turns. */
type Contribution = readonly string[];

type PodStatus = NonNullable<Pod['status']>;

/** A pod that runs on a node. */
interface PlacedPod {
  readonly node: string;
  /** Where these are the same, so is the rest. */
  readonly spec: Pod['spec'];
  readonly claims: PodStatus['resourceClaimStatuses'];
  readonly extendedClaim: PodStatus['extendedResourceClaimStatus'];
  /** What it refers to. */
  readonly objects: readonly string[];
}

function id(kind: RelatedKind, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}

/**
 * Which node needs which object: pods lead from what they refer to, to their node; persistent volumes lead from
 * their secrets to themselves, and on to their claim. Kept up to date object by object.
 */
export class NodeGraph {
  /** By namespace/name. A pod leads to its own node and to no other. */
  readonly #pods = new StringMap<PlacedPod>();
  /** What the last pod refers to: mostly just what the next one does. */
  #lastObjects: readonly string[] = [];
  /** Object to node. */
  readonly #nodes = new Ties();
  /** Secret to persistent volume, persistent volume to claim. */
  readonly #volumes = new Ties();
  readonly #contributions = new Map<string, { ties: Ties; contribution: Contribution }>();

  setPod(object: KubeObject): void {
    const pod = object as Pod;
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const before = this.#pods.get(key);
    if (before && isSame(before, pod)) return;
    const placed = this.#placed(pod);
    for (const one of placed?.objects ?? []) this.#nodes.change(one, placed!.node, 1);
    this.#forget(before);
    if (placed) this.#pods.set(key, placed);
    else this.#pods.delete(key);
  }

  removePod(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    this.#forget(this.#pods.get(key));
    this.#pods.delete(key);
  }

  setVolume(volume: KubeObject): void {
    const ties = volumeTies(volume as PersistentVolume);
    this.#set(`volume ${volume.metadata.name}`, this.#volumes, ties);
  }

  removeVolume(name: string): void {
    this.#set(`volume ${name}`, this.#volumes, []);
  }

  /** For objects that name their node themselves: VolumeAttachment (spec.nodeName), ResourceSlice (spec.nodeName). */
  setOwned(kind: 'volumeattachments' | 'resourceslices', object: KubeObject): void {
    const nodeName = (object as KubeObject & { spec?: { nodeName?: string } }).spec?.nodeName;
    const name = object.metadata.name!;
    this.#set(`${kind} ${name}`, this.#nodes, nodeName ? [id(kind, '', name), nodeName] : []);
  }

  removeOwned(kind: 'volumeattachments' | 'resourceslices', name: string): void {
    this.#set(`${kind} ${name}`, this.#nodes, []);
  }

  /** Does something on the node need the object? */
  relates(node: string, kind: RelatedKind, namespace: string, name: string): boolean {
    if (kind === 'pods') return this.#pods.get(`${namespace}/${name}`)?.node === node;
    const object = id(kind, namespace, name);
    if (this.#nodes.has(object, node)) return true;
    for (const next of this.#volumes.of(object)) {
      if (this.#nodes.has(next, node)) return true;
      for (const claim of this.#volumes.of(next)) if (this.#nodes.has(claim, node)) return true;
    }
    return false;
  }

  #placed(pod: Pod): PlacedPod | undefined {
    const { spec, status } = pod;
    const node = spec?.nodeName;
    if (!node) return undefined;
    const objects = objectsOf(pod);
    if (!deepEqual(objects, this.#lastObjects)) this.#lastObjects = objects;
    const { resourceClaimStatuses: claims, extendedResourceClaimStatus: extendedClaim } = status ?? {};
    return { node, spec, claims, extendedClaim, objects: this.#lastObjects };
  }

  #forget(placed: PlacedPod | undefined): void {
    for (const one of placed?.objects ?? []) this.#nodes.change(one, placed!.node, -1);
  }

  #set(owner: string, ties: Ties, contribution: Contribution): void {
    const before = this.#contributions.get(owner);
    change(ties, contribution, 1);
    if (before) change(before.ties, before.contribution, -1);
    if (contribution.length > 0) this.#contributions.set(owner, { ties, contribution });
    else this.#contributions.delete(owner);
  }
}

function isSame(placed: PlacedPod, { spec, status }: Pod): boolean {
  return (
    placed.spec === spec &&
    placed.claims === status?.resourceClaimStatuses &&
    placed.extendedClaim === status?.extendedResourceClaimStatus
  );
}

function change(ties: Ties, contribution: Contribution, by: 1 | -1): void {
  for (let i = 0; i < contribution.length; i += 2) ties.change(contribution[i]!, contribution[i + 1]!, by);
}

function objectsOf(pod: Pod): readonly string[] {
  const { namespace = '', annotations } = pod.metadata;
  // A mirror pod was made by its node: what it refers to gives the node no rights.
  if (annotations?.[mirrorAnnotation] !== undefined) return [];
  const references = podReferences(pod);
  const named = (kind: RelatedKind, names: Iterable<string>) =>
    Array.from(names, one => id(kind, namespace, one));
  return named('serviceaccounts', references.serviceAccount ? [references.serviceAccount] : []).concat(
    named('secrets', references.secrets),
    named('configmaps', references.configMaps),
    named('persistentvolumeclaims', references.claims),
    named('resourceclaims', references.resourceClaims),
  );
}

interface VolumeSecretNaming {
  readonly secretName?: string;
  readonly secretNamespace?: string;
}

/** References to secrets that kubelets use; those of controllers are none of theirs. */
const volumeSecretFields = ['secretRef', 'nodeStageSecretRef', 'nodePublishSecretRef', 'nodeExpandSecretRef'];

function volumeTies(volume: PersistentVolume): Contribution {
  const claim = volume.spec?.claimRef;
  if (!claim?.name || !claim.namespace) return [];
  const self = id('persistentvolumes', '', volume.metadata.name!);
  const ties = [self, id('persistentvolumeclaims', claim.namespace, claim.name)];
  for (const source of Object.values(volume.spec ?? {}) as unknown[]) {
    if (typeof source !== 'object' || source === null) continue;
    const { secretName, secretNamespace } = source as VolumeSecretNaming;
    if (secretName) ties.push(id('secrets', secretNamespace || claim.namespace, secretName), self);
    for (const field of volumeSecretFields) {
      const reference = (source as Record<string, { name?: string; namespace?: string } | undefined>)[field];
      if (reference?.name) {
        ties.push(id('secrets', reference.namespace || claim.namespace, reference.name), self);
      }
    }
  }
  return ties;
}
