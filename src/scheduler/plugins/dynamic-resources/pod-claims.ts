import type { ResourceClaim } from '#api/generated/types/resource.v1.ts';
import { isMadeFor, namedClaim } from '#runtime/pod-claims.ts';
import type { PodInfo } from '../../framework/pod-info.ts';

/** The claims of a pod, or why they are of no use yet. */
export function claimsOfPod(
  { pod, namespace, key }: PodInfo,
  claimOf: (key: string) => ResourceClaim | undefined,
): readonly ResourceClaim[] | string {
  const claims: ResourceClaim[] = [];
  for (const podClaim of pod.spec?.resourceClaims ?? []) {
    const named = namedClaim(pod, podClaim);
    if (named === null) continue;
    if (!named) return `pod "${key}": ResourceClaim not created yet`;
    const claim = claimOf(`${namespace}/${named.name}`);
    if (!claim) return `resourceclaim "${named.name}" not found`;
    if (claim.metadata.deletionTimestamp) return `resourceclaim "${named.name}" is being deleted`;
    if (named.made && !isMadeFor(pod, claim)) {
      return `ResourceClaim ${namespace}/${named.name} was not created for pod ${key} (pod is not owner)`;
    }
    claims.push(claim);
  }
  return claims;
}
