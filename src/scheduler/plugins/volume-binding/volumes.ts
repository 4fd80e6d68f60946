/** Which volumes a pod's claims could have on a node: the scheduler's view of volumes, claims and classes. */
import {
  csiDrivers,
  csiStorageCapacities,
  persistentVolumeClaims,
  persistentVolumes,
  storageClasses,
} from '#api/generated/refs.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import type { CSIDriver, CSIStorageCapacity, StorageClass } from '#api/generated/types/storage.v1.ts';
import { quantityValue } from '#machinery/quantity.ts';
import { annotations, className, isFullyBound, volumesFor } from '#runtime/volume-matching.ts';
import { type NodeMatcher, nodeTermMatcher, type SelectableNode } from '#api/node-selection.ts';
import type { ObjectSource } from '../../framework/object-source.ts';
import { type PodClaim, selectorOrNothing } from '../../framework/pod-info.ts';
import type { PluginContext } from '../../framework/plugin-context.ts';
import { AssumedObjects } from './assumed.ts';

/** A pod's claims, by what they still need. */
export interface PodClaims {
  readonly bound: readonly PersistentVolumeClaim[];
  /** Bound by the binder as soon as there is a volume: nothing for a scheduler to do but wait. */
  readonly immediate: readonly PersistentVolumeClaim[];
  /** Of classes that wait for a pod, the smallest first. */
  readonly delayed: readonly DelayedClaim[];
}

export interface DelayedClaim {
  readonly claim: PersistentVolumeClaim;
  /** The volumes that it may have, best first. */
  readonly volumes: readonly PersistentVolume[];
}

/** How a pod's delayed claims get their volumes on one node. */
export interface PodVolumes {
  readonly matches: readonly { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }[];
  /** Claims whose volumes are to be made. */
  readonly provisions: readonly PersistentVolumeClaim[];
}

export const reasons = {
  affinity: "node(s) didn't match PersistentVolume's node affinity",
  noVolume: "node(s) didn't find available persistent volumes to bind",
  noSpace: 'node(s) did not have enough free storage',
  missing: 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)',
} as const;

/** A class of this provisioner has only volumes that someone made by hand. */
const noProvisioner = 'kubernetes.io/no-provisioner';

const sizeOf = ({ spec }: PersistentVolumeClaim) => quantityValue(spec?.resources?.requests?.storage ?? '0');
const anyNode: NodeMatcher = () => true;

export class VolumeState {
  readonly volumes: AssumedObjects<PersistentVolume>;
  readonly claims: AssumedObjects<PersistentVolumeClaim>;
  readonly #classes: ObjectSource<StorageClass>;
  readonly #drivers: ObjectSource<CSIDriver>;
  readonly #capacities: ObjectSource<CSIStorageCapacity>;
  readonly #matchers = new WeakMap<PersistentVolume, NodeMatcher>();

  constructor({ lister }: Pick<PluginContext, 'lister'>) {
    this.volumes = new AssumedObjects(lister(persistentVolumes));
    this.claims = new AssumedObjects(lister(persistentVolumeClaims));
    this.#classes = lister(storageClasses);
    this.#drivers = lister(csiDrivers);
    this.#capacities = lister(csiStorageCapacities);
  }

