import { controllerRevisions } from '#api/generated/refs.ts';
import type { ControllerRevision } from '#api/generated/types/apps.v1.ts';
import type { PodTemplateSpec } from '#api/generated/types/core.v1.ts';
import type { Client } from '#client/client.ts';
import { orNotFound } from '#client/retry.ts';
import { controllerOf, type KubeObject, type ResourceRef } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import { controllerReference } from '#runtime/ownership.ts';
import { jsonEqual } from './equal.ts';
import { templateHash } from './hash.ts';
import { compareText } from './time.ts';

export const revisionHashLabel = 'controller-revision-hash';
const hashLabel = 'controller.kubernetes.io/hash';

interface Owner extends KubeObject {
  readonly spec?: { readonly template: PodTemplateSpec };
  readonly status?: { readonly collisionCount?: number };
}

export function byRevision(a: ControllerRevision, b: ControllerRevision): number {
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
  ref: ResourceRef,
  owner: Owner,
  existing: readonly ControllerRevision[],
): Promise<{ readonly revision: ControllerRevision; readonly collisionCount: number | undefined }> {
  let collisionCount = owner.status?.collisionCount;
  const newest = existing.at(-1);
  const next = (newest?.revision ?? 0) + 1;
  const wanted = newRevision(ref, owner, next, collisionCount);
  const equal = existing.findLast(revision => jsonEqual(revision.data, wanted.data));
  if (equal) {
    if (equal === newest) return { revision: equal, collisionCount };
    const revision = await client.update(controllerRevisions, { ...equal, revision: next });
    return { revision, collisionCount };
  }
  for (;;) {
    const attempt = newRevision(ref, owner, next, collisionCount);
    try {
      return { revision: await client.create(controllerRevisions, attempt), collisionCount };
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error;
      const { namespace, name } = attempt.metadata;
      const taken = await orNotFound(client.get(controllerRevisions, namespace!, name!));
      const ours = taken && controllerOf(taken)?.uid === owner.metadata.uid;
      if (ours && jsonEqual(taken.data, attempt.data)) return { revision: taken, collisionCount };
      collisionCount = (collisionCount ?? 0) + 1;
    }
  }
}

function newRevision(
  ref: ResourceRef,
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
      ownerReferences: [controllerReference(ref, owner)],
    },
    data: { spec: { template: { ...template, $patch: 'replace' } } },
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
