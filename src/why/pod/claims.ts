import type { Pod } from '#api/generated/types/core.v1.ts';

/** The claims that a pod's volumes use, those that are made for it included. */
export function claimNames(pod: Pod): { name: string; ephemeral: boolean }[] {
  return (pod.spec?.volumes ?? []).flatMap((volume): { name: string; ephemeral: boolean }[] => {
    if (volume.persistentVolumeClaim)
      return [{ name: volume.persistentVolumeClaim.claimName, ephemeral: false }];
    return volume.ephemeral ? [{ name: `${pod.metadata.name}-${volume.name}`, ephemeral: true }] : [];
  });
}