  /** Claims that are not there are left out. */
  claimsOf(claims: readonly PodClaim[]): PodClaims {
    const bound: PersistentVolumeClaim[] = [];
    const immediate: PersistentVolumeClaim[] = [];
    const delayed: PersistentVolumeClaim[] = [];
    for (const { key } of claims) {
      const claim = this.claims.get(key);
      if (!claim) continue;
      if (isFullyBound(claim)) bound.push(claim);
      else if (!claim.spec?.volumeName && this.#waitsForPod(claim)) delayed.push(claim);
      else immediate.push(claim);
    }
    const volumes = delayed.length === 0 ? [] : this.volumes.list();
    return {
      bound,
      immediate,
      delayed: delayed
        .sort((a, b) => sizeOf(a) - sizeOf(b))
        .map(claim => ({ claim, volumes: volumesFor(claim, volumes) })),
    };
  }

  /** How the claims get their volumes on a node, or why they do not. */
  on(node: SelectableNode, claims: PodClaims): PodVolumes | readonly string[] {
    const wrong: string[] = [];
    const conflict = this.#boundConflict(node, claims.bound);
    if (conflict === reasons.affinity) wrong.push(conflict);
    const found = this.#delayed(node, claims.delayed);
    if (typeof found === 'string') wrong.push(found);
    if (conflict === reasons.missing) wrong.push(conflict);
    return wrong.length > 0 || typeof found === 'string' ? wrong : found;
  }

  reaches(node: SelectableNode, volume: PersistentVolume): boolean {
    let matcher = this.#matchers.get(volume);
    if (!matcher) {
      const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms?.map(nodeTermMatcher);
      matcher = terms ? one => terms.some(matches => matches(one)) : anyNode;
      this.#matchers.set(volume, matcher);
    }
    return matcher(node);
  }

  #waitsForPod(claim: PersistentVolumeClaim): boolean {
    return this.#classes.get(className(claim))?.volumeBindingMode === 'WaitForFirstConsumer';
  }

  #boundConflict(node: SelectableNode, claims: readonly PersistentVolumeClaim[]): string | undefined {
    for (const claim of claims) {
      const volume = this.volumes.get(claim.spec!.volumeName!);
      if (!volume) return reasons.missing;
      if (!this.reaches(node, volume)) return reasons.affinity;
    }
    return undefined;
  }

  #delayed(node: SelectableNode, claims: readonly DelayedClaim[]): PodVolumes | string {
    const taken = new Set<PersistentVolume>();
    const matches: { claim: PersistentVolumeClaim; volume: PersistentVolume }[] = [];
    const provisions: PersistentVolumeClaim[] = [];
    for (const { claim, volumes } of claims) {
      const selected = claim.metadata.annotations?.[annotations.selectedNode];
      if (selected !== undefined && selected !== node.name) return reasons.noVolume;
      const volume =
        selected === undefined ? volumes.find(one => !taken.has(one) && this.reaches(node, one)) : undefined;
      if (volume) {
        taken.add(volume);
        matches.push({ claim, volume });
      } else provisions.push(claim);
    }
    for (const claim of provisions) {
      const problem = this.#provisionConflict(node, claim);
      if (problem) return problem;
    }
    return { matches, provisions };
  }

  /** Why a volume for the claim cannot be made where the node reaches it. */
  #provisionConflict(node: SelectableNode, claim: PersistentVolumeClaim): string | undefined {
    const storageClass = this.#classes.get(className(claim));
    if (!storageClass?.provisioner || storageClass.provisioner === noProvisioner) return reasons.noVolume;
    const { allowedTopologies = [] } = storageClass;
    const allowed = allowedTopologies.some(
      ({ matchLabelExpressions: all = [] }) =>
        all.length > 0 && all.every(({ key, values }) => values.includes(node.labels[key]!)),
    );
    if (allowedTopologies.length > 0 && !allowed) return reasons.noVolume;
    return this.#hasSpace(node, claim, storageClass) ? undefined : reasons.noSpace;
  }

  /** By the capacities that a driver publishes, where it does (KEP-1472). */
  #hasSpace(node: SelectableNode, claim: PersistentVolumeClaim, storageClass: StorageClass): boolean {
    const size = claim.spec?.resources?.requests?.storage;
    if (size === undefined || !this.#drivers.get(storageClass.provisioner)?.spec.storageCapacity) return true;
    return this.#capacities.list().some(capacity => {
      if (capacity.storageClassName !== storageClass.metadata.name || !capacity.nodeTopology) return false;
      if (volumeLimit(capacity) < quantityValue(size)) return false;
      return selectorOrNothing(capacity.nodeTopology).matches(node.labels);
    });
  }
}

/** The largest volume that a capacity allows, in bytes; -1 where it allows none. */
export function volumeLimit({ capacity, maximumVolumeSize }: CSIStorageCapacity): number {
  const limit = maximumVolumeSize ?? capacity;
  return limit === undefined ? -1 : quantityValue(limit);
}
