import {
  csiNodes,
  persistentVolumeClaims,
  persistentVolumes,
  storageClasses,
  volumeAttachments,
} from '#api/generated/refs.ts';
import type { PersistentVolume } from '#api/generated/types/core.v1.ts';
import type { CSINode } from '#api/generated/types/storage.v1.ts';
import { objectKey, type ResourceRef } from '#machinery/object.ts';
import { className } from '#runtime/volume-matching.ts';
import type { NodeInfo } from '../../framework/node-info.ts';
import { changeOf, type ClusterEvent, type Plugin, type Rejection } from '../../framework/plugin.ts';
import type { PodInfo } from '../../framework/pod-info.ts';
import type { PluginContext } from '../../framework/plugin-context.ts';

const name = 'NodeVolumeLimits';
const attachmentIndex = 'node-volume-limits/node';

const rejection: Rejection = {
  plugin: name,
  code: 'Unschedulable',
  reasons: ['node(s) exceed max volume count'],
};

/** Not more volumes of a CSI driver on a node than its CSINode allows. */
export function nodeVolumeLimits(context: PluginContext): Plugin {
  const volumes = new DriverVolumes(context);
  const limits = context.lister(csiNodes);
  return {
    name,
    watches: [csiNodes, persistentVolumeClaims, volumeAttachments] as readonly ResourceRef[],
    preFilter(pod) {
      if (pod.claims.length === 0 || limits.size === 0) return undefined;
      const wanted = volumes.ofPod(pod);
      if (wanted.size === 0) return undefined;
      return {
        test(node) {
          const allowed = limitsOf(limits.get(node.name));
          if (allowed.size === 0) return undefined;
          return exceeds(allowed, wanted, volumes.ofNode(node)) ? rejection : undefined;
        },
      };
    },
    cures: ['nodeAdded', 'podFreed', 'objectChanged'],
    mayCure,
  };
}

/** Volumes by a name that is theirs alone, each with its driver. */
type DriverByVolume = ReadonlyMap<string, string>;

class DriverVolumes {
  readonly #sources;

  constructor({ lister }: PluginContext) {
    this.#sources = {
      claims: lister(persistentVolumeClaims),
      volumes: lister(persistentVolumes),
      classes: lister(storageClasses),
      attachments: lister(volumeAttachments),
    };
    this.#sources.attachments.addIndex(attachmentIndex, ({ spec }) => [spec.nodeName]);
  }

  ofPod({ claims }: PodInfo): DriverByVolume {
    const found = new Map<string, string>();
    for (const { key } of claims) {
      const claim = this.#sources.claims.get(key);
      if (!claim) continue;
      const volume = claim.spec?.volumeName ? this.#sources.volumes.get(claim.spec.volumeName) : undefined;
      if (volume) this.#add(found, volume);
      else {
        // The class's provisioner is going to make it.
        const driver = this.#sources.classes.get(className(claim))?.provisioner;
        if (driver) found.set(`${driver}/claim ${key}`, driver);
      }
    }
    return found;
  }

  /** Those of its pods, and those that are still attached. */
  ofNode(node: NodeInfo): DriverByVolume {
    const found = new Map<string, string>();
    for (const pod of node.pods.values()) {
      for (const [volume, driver] of this.ofPod(pod)) found.set(volume, driver);
    }
    for (const { spec } of this.#sources.attachments.byIndex(attachmentIndex, node.name)) {
      const volume = this.#sources.volumes.get(spec.source.persistentVolumeName ?? '');
      if (volume) this.#add(found, volume);
    }
    return found;
  }

  #add(found: Map<string, string>, { spec }: PersistentVolume): void {
    if (spec?.csi) found.set(`${spec.csi.driver}/${spec.csi.volumeHandle}`, spec.csi.driver);
  }
}

function limitsOf(node: CSINode | undefined): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const { name: driver, allocatable } of node?.spec.drivers ?? []) {
    if (allocatable?.count !== undefined) limits.set(driver, allocatable.count);
  }
  return limits;
}

function exceeds(
  limits: ReadonlyMap<string, number>,
  wanted: DriverByVolume,
  present: DriverByVolume,
): boolean {
  const added = [...wanted].filter(([volume]) => !present.has(volume));
  return added.some(([, driver]) => {
    const limit = limits.get(driver);
    if (limit === undefined) return false;
    const ofDriver = (drivers: Iterable<string>) => [...drivers].filter(other => other === driver).length;
    return ofDriver(present.values()) + ofDriver(added.map(([, other]) => other)) > limit;
  });
}

function mayCure(event: ClusterEvent, pod: PodInfo): boolean {
  if (event.type === 'nodeAdded') return true;
  if (event.type === 'podFreed') return event.pod.claims.length > 0;
  const claim = changeOf(event, persistentVolumeClaims);
  if (claim) return claim.type === 'added' && pod.claims.some(({ key }) => key === objectKey(claim.object));
  if (changeOf(event, volumeAttachments)?.type === 'deleted') return true;
  const node = changeOf(event, csiNodes);
  return node !== undefined && node.type !== 'deleted' && raises(node.object, node.old);
}

function raises(node: CSINode, old: CSINode | undefined): boolean {
  if (!old) return true;
  const before = limitsOf(old);
  const after = limitsOf(node);
  return [...before].some(([driver, limit]) => (after.get(driver) ?? Number.POSITIVE_INFINITY) > limit);
}
