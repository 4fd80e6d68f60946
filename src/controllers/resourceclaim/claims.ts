import { pods as podsRef, resourceClaims } from '#api/generated/refs.ts';
import type { Pod } from '#api/generated/types/core.v1.ts';
import type { ResourceClaim, ResourceClaimConsumerReference } from '#api/generated/types/resource.v1.ts';
import type { Client } from '#client/client.ts';
import type { Lister } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import { controllerOf } from '#machinery/object.ts';
import { claimProtection } from '#runtime/pod-claims.ts';
import { isPodDone } from '../shared/pods.ts';
import { podClaimAnnotation } from './pods.ts';

/** Takes reservations of pods that are done off claims; frees the devices of claims that nobody has any more. */
export class ClaimSync {
  readonly #client: Client;
  readonly #claims: Lister<ResourceClaim>;
  readonly #pods: Lister<Pod>;

  constructor(client: Client, claims: Lister<ResourceClaim>, pods: Lister<Pod>) {
    this.#client = client;
    this.#claims = claims;
    this.#pods = pods;
  }

  async sync(key: string): Promise<void> {
    const claim = this.#claims.get(key);
    if (!claim) return;
    const { reservedFor = [] } = claim.status ?? {};
    const valid: ResourceClaimConsumerReference[] = [];
    for (const consumer of reservedFor) if (await this.#needs(claim, consumer)) valid.push(consumer);
    if (valid.length < reservedFor.length) await this.#release(claim, valid);
    else if (valid.length === 0 && claim.metadata.deletionTimestamp) await this.#release(claim, valid);
    if (valid.length === 0) await this.#deleteIfUseless(claim);
  }

  async #needs(claim: ResourceClaim, { apiGroup, resource, name, uid }: ResourceClaimConsumerReference) {
    if (apiGroup || resource !== 'pods') {
      throw new Error(`unsupported ReservedFor entry: ${apiGroup ?? ''}/${resource} ${name}`);
    }
    const { namespace } = claim.metadata;
    // One that is not in the cache may just have been made: only the server knows.
    const pod =
      this.#pods.get(`${namespace}/${name}`) ??
      (await orNotFound(this.#client.get(podsRef, namespace!, name)));
    return pod?.metadata.uid === uid && !isPodDone(pod);
  }

  /** A claim with our finalizer was allocated by the scheduler, and is free again when the last pod has gone. */
  async #release(claim: ResourceClaim, valid: ResourceClaimConsumerReference[]): Promise<void> {
    const isOurs = claim.metadata.finalizers?.includes(claimProtection) ?? false;
    const isFree = valid.length === 0 && isOurs;
    const { allocation, devices, reservedFor, ...rest } = claim.status ?? {};
    const kept = isFree ? {} : { ...(allocation ? { allocation } : {}), ...(devices ? { devices } : {}) };
    const status = { ...rest, ...kept, ...(valid.length > 0 ? { reservedFor: valid } : {}) };
    const changes = (isFree && allocation) || valid.length < (reservedFor?.length ?? 0);
    const current = changes ? await this.#client.updateStatus(resourceClaims, { ...claim, status }) : claim;
    if (!isOurs || current.status?.allocation) return;
    const finalizers = (current.metadata.finalizers ?? []).filter(each => each !== claimProtection);
    await this.#client.update(resourceClaims, { ...current, metadata: { ...current.metadata, finalizers } });
  }

  /** Made for a pod that is done: the garbage collector would only come when the pod is gone. */
  async #deleteIfUseless(claim: ResourceClaim): Promise<void> {
    const { metadata } = claim;
    const owner = controllerOf(claim);
    if (owner?.kind !== 'Pod' || owner.apiVersion !== 'v1' || metadata.deletionTimestamp) return;
    const pod = this.#pods.get(`${metadata.namespace}/${owner.name}`);
    if (!pod || (pod.metadata.uid === owner.uid && !isPodDone(pod) && !this.#isSpare(claim, pod))) return;
    const preconditions = { uid: metadata.uid! };
    await orNotFound(
      this.#client.delete(resourceClaims, metadata.namespace!, metadata.name!, { preconditions }),
    );
  }

  /** Made twice, for nobody was told of the first: the pod has another of this template. */
  #isSpare({ metadata }: ResourceClaim, { status }: Pod): boolean {
    const made = metadata.annotations?.[podClaimAnnotation];
    const known = status?.resourceClaimStatuses?.find(({ name }) => name === made)?.resourceClaimName;
    if (known === undefined || known === metadata.name) return false;
    return this.#claims.get(`${metadata.namespace}/${known}`) !== undefined;
  }
}
