import {
  csiDrivers,
  csiStorageCapacities,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  storageClasses,
} from '#api/generated/refs.ts';
import { deepEqual } from '#base/equal.ts';
import { StringMap } from '#base/string-map.ts';
import { controllerOf, objectKey, type ResourceRef } from '#machinery/object.ts';
import { annotations, boundToClaim } from '#runtime/volume-matching.ts';
import { changeOf, type ClusterEvent, type Plugin, type Rejection } from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import type { PluginContext } from '../../framework/plugin-context.ts';
import { VolumeBinder } from './binder.ts';
import { type PodVolumes, volumeLimit, VolumeState } from './volumes.ts';

export interface VolumeBindingOptions {
  /** How long a pod's claims may take to be bound. Default: 600. */
  readonly bindTimeoutSeconds?: number;
}

const name = 'VolumeBinding';

const reject = (...reasons: readonly string[]): Rejection => ({
  plugin: name,
  code: 'UnschedulableAndUnresolvable',
  reasons,
});

/** Only nodes that reach the pod's volumes; binds claims that wait for a pod, or has their volumes made (KEP-490). */
export function volumeBinding(context: PluginContext, options: VolumeBindingOptions = {}): Plugin {
  const { bindTimeoutSeconds = 600 } = options;
  const state = new VolumeState(context);
  const binder = new VolumeBinder(context, state, bindTimeoutSeconds * 1000);
  const nodeSource = context.lister(nodes);
  /** What was decided, by the pod's uid, until the pod is bound. */
  const reserved = new StringMap<PodVolumes>();

  const unreserve = ({ uid }: PodInfo) => {
    const { matches = [], provisions = [] } = reserved.get(uid) ?? {};
    for (const { volume } of matches) state.volumes.forget(volume);
    for (const claim of provisions) state.claims.forget(claim);
    reserved.delete(uid);
  };

  return {
    name,
    watches: [
      csiDrivers,
      csiStorageCapacities,
      persistentVolumeClaims,
      persistentVolumes,
      storageClasses,
    ] as readonly ResourceRef[],
    preFilter(pod) {
      if (pod.claims.length === 0) return undefined;
      const problem = claimProblem(pod, state);
      if (problem) return reject(problem);
      const claims = state.claimsOf(pod.claims);
      if (claims.immediate.length > 0) return reject('pod has unbound immediate PersistentVolumeClaims');
      return {
        test: node => {
          const found = state.on(node, claims);
          return 'matches' in found ? undefined : reject(...found);
        },
      };
    },
    reserve(pod, nodeName) {
      if (pod.claims.length === 0) return undefined;
      const claims = state.claimsOf(pod.claims);
      if (claims.delayed.length === 0) return undefined;
      const labels = nodeSource.get(nodeName)?.metadata.labels ?? {};
      const found = state.on({ name: nodeName, labels }, claims);
      if (!('matches' in found)) return reject(...found);
      reserved.set(pod.uid, assume(state, nodeName, found));
      return undefined;
    },
    unreserve,
    preBindPreFlight: ({ uid }) => reserved.has(uid),
    preBind: (pod, nodeName) => binder.bind(pod, nodeName, reserved.get(pod.uid)!),
    // What was assumed is written by now.
    postBind: unreserve,
    cures: ['nodeAdded', 'nodeUpdated', 'objectChanged'],
    mayCure,
  };
}

/** Why a pod's claims are of no use yet. */
function claimProblem({ pod, key, claims }: PodInfo, state: VolumeState): string | undefined {
  for (const { name: claimName, key: claimKey, ephemeral } of claims) {
    const claim = state.claims.get(claimKey);
    if (!claim) {
      return ephemeral
        ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${claimName}"`
        : `persistentvolumeclaim "${claimName}" not found`;
    }
    if (claim.status?.phase === 'Lost') {
      return `persistentvolumeclaim "${claimName}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`;
    }
    if (claim.metadata.deletionTimestamp) return `persistentvolumeclaim "${claimName}" is being deleted`;
    if (ephemeral && controllerOf(claim)?.uid !== pod.metadata.uid) {
      return `PVC ${claimKey} was not created for pod ${key} (pod is not owner)`;
    }
  }
  return undefined;
}

/** Counts the decision at once, long before the server has it; answers what is to be written. */
function assume(state: VolumeState, nodeName: string, { matches, provisions }: PodVolumes): PodVolumes {
  const assumed: PodVolumes = {
    matches: matches.map(({ claim, volume }) => ({ claim, volume: boundToClaim(volume, claim) })),
    provisions: provisions.map(claim => ({
      ...claim,
      metadata: {
        ...claim.metadata,
        annotations: { ...claim.metadata.annotations, [annotations.selectedNode]: nodeName },
      },
    })),
  };
  for (const { volume } of assumed.matches) state.volumes.assume(volume);
  for (const claim of assumed.provisions) state.claims.assume(claim);
  return assumed;
}

function mayCure(event: ClusterEvent, pod: PodInfo): boolean {
  if (event.type === 'nodeAdded') return true;
  if (event.type === 'nodeUpdated') return !deepEqual(event.node.metadata.labels, event.old.metadata.labels);
  if (event.type !== 'objectChanged' || event.change.type === 'deleted') return false;
  const claim = changeOf(event, persistentVolumeClaims);
  if (claim) return pod.claims.some(({ key }) => key === objectKey(claim.object));
  if (changeOf(event, persistentVolumes)) return true;
  const storageClass = changeOf(event, storageClasses);
  if (storageClass) {
    const { object, old } = storageClass;
    return !old || !deepEqual(object.allowedTopologies, old.allowedTopologies);
  }
  const capacity = changeOf(event, csiStorageCapacities);
  if (capacity) return !capacity.old || volumeLimit(capacity.object) > volumeLimit(capacity.old);
  const driver = changeOf(event, csiDrivers);
  return !!driver?.old?.spec.storageCapacity && !driver.object.spec.storageCapacity;
}
