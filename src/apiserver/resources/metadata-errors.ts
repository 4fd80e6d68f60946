import { append } from '#base/append.ts';
import { deepEqual } from '#base/equal.ts';
import type { MetadataPass } from '#api/definition.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { type NameRule, validateObjectMeta, validateObjectMetaUpdate } from '#machinery/metadata.ts';
import type { KubeObject, ObjectMeta } from '#machinery/object.ts';
import type { WriteContext } from './write-context.ts';

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];
const finalizersPath = FieldPath.of('metadata', 'finalizers');
const ratcheted = ['labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'] as const;
const updatePasses: readonly MetadataPass[] = ['update'];

/** What is wrong with a new object's metadata. */
export function newMetadataErrors(context: WriteContext, { metadata }: KubeObject): FieldError[] {
  return [...createErrors(context, metadata), ...finalizerErrors(context, metadata)];
}

/** What an update changes is judged for every kind, and once more by what the kind itself refuses. */
export function changedMetadataErrors(
  context: WriteContext,
  object: KubeObject,
  old: KubeObject,
): FieldError[] {
  const { metadataPasses } = context.served.definition.strategy;
  const passes = metadataPasses?.[context.subresource === 'status' ? 'status' : 'update'] ?? updatePasses;
  const metadata = changedMetadata(object.metadata, old.metadata);
  const update = validateObjectMetaUpdate(metadata, old.metadata);
  const names = finalizerErrors(context, metadata);
  // For every kind, a name is what can be a part of a path.
  const errors = [...createErrors(context, metadata, 'pathSegment'), ...update];
  for (const pass of passes) {
    append(errors, pass === 'create' ? createErrors(context, metadata) : update, names);
  }
  return errors;
}

function createErrors(
  { served: { definition, stored } }: WriteContext,
  metadata: ObjectMeta,
  nameRule: NameRule = definition.strategy.nameRule ?? 'dns1123Subdomain',
): FieldError[] {
  return validateObjectMeta(metadata, { namespaced: stored.namespaced, nameRule });
}

/** A finalizer without a domain is one of Kubernetes' own. */
function finalizerErrors({ served: { definition } }: WriteContext, { finalizers }: ObjectMeta): FieldError[] {
  if (!finalizers || !definition.strategy.qualifiedFinalizers) return [];
  const detail = 'name is neither a standard finalizer name nor is it fully qualified';
  return finalizers.flatMap((name, i) =>
    name.includes('/') || standardFinalizers.includes(name)
      ? []
      : [fieldError.invalid(finalizersPath.index(i), name, detail)],
  );
}

/** The metadata without what is as it was: that was valid when it came. */
function changedMetadata(metadata: ObjectMeta, old: ObjectMeta): ObjectMeta {
  const changed: { [field in keyof ObjectMeta]?: ObjectMeta[field] | undefined } = { ...metadata };
  for (const field of ratcheted) {
    if (changed[field] !== undefined && deepEqual(changed[field], old[field])) changed[field] = undefined;
  }
  return changed as ObjectMeta;
}
