import { persistentVolumeClaims, persistentVolumes, storageClasses } from '#api/generated/refs.ts';
import type { PersistentVolume } from '#api/generated/types/core.v1.ts';
import { deepEqual } from '#base/equal.ts';
import { objectKey, type ResourceRef } from '#machinery/object.ts';
import { className } from '#runtime/volume-matching.ts';
import { changeOf, type ClusterEvent, type Plugin, type Rejection } from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import type { PluginContext } from '../../framework/plugin-context.ts';

const name = 'VolumeZone';

const conflict = reject('node(s) had no available volume zone');

/** Labels that place a volume, each with the one that took its place. */
const topologyLabels: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region': 'topology.kubernetes.io/region',
};

interface VolumeTopology {
  readonly label: string;
  readonly values: ReadonlySet<string>;
}

/** Only nodes in the zone and region that the labels of the pod's volumes name. */
export function volumeZone({ lister }: PluginContext): Plugin {
  const claims = lister(persistentVolumeClaims);
  const volumes = lister(persistentVolumes);
  const classes = lister(storageClasses);

  /** Where a claim's volume is, or why that cannot be said; none for one that waits for a pod. */
  const topologiesOf = (claimKey: string, claimName: string): readonly VolumeTopology[] | Rejection => {
    const claim = claims.get(claimKey);
    if (!claim) return reject(`persistentvolumeclaim "${claimName}" not found`);
    const { volumeName } = claim.spec ?? {};
    if (volumeName) {
      const volume = volumes.get(volumeName);
      return volume ? topologies(volume) : reject(`persistentvolume "${volumeName}" not found`);
    }
    const wanted = className(claim);
    if (wanted === '') return reject('PersistentVolumeClaim had no pv name and storageClass name');
    const storageClass = classes.get(wanted);
    if (!storageClass) return reject(`storageclass.storage.k8s.io "${wanted}" not found`);
    return storageClass.volumeBindingMode === 'WaitForFirstConsumer'
      ? []
      : reject('PersistentVolume had no name');
  };

  return {
    name,
    watches: [persistentVolumeClaims, persistentVolumes, storageClasses] as readonly ResourceRef[],
    preFilter(pod) {
      const all: VolumeTopology[] = [];
      for (const claim of pod.claims) {
        if (claim.ephemeral) continue;
        const found = topologiesOf(claim.key, claim.name);
        if ('plugin' in found) return found;
        all.push(...found);
      }
      if (all.length === 0) return undefined;
      return {
        test: ({ labels }) =>
          isPlaced(labels) && !all.every(one => isIn(labels, one)) ? conflict : undefined,
      };
    },
    cures: ['nodeAdded', 'nodeUpdated', 'objectChanged'],
    mayCure,
  };
}

function reject(reason: string): Rejection {
  return { plugin: name, code: 'UnschedulableAndUnresolvable', reasons: [reason] };
}

/** A value names several zones by 'a__b'; one that names an empty zone says nothing. */
function topologies({ metadata }: PersistentVolume): readonly VolumeTopology[] {
  return Object.keys(topologyLabels).flatMap(label => {
    const zones = metadata.labels?.[label]?.split('__').map(zone => zone.trim()) ?? [''];
    return zones.includes('') ? [] : [{ label, values: new Set(zones) }];
  });
}

/** A node without any such label is in a cluster that has no zones. */
function isPlaced(labels: Readonly<Record<string, string>>): boolean {
  return Object.keys(topologyLabels).some(label => labels[label] !== undefined);
}

function isIn(labels: Readonly<Record<string, string>>, { label, values }: VolumeTopology): boolean {
  const value = labels[label] ?? labels[topologyLabels[label]!];
  return value !== undefined && values.has(value);
}

function mayCure(event: ClusterEvent, pod: PodInfo): boolean {
  if (event.type === 'nodeAdded') return true;
  if (event.type === 'nodeUpdated') return !deepEqual(event.node.metadata.labels, event.old.metadata.labels);
  if (event.type !== 'objectChanged' || event.change.type === 'deleted') return false;
  const claim = changeOf(event, persistentVolumeClaims);
  if (claim) return pod.claims.some(({ key }) => key === objectKey(claim.object));
  const volume = changeOf(event, persistentVolumes);
  if (volume) return !volume.old || !deepEqual(volume.object.metadata.labels, volume.old.metadata.labels);
  const storageClass = changeOf(event, storageClasses);
  return storageClass?.type === 'added' && storageClass.object.volumeBindingMode === 'WaitForFirstConsumer';
}
