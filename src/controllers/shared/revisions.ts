import { controllerRevisions } from '#api/generated/refs.ts';
import type { ControllerRevision } from '#api/generated/types/apps.v1.ts';
import type { PodTemplateSpec } from '#api/generated/types/core.v1.ts';
import type { LabelSelector } from '#api/generated/types/meta.v1.ts';
import type { Client } from '#client/client.ts';
import type { Informer } from '#client/informer.ts';
import { orNotFound } from '#client/retry.ts';
import { controllerOf, type KubeObject, type ResourceRef } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import { claimObjects, controllerReference } from '#runtime/ownership.ts';
import { deepEqual } from '#base/equal.ts';
import { sorted } from '#machinery/go-json.ts';
import { templateHash } from './hash.ts';
import { ownedOrOrphaned } from './owned.ts';
import { matcherOf } from './selector.ts';
import { compareText } from './time.ts';

export const revisionHashLabel = 'controller-revision-hash';

interface Owner extends KubeObject {
  readonly spec?: { readonly template: PodTemplateSpec; readonly selector: LabelSelector };
  readonly status?: { readonly collisionCount?: number };
}

/** A kind that keeps its templates as revisions. */
export interface RevisionedKind {
  readonly ref: ResourceRef;
  /** The label of a revision that has its hash. */
  readonly hashLabel: string;
}

/** The owner's revisions, oldest first, with those adopted that an owner of the same name left behind. */
export async function claimRevisions(
  client: Client,
  { ref }: RevisionedKind,
  owner: Owner,
  informer: Informer<ControllerRevision>,
): Promise<ControllerRevision[]> {
  const matches = matcherOf(owner.spec?.selector);
  const claim = { client, ref: controllerRevisions, ownerRef: ref, owner, matches };
  return (await claimObjects(claim, ownedOrOrphaned(informer, owner))).sort(byRevision);
}

function byRevision(a: ControllerRevision, b: ControllerRevision): number {
  return a.revision - b.revision || compareText(a.metadata.name!, b.metadata.name!);
}

/** The template that a revision keeps. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const data = revision.data as { spec: { template: PodTemplateSpec & { $patch?: string } } };
  const { $patch: _, ...template } = data.spec.template;
  return template;
}

/**
 * The revision of the owner's template as it is now: an equal one of `existing` (oldest first) becomes the newest,
 * else a new one is made. A name that another template has taken counts as a collision, for the caller to keep.
 */
export async function currentRevision(
  client: Client,
  kind: RevisionedKind,
  owner: Owner,
  existing: readonly ControllerRevision[],
): Promise<{ readonly revision: ControllerRevision; readonly collisionCount: number | undefined }> {
  let collisionCount = owner.status?.collisionCount;
  const newest = existing.at(-1);
  const next = (newest?.revision ?? 0) + 1;
  const wanted = newRevision(kind, owner, next, collisionCount);
  const equal = existing.findLast(revision => deepEqual(revision.data, wanted.data));
  if (equal) {
    if (equal === newest) return { revision: equal, collisionCount };
    const revision = await client.update(controllerRevisions, { ...equal, revision: next });
    return { revision, collisionCount };
  }
  for (;;) {
    const attempt = newRevision(kind, owner, next, collisionCount);
    try {
      return { revision: await client.create(controllerRevisions, attempt), collisionCount };
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error;
      const { namespace, name } = attempt.metadata;
      const taken = await orNotFound(client.get(controllerRevisions, namespace!, name!));
      const ours = taken && controllerOf(taken)?.uid === owner.metadata.uid;
      if (ours && deepEqual(taken.data, attempt.data)) return { revision: taken, collisionCount };
      collisionCount = (collisionCount ?? 0) + 1;
    }
  }
}

function newRevision(
  { ref, hashLabel }: RevisionedKind,
  owner: Owner,
  revision: number,
  collisionCount: number | undefined,
): ControllerRevision {
  const template = owner.spec!.template;
  const hash = templateHash(template, collisionCount);
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${owner.metadata.name}-${hash}`,
      namespace: owner.metadata.namespace,
      labels: { ...template.metadata?.labels, [hashLabel]: hash },
      // Among them the cause of the change, for rollout history.
      ...(owner.metadata.annotations ? { annotations: owner.metadata.annotations } : {}),
      ownerReferences: [controllerReference(ref, owner)],
    },
    // Clients compare it with the bytes that Go writes of a map.
    data: sorted({ spec: { template: { ...template, $patch: 'replace' } } }) as ControllerRevision['data'],
    revision,
  };
}

/** Deletes the oldest revisions beyond `limit` that neither a pod nor the owner uses. */
export async function forgetRevisions(
  client: Client,
  existing: readonly ControllerRevision[],
  used: ReadonlySet<string>,
  limit: number,
): Promise<void> {
  const unused = existing.filter(revision => !used.has(revision.metadata.name!)).sort(byRevision);
  for (const { metadata } of unused.slice(0, Math.max(0, unused.length - limit))) {
    await orNotFound(client.delete(controllerRevisions, metadata.namespace!, metadata.name!));
  }
}
