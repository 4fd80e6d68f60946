import type { Pod } from '#api/generated/types/core.v1.ts';

/** A claim that a pod mounts. */
export interface PodVolumeClaim {
  readonly key: string;
  /** Made for the pod's ephemeral volume: it is only good where the pod owns it. */
  readonly made: boolean;
}

/** The claims that a pod's volumes name, and those of its ephemeral volumes. */
export function volumeClaimsOf({ metadata, spec }: Pod): PodVolumeClaim[] {
  return (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    const claim = persistentVolumeClaim?.claimName ?? (ephemeral ? `${metadata.name}-${name}` : undefined);
    return claim ? [{ key: `${metadata.namespace}/${claim}`, made: !persistentVolumeClaim }] : [];
  });
}

export function volumeClaimKeysOf(pod: Pod): string[] {
  return volumeClaimsOf(pod).map(({ key }) => key);
}
