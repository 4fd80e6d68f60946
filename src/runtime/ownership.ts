import type { Client } from '#client/client.ts';
import { orNotFound } from '#client/retry.ts';
import {
  apiVersionOf,
  controllerOf,
  type KubeObject,
  type OwnerReference,
  type ResourceRef,
} from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';

/** The reference that makes `owner` the controller of what carries it. */
export function controllerReference(ref: ResourceRef, owner: KubeObject): OwnerReference {
  return {
    apiVersion: apiVersionOf(ref),
    kind: ref.kind,
    name: owner.metadata.name!,
    uid: owner.metadata.uid!,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** `owner` is the controller of `object`, by uid. */
export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

export interface Claim<T extends KubeObject> {
  readonly client: Client;
  /** The resource of what is claimed. */
  readonly ref: ResourceRef<T>;
  readonly ownerRef: ResourceRef;
  readonly owner: KubeObject;
  /** The owner's selector. */
  readonly matches: (object: T) => boolean;
  /** Finalizers that adoption puts on. */
  readonly finalizers?: readonly string[];
}

/**
 * Which of `candidates` the owner controls, after it has adopted the orphans that its selector matches and released
 * its own that the selector no longer does. (KCM's ControllerRefManager)
 */
export async function claimObjects<T extends KubeObject>(
  claim: Claim<T>,
  candidates: readonly T[],
): Promise<T[]> {
  const claimed: T[] = [];
  const mayAdopt = once(() => confirmAdoption(claim));
  for (const object of candidates) {
    const standing = standingOf(claim, object);
    // Owners have thousands of objects that are theirs already: those wait for nothing.
    if (standing === 'held') claimed.push(object);
    else if (standing === 'lost') await release(claim, object);
    else if (standing === 'free') {
      await mayAdopt();
      const adopted = await adopt(claim, object);
      if (adopted) claimed.push(adopted);
    }
  }
  return claimed;
}

/** What an object is to a claim: its own, its own no longer, for it to adopt, or none of its business. */
function standingOf<T extends KubeObject>(
  { owner, matches }: Claim<T>,
  object: T,
): 'held' | 'lost' | 'free' | 'foreign' {
  const controller = controllerOf(object);
  if (controller) {
    if (controller.uid !== owner.metadata.uid) return 'foreign';
    if (matches(object)) return 'held';
    return owner.metadata.deletionTimestamp ? 'foreign' : 'lost';
  }
  if (owner.metadata.deletionTimestamp || object.metadata.deletionTimestamp) return 'foreign';
  return object.metadata.namespace === owner.metadata.namespace && matches(object) ? 'free' : 'foreign';
}

/** The cache may be behind: an owner that is gone, or on its way, must not adopt. */
async function confirmAdoption(
  claim: Pick<Claim<KubeObject>, 'client' | 'owner' | 'ownerRef'>,
): Promise<void> {
  const { namespace, name, uid } = claim.owner.metadata;
  const what = `${claim.ownerRef.kind} ${namespace}/${name}`;
  const fresh = await claim.client.get(claim.ownerRef, namespace ?? '', name!);
  if (fresh.metadata.uid !== uid) {
    throw new Error(`original ${what} is gone: got uid ${fresh.metadata.uid}, wanted ${uid}`);
  }
  if (fresh.metadata.deletionTimestamp) {
    throw new Error(`${what} has just been deleted at ${fresh.metadata.deletionTimestamp}.`);
  }
}

/** Resolves to undefined where the object is gone, or has changed hands meanwhile. */
async function adopt<T extends KubeObject>(claim: Claim<T>, object: T): Promise<T | undefined> {
  const patch = {
    metadata: {
      ownerReferences: [controllerReference(claim.ownerRef, claim.owner)],
      uid: object.metadata.uid,
      ...(claim.finalizers ? { finalizers: claim.finalizers } : {}),
    },
  };
  return orNotFound(patchObject(claim, object, patch));
}

async function release<T extends KubeObject>(claim: Claim<T>, object: T): Promise<void> {
  const patch = {
    metadata: {
      ownerReferences: [{ $patch: 'delete', uid: claim.owner.metadata.uid }],
      uid: object.metadata.uid,
      ...(claim.finalizers ? { '$deleteFromPrimitiveList/finalizers': claim.finalizers } : {}),
    },
  };
  try {
    await patchObject(claim, object, patch);
  } catch (error) {
    // Gone, or its references have changed so that there is nothing left to release.
    if (!hasReason(error, 'NotFound') && !hasReason(error, 'Invalid')) throw error;
  }
}

function patchObject<T extends KubeObject>(claim: Claim<T>, object: T, patch: unknown): Promise<T> {
  const { namespace, name } = object.metadata;
  return claim.client.patch(claim.ref, namespace ?? '', name!, 'strategic', patch);
}

function once(check: () => Promise<void>): () => Promise<void> {
  let pending: Promise<void> | undefined;
  return () => {
    pending ??= check();
    return pending;
  };
}
