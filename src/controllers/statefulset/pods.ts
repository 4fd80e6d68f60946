import { persistentVolumeClaims, pods } from '#api/generated/refs.ts';
import type { ControllerRevision, StatefulSet } from '#api/generated/types/apps.v1.ts';
import type { PersistentVolumeClaim, Pod } from '#api/generated/types/core.v1.ts';
import type { Lister } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import { objectKey } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import type { ControllerEnvironment } from '#runtime/controller.ts';
import { messageOf } from '../shared/pod-control.ts';
import { claimsFor, identityLabels, ordinalOf, podForSet, podName } from './identity.ts';
import { isManagedElsewhere, isStale, ownersAtBirth, ownersToSet } from './retention.ts';

/** Makes, mends and deletes the pods of StatefulSets and their claims, and tells of it in the sets' events. */
export class StatefulPods {
  readonly #environment: ControllerEnvironment;
  readonly #claims: Lister<PersistentVolumeClaim>;

  constructor(environment: ControllerEnvironment, claims: Lister<PersistentVolumeClaim>) {
    this.#environment = environment;
    this.#claims = claims;
  }

  /** Does nothing while a claim still goes with the last pod of that name. */
  async create(set: StatefulSet, ordinal: number, revision: ControllerRevision): Promise<void> {
    const name = podName(set, ordinal);
    const claims = [...claimsFor(set, ordinal).values()].map(claim => this.#claims.get(objectKey(claim)));
    if (claims.some(claim => claim && isStale(set, name, claim))) return;
    await this.#telling(set, 'create', name, async () => {
      await this.#createClaims(set, ordinal);
      const pod = await this.#environment.client.create(pods, podForSet(set, revision, ordinal));
      await this.#setOwners(set, pod, true);
    });
  }

  /** Makes the claims that the pod lacks. */
  provide(set: StatefulSet, pod: Pod): Promise<void> {
    return this.#createClaims(set, ordinalOf(set, pod));
  }

  /** Gives the pod its labels, and its claims the owners that the retention policy asks for. */
  async conform(set: StatefulSet, pod: Pod): Promise<void> {
    const ordinal = ordinalOf(set, pod);
    const labels = { ...pod.metadata.labels, ...identityLabels(set, ordinal) };
    const isNamed = Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value);
    await this.#setOwners(set, pod, false);
    if (isNamed) return;
    await this.#telling(set, 'update', pod.metadata.name!, async () => {
      await this.#createClaims(set, ordinal);
      await this.#environment.client.update(pods, { ...pod, metadata: { ...pod.metadata, labels } });
    });
  }

  /** A pod that is gone already is deleted well. */
  delete(set: StatefulSet, pod: Pod): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    return this.#telling(set, 'delete', name!, async () => {
      try {
        await this.#environment.client.delete(pods, namespace!, name!, { preconditions: { uid } });
      } catch (error) {
        // Gone, or another pod has the name now.
        if (!hasReason(error, 'NotFound') && !hasReason(error, 'Conflict')) throw error;
      }
    });
  }

  async #createClaims(set: StatefulSet, ordinal: number): Promise<void> {
    for (const claim of claimsFor(set, ordinal).values()) {
      const known = this.#claims.get(objectKey(claim));
      if (known?.metadata.deletionTimestamp) throw new Error(`pvc ${claim.metadata.name} is being deleted`);
      if (!known) await this.#createClaim(set, podName(set, ordinal), claim);
    }
  }

  async #createClaim(set: StatefulSet, pod: string, claim: PersistentVolumeClaim): Promise<void> {
    const { client } = this.#environment;
    const { namespace, name } = claim.metadata;
    try {
      const ownerReferences = ownersAtBirth(set, claim);
      const metadata = { ...claim.metadata, ...(ownerReferences.length > 0 ? { ownerReferences } : {}) };
      await client.create(persistentVolumeClaims, { ...claim, metadata });
    } catch (error) {
      if (hasReason(error, 'AlreadyExists')) {
        const taken = await orNotFound(client.get(persistentVolumeClaims, namespace!, name!));
        if (taken && !taken.metadata.deletionTimestamp) return;
      }
      const message = `create Claim ${name} for Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}`;
      this.#environment.events.event(set, 'Warning', 'FailedCreate', message);
      throw error;
    }
    const message = `create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`;
    this.#environment.events.event(set, 'Normal', 'SuccessfulCreate', message);
  }

  async #setOwners(set: StatefulSet, pod: Pod, isNew: boolean): Promise<void> {
    for (const { metadata } of claimsFor(set, ordinalOf(set, pod)).values()) {
      const claim = this.#claims.get(objectKey({ metadata }));
      if (!claim) continue;
      const ownerReferences = ownersToSet(set, pod, claim);
      if ((isNew || ownerReferences) && isManagedElsewhere(set, pod, claim)) {
        // The word is upstream's.
        const message = `PersistentVolumeClaim ${metadata.name} has a conflicting OwnerReference that acts as a manging controller, the retention policy is ignored for this claim`;
        this.#environment.events.event(set, 'Warning', 'ConflictingController', message);
      }
      if (!ownerReferences) continue;
      await this.#environment.client.update(persistentVolumeClaims, {
        ...claim,
        metadata: { ...claim.metadata, ownerReferences },
      });
    }
  }

  async #telling(set: StatefulSet, verb: Verb, pod: string, act: () => Promise<void>): Promise<void> {
    const { events } = this.#environment;
    const what = `${verb} Pod ${pod} in StatefulSet ${set.metadata.name}`;
    try {
      await act();
    } catch (error) {
      // The name is taken by this set's own pod that the cache does not show yet, or by one that must go first.
      if (!hasReason(error, 'AlreadyExists')) {
        events.event(set, 'Warning', `Failed${titles[verb]}`, `${what} failed error: ${messageOf(error)}`);
      }
      throw error;
    }
    events.event(set, 'Normal', `Successful${titles[verb]}`, `${what} successful`);
  }
}

type Verb = keyof typeof titles;
const titles = { create: 'Create', update: 'Update', delete: 'Delete' } as const;
