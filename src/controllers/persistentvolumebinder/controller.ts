import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '#api/generated/refs.ts';
import type { PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import { type Controller, defineController, itself, observing, watching } from '#runtime/controller.ts';
import { volumeClaimKeysOf } from '../shared/pod-volumes.ts';
import { ClaimSync } from './claims.ts';
import { claimKey, className } from '#runtime/volume-matching.ts';
import { VolumeSync, type VolumeSyncOptions } from './volumes.ts';

const claimIndex = 'persistentvolume-binder/claim';
const podIndex = 'persistentvolume-binder/pod';

/**
 * Binds claims to volumes and takes back the volumes of claims that are gone. It provisions nothing: a class's provisioner
 * runs in the cluster and sees what it is asked for in the claim's annotations.
 */
export function persistentVolumeBinder(options: VolumeSyncOptions): Controller {
  return defineController({
    name: 'persistentvolume-binder',
    component: 'persistentvolume-controller',
    setup: environment => {
      const claims = environment.informer(persistentVolumeClaims);
      const volumes = environment.informer(persistentVolumes);
      const classes = environment.informer(storageClasses);
      const podInformer = environment.informer(pods);
      podInformer.addIndex(podIndex, volumeClaimKeysOf);
      volumes.addIndex(claimIndex, volume => [claimKey(volume)].filter(key => key !== undefined));
      const pending = (wanted: (claim: PersistentVolumeClaim) => boolean) =>
        claims
          .list()
          .filter(claim => claim.status?.phase !== 'Bound' && wanted(claim))
          .flatMap(itself);
      const claimSync = new ClaimSync(environment, {
        volumes,
        classes,
        podsOf: key => podInformer.byIndex(podIndex, key),
      });
      const volumeSync = new VolumeSync(environment, claims, options);
      return [
        {
          for: persistentVolumeClaims,
          watches: [
            watching(persistentVolumes, volume => {
              const key = claimKey(volume);
              return key ? [key] : pending(claim => className(claim) === className(volume));
            }),
            watching(storageClasses, ({ metadata }) =>
              pending(
                claim => className(claim) === metadata.name || claim.spec?.storageClassName === undefined,
              ),
            ),
            // What a claim says of whom it waits for changes with the pods that mount it.
            observing(pods, ({ object, old }) => {
              if (old && old.spec?.nodeName === object.spec?.nodeName) return [];
              const keys = volumeClaimKeysOf(object);
              return keys.filter(key => claims.get(key)?.status?.phase === 'Pending');
            }),
          ],
          // Claims compete for volumes: one is decided upon at a time.
          concurrency: 1,
          reconcile: async key => {
            const claim = claims.get(key);
            if (claim) await claimSync.sync(claim);
          },
        },
        {
          for: persistentVolumes,
          watches: [
            watching(persistentVolumeClaims, claim => {
              const [key] = itself(claim);
              const named = claim.spec?.volumeName ? [claim.spec.volumeName] : [];
              return [...volumes.byIndex(claimIndex, key!).map(({ metadata }) => metadata.name!), ...named];
            }),
          ],
          concurrency: 1,
          reconcile: async name => {
            const volume = volumes.get(name);
            if (volume) await volumeSync.sync(volume);
          },
        },
      ];
    },
  });
}
