import { nodes, persistentVolumeClaims, persistentVolumes, storageClasses } from '#api/generated/refs.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import { type Controller, defineController, itself, observing, watching } from '#runtime/controller.ts';
import { className } from '#runtime/volume-matching.ts';
import { ClaimSync, provisionerOf, selectedNodeOf } from './claims.ts';
import type { VolumeDisk } from './disk.ts';
import { provisionerName } from './refusal.ts';
import { hostnameOf, hostnameOfVolume, volumeName } from './volume.ts';
import { isProvisioned, VolumeSync } from './volumes.ts';

export interface LocalPathProvisionerOptions {
  readonly disk: VolumeDisk;
  /** The node whose disk that is; absent: all nodes are simulated, and share it. */
  readonly nodeName?: string;
}

const orphanKey = 'orphans';

/**
 * Makes volumes in folders of a node's disk, for claims that a pod of this node waits for, and removes them when they are
 * given back. Each node has its own, and speaks with the API alone.
 */
export function localPathProvisioner({ disk, nodeName }: LocalPathProvisionerOptions): Controller {
  return defineController({
    name: 'local-path-provisioner',
    component: provisionerName,
    setup: environment => {
      const claims = environment.informer(persistentVolumeClaims);
      const volumes = environment.informer(persistentVolumes);
      const classes = environment.informer(storageClasses);
      const known = environment.informer(nodes);
      const isHere = (name: string) => nodeName === undefined || name === nodeName;
      const isOnDisk = (volume: PersistentVolume) => {
        if (!isProvisioned(volume)) return false;
        if (nodeName === undefined) return true;
        const node = known.get(nodeName);
        return hostnameOfVolume(volume) === (node ? hostnameOf(node) : nodeName);
      };
      const claimSync = new ClaimSync(environment, { volumes, classes, nodes: known }, { disk, isHere });
      const volumeSync = new VolumeSync(environment, disk);
      const waiting = (wanted: (claim: PersistentVolumeClaim) => boolean) =>
        claims
          .list()
          .filter(
            claim => !claim.spec?.volumeName && provisionerOf(claim) === provisionerName && wanted(claim),
          )
          .flatMap(itself);
      return [
        {
          for: persistentVolumeClaims,
          watches: [
            watching(storageClasses, ({ metadata }) => waiting(claim => className(claim) === metadata.name)),
            observing(nodes, ({ type, object }) =>
              type === 'deleted' ? waiting(claim => selectedNodeOf(claim) === object.metadata.name) : [],
            ),
            // One that went before its claim was bound to it is made anew.
            observing(persistentVolumes, ({ type, object }) =>
              type === 'deleted' ? waiting(claim => volumeName(claim) === object.metadata.name) : [],
            ),
          ],
          reconcile: async key => {
            const claim = claims.get(key);
            return claim && claimSync.sync(claim);
          },
        },
        {
          for: persistentVolumes,
          reconcile: async name => {
            const volume = volumes.get(name);
            if (volume && isOnDisk(volume)) await volumeSync.sync(volume);
          },
        },
        {
          // What a start that ended between the folder and the object has left.
          initialKeys: [orphanKey],
          reconcile: async () => {
            for (const name of await disk.names()) {
              const isWanted = claims.list().some(claim => volumeName(claim) === name);
              const isUsed = volumes.list().some(({ spec }) => spec?.local?.path === disk.path(name));
              if (name.startsWith('pvc-') && !isWanted && !isUsed) await disk.removeEmpty(name);
            }
          },
        },
      ];
    },
  });
}
