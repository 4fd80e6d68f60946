import type { Pod, PodResourceClaim } from '#api/generated/types/core.v1.ts';
import type { ResourceClaim } from '#api/generated/types/resource.v1.ts';
import { isControlledBy } from './ownership.ts';

/** The finalizer of claims that the scheduler has allocated. */
export const claimProtection = 'resource.kubernetes.io/delete-protection';

/** A claim is for that many pods at once. */
export const reservedForMax = 256;

/** The ResourceClaim that one of a pod's claims means. */
export interface NamedClaim {
  readonly name: string;
  /** It is made for this pod, and is only good where the pod owns it. */
  readonly made: boolean;
}

/** Undefined: made from a template, but not yet; null: the pod runs without it. */
export function namedClaim(pod: Pod, claim: PodResourceClaim): NamedClaim | undefined | null {
  if (claim.resourceClaimName !== undefined) return { name: claim.resourceClaimName, made: false };
  const known = pod.status?.resourceClaimStatuses?.find(({ name }) => name === claim.name);
  if (!known) return undefined;
  return known.resourceClaimName === undefined ? null : { name: known.resourceClaimName, made: true };
}

const noKeys: readonly string[] = [];

/** The keys of all ResourceClaims that a pod uses and that have a name by now. Asked of each state of each pod: most have none. */
export function claimKeysOf(pod: Pod): readonly string[] {
  if (!pod.spec?.resourceClaims && !pod.status?.extendedResourceClaimStatus) return noKeys;
  const names = (pod.spec?.resourceClaims ?? []).flatMap(claim => namedClaim(pod, claim)?.name ?? []);
  const extended = pod.status?.extendedResourceClaimStatus?.resourceClaimName;
  return [...names, ...(extended ? [extended] : [])].map(name => `${pod.metadata.namespace}/${name}`);
}

/** Made for this pod, not for one that had its name before. */
export function isMadeFor(pod: Pod, claim: ResourceClaim): boolean {
  return isControlledBy(claim, pod);
}

export function isReservedFor(pod: Pod, { status }: ResourceClaim): boolean {
  return status?.reservedFor?.some(({ uid }) => uid === pod.metadata.uid) ?? false;
}
