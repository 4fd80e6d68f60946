import type { PersistentVolume, Pod } from '#api/generated/types/core.v1.ts';
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

/** What an object contributed, to be taken back when it changes or goes. */
type Contribution = readonly (readonly [object: string, to: string])[];

function id(kind: RelatedKind, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}

/**
 * Which node needs which object: pods lead from what they refer to, to their node; persistent volumes lead from
 * their secrets to themselves, and on to their claim. Kept up to date object by object.
 */
export class NodeGraph {
  /** Object to node. */
  readonly #nodes = new Ties();
  /** Secret to persistent volume, persistent volume to claim. */
  readonly #volumes = new Ties();
  readonly #contributions = new Map<string, { ties: Ties; contribution: Contribution }>();

  setPod(pod: KubeObject): void {
    this.#set(`pod ${pod.metadata.namespace}/${pod.metadata.name}`, this.#nodes, podTies(pod as Pod));
  }

  removePod(namespace: string, name: string): void {
    this.#set(`pod ${namespace}/${name}`, this.#nodes, []);
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
    this.#set(`${kind} ${name}`, this.#nodes, nodeName ? [[id(kind, '', name), nodeName]] : []);
  }

  removeOwned(kind: 'volumeattachments' | 'resourceslices', name: string): void {
    this.#set(`${kind} ${name}`, this.#nodes, []);
  }

  /** Does something on the node need the object? */
  relates(node: string, kind: RelatedKind, namespace: string, name: string): boolean {
    const object = id(kind, namespace, name);
    if (this.#nodes.has(object, node)) return true;
    for (const next of this.#volumes.of(object)) {
      if (this.#nodes.has(next, node)) return true;
      for (const claim of this.#volumes.of(next)) if (this.#nodes.has(claim, node)) return true;
    }
    return false;
  }

  #set(owner: string, ties: Ties, contribution: Contribution): void {
    const before = this.#contributions.get(owner);
    for (const [object, to] of contribution) ties.change(object, to, 1);
    for (const [object, to] of before?.contribution ?? []) before!.ties.change(object, to, -1);
    if (contribution.length > 0) this.#contributions.set(owner, { ties, contribution });
    else this.#contributions.delete(owner);
  }
}

function podTies(pod: Pod): Contribution {
  const { namespace = '', name = '', annotations } = pod.metadata;
  const node = pod.spec?.nodeName;
  if (!node) return [];
  const self = [id('pods', namespace, name), node] as const;
  // A mirror pod was made by its node: what it refers to gives the node no rights.
  if (annotations?.[mirrorAnnotation] !== undefined) return [self];
  const references = podReferences(pod);
  const tie = (kind: RelatedKind, names: Iterable<string>) =>
    [...names].map(one => [id(kind, namespace, one), node] as const);
  return [
    self,
    ...tie('serviceaccounts', references.serviceAccount ? [references.serviceAccount] : []),
    ...tie('secrets', references.secrets),
    ...tie('configmaps', references.configMaps),
    ...tie('persistentvolumeclaims', references.claims),
    ...tie('resourceclaims', references.resourceClaims),
  ];
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
  const ties: [string, string][] = [[self, id('persistentvolumeclaims', claim.namespace, claim.name)]];
  for (const source of Object.values(volume.spec ?? {}) as unknown[]) {
    if (typeof source !== 'object' || source === null) continue;
    const { secretName, secretNamespace } = source as VolumeSecretNaming;
    if (secretName) ties.push([id('secrets', secretNamespace || claim.namespace, secretName), self]);
    for (const field of volumeSecretFields) {
      const reference = (source as Record<string, { name?: string; namespace?: string } | undefined>)[field];
      if (reference?.name) {
        ties.push([id('secrets', reference.namespace || claim.namespace, reference.name), self]);
      }
    }
  }
  return ties;
}
