import type { Pod } from '#api/generated/types/core.v1.ts';

/** A claim that a pod mounts. */
export interface PodVolumeClaim {
  readonly key: string;
  /** Made for the pod's ephemeral volume: it is only good where the pod owns it. */
  readonly made: boolean;
}

const noClaims: readonly PodVolumeClaim[] = [];
const noKeys: readonly string[] = [];

/** The claims that a pod's volumes name, and those of its ephemeral volumes. Asked of each state of each pod: most have none. */
export function volumeClaimsOf({ metadata, spec }: Pod): readonly PodVolumeClaim[] {
  let claims: PodVolumeClaim[] | undefined;
  for (const { name, persistentVolumeClaim, ephemeral } of spec?.volumes ?? []) {
    const claim = persistentVolumeClaim?.claimName ?? (ephemeral ? `${metadata.name}-${name}` : undefined);
    if (!claim) continue;
    claims ??= [];
    claims.push({ key: `${metadata.namespace}/${claim}`, made: !persistentVolumeClaim });
  }
  return claims ?? noClaims;
}

export function volumeClaimKeysOf(pod: Pod): readonly string[] {
  const claims = volumeClaimsOf(pod);
  return claims.length === 0 ? noKeys : claims.map(({ key }) => key);
}
