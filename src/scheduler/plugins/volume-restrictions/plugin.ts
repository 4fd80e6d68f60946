import { persistentVolumeClaims } from '#api/generated/refs.ts';
import type { PersistentVolumeClaim, Volume } from '#api/generated/types/core.v1.ts';
import { objectKey, type ResourceRef } from '#machinery/object.ts';
import type { ObjectSource } from '../../framework/object-source.ts';
import {
  changeOf,
  type ClusterEvent,
  type NodeFilter,
  type Plugin,
  type Rejection,
  type Snapshot,
} from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import type { NodeInfo } from '../../framework/node-info.ts';
import type { PluginContext } from '../../framework/plugin-context.ts';
import { disksConflict, disksOf } from './disks.ts';

const name = 'VolumeRestrictions';

const diskRejection: Rejection = {
  plugin: name,
  code: 'Unschedulable',
  reasons: ['node(s) had no available disk'],
};
const claimRejection: Rejection = {
  plugin: name,
  code: 'Unschedulable',
  reasons: ['node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode'],
};

/** Keeps disks of one writer, and claims of one pod (ReadWriteOncePod, KEP-2485), to their one. */
export function volumeRestrictions({ lister }: PluginContext): Plugin {
  const claims = lister(persistentVolumeClaims);
  return {
    name,
    watches: [persistentVolumeClaims as ResourceRef],
    preFilter(pod, snapshot) {
      const missing = pod.claims.find(({ key, ephemeral }) => !ephemeral && !claims.get(key));
      if (missing) {
        const reasons = [`persistentvolumeclaim "${missing.name}" not found`];
        return { plugin: name, code: 'UnschedulableAndUnresolvable', reasons };
      }
      const disks = disksOf(pod.pod);
      const exclusive = exclusiveClaims(pod, claims);
      if (disks.length === 0 && exclusive.size === 0) return undefined;
      return new VolumeFilter(disks, exclusive, snapshot);
    },
    cures: ['nodeAdded', 'podFreed', 'objectChanged'],
    mayCure,
  };
}

function exclusiveClaims(pod: PodInfo, claims: ObjectSource<PersistentVolumeClaim>): ReadonlySet<string> {
  const keys = pod.claims.map(({ key }) => key);
  return new Set(keys.filter(key => claims.get(key)?.spec?.accessModes?.includes('ReadWriteOncePod')));
}

class VolumeFilter implements NodeFilter {
  readonly #disks: readonly Volume[];
  readonly #claims: ReadonlySet<string>;
  /** Uses of the pod's exclusive claims, on any node. */
  #users = 0;

  constructor(disks: readonly Volume[], claims: ReadonlySet<string>, snapshot: Snapshot) {
    this.#disks = disks;
    this.#claims = claims;
    for (const key of claims) this.#users += snapshot.claimUsers(key);
  }

  addPod(other: PodInfo): void {
    this.#users += this.#usesOf(other);
  }

  removePod(other: PodInfo): void {
    this.#users -= this.#usesOf(other);
  }

  test(node: NodeInfo): Rejection | undefined {
    if (this.#users > 0) return claimRejection;
    if (this.#disks.length === 0) return undefined;
    return node.pods.values().some(other => disksConflict(this.#disks, other)) ? diskRejection : undefined;
  }

  #usesOf(other: PodInfo): number {
    return other.claims.filter(({ key }) => this.#claims.has(key)).length;
  }
}

function mayCure(event: ClusterEvent, pod: PodInfo): boolean {
  const uses = (claim: string) => pod.claims.some(({ key }) => key === claim);
  if (event.type === 'nodeAdded') return true;
  if (event.type === 'podFreed') {
    return event.pod.claims.some(({ key }) => uses(key)) || disksConflict(disksOf(pod.pod), event.pod);
  }
  const claim = changeOf(event, persistentVolumeClaims);
  return claim?.type === 'added' && uses(objectKey(claim.object));
}
