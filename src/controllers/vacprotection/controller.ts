import { persistentVolumeClaims, persistentVolumes, volumeAttributesClasses } from '#api/generated/refs.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '#api/generated/types/core.v1.ts';
import { orNotFound } from '#client/retry.ts';
import { defineController, watching } from '#runtime/controller.ts';

const finalizer = 'kubernetes.io/vac-protection';
const claimIndex = 'vacprotection/claim';
const volumeIndex = 'vacprotection/volume';

/** Keeps VolumeAttributesClasses that are being deleted for as long as a claim or a volume has them (KEP-3751). */
export const volumeAttributesClassProtectionController = defineController({
  name: 'volumeattributesclass-protection',
  setup: ({ client, informer }) => {
    const classes = informer(volumeAttributesClasses);
    const claims = informer(persistentVolumeClaims);
    const volumes = informer(persistentVolumes);
    claims.addIndex(claimIndex, classesOfClaim);
    volumes.addIndex(volumeIndex, classesOfVolume);

    /** The caches may be behind: before a class goes, the API is asked as well. */
    const isUsed = async (name: string): Promise<boolean> => {
      if (claims.byIndex(claimIndex, name).length > 0 || volumes.byIndex(volumeIndex, name).length > 0)
        return true;
      const liveClaims = (await client.list(persistentVolumeClaims, '')).items;
      if (liveClaims.some(claim => classesOfClaim(claim).includes(name))) return true;
      const liveVolumes = (await client.list(persistentVolumes, '')).items;
      return liveVolumes.some(volume => classesOfVolume(volume).includes(name));
    };

    return {
      for: volumeAttributesClasses,
      watches: [
        watching(persistentVolumeClaims, classesOfClaim),
        watching(persistentVolumes, classesOfVolume),
      ],
      reconcile: async name => {
        const found = classes.get(name);
        if (!found) return;
        const { deletionTimestamp, finalizers = [] } = found.metadata;
        const isProtected = finalizers.includes(finalizer);
        if (isProtected !== Boolean(deletionTimestamp)) return;
        if (deletionTimestamp && (await isUsed(name))) return;
        const wanted = deletionTimestamp
          ? finalizers.filter(each => each !== finalizer)
          : [...finalizers, finalizer];
        const metadata = { ...found.metadata, finalizers: wanted };
        await orNotFound(client.update(volumeAttributesClasses, { ...found, metadata }));
      },
    };
  },
});

function classesOfClaim({ spec, status }: PersistentVolumeClaim): string[] {
  return [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].flatMap(name => name || []);
}

function classesOfVolume({ spec }: PersistentVolume): string[] {
  return spec?.volumeAttributesClassName ? [spec.volumeAttributesClassName] : [];
}
