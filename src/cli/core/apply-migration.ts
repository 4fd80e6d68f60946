import { decodeFieldSet } from '#machinery/fields/decode.ts';
import { fieldElement } from '#machinery/fields/element.ts';
import { hasPath, union } from '#machinery/fields/field-set.ts';
import type { KubeObject, ManagedFieldsEntry } from '#machinery/object.ts';
import { hasReason } from '#machinery/status.ts';
import type { ApiClient, WriteOptions } from './api-client.ts';
import { lastAppliedKey } from './last-applied.ts';
import type { ResourceInfo } from './resources.ts';

/**
 * What was applied by the client goes over to who applies it by the server: fields that client-side apply set would
 * otherwise keep their old manager, and stay when a later manifest names them no more.
 */

/** The manager that keeps the annotation of client-side apply, for those who go back to it. */
const annotationManager = 'kubectl-last-applied';
const defaultManager = 'kubectl';
const annotationPath = ['metadata', 'annotations', lastAppliedKey].map(fieldElement);
const attempts = 5;
const retried = 'This is non-fatal and will be retried next time you apply. Error:';

interface Migration {
  readonly api: ApiClient;
  readonly info: ResourceInfo;
  readonly options: WriteOptions & { readonly fieldManager: string };
  /** Applies the configuration once more, so that fields that it does not name can go. */
  readonly reapply: () => Promise<KubeObject>;
  /** Takes what failed: the object is applied all the same. */
  readonly warn: (text: string) => void;
}

/** What the object is once `applied`, just applied by the server, has no client-side manager any more. */
export async function migrateToServerSide(migration: Migration, applied: KubeObject): Promise<KubeObject> {
  let failed = 'failed to migrate kubectl.kubernetes.io/last-applied-configuration for Server-Side Apply';
  let object = applied;
  try {
    object = await keepAnnotation(migration, object);
    failed = 'server rejected managed fields migration to Server-Side Apply';
    const migrated = await takeOver(migration, object);
    if (!migrated) return object;
    object = migrated;
    failed = 'failed to re-apply configuration after performing Server-Side Apply migration';
    return await migration.reapply();
  } catch (error) {
    migration.warn(`Warning: ${failed}. ${retried} ${(error as Error).message}\n`);
    return object;
  }
}

/** Has the annotation applied by a manager of its own, or the first server-side apply would drop it. */
async function keepAnnotation({ api, info, options }: Migration, object: KubeObject): Promise<KubeObject> {
  const text = object.metadata.annotations?.[lastAppliedKey];
  if (options.fieldManager !== defaultManager || text === undefined) return object;
  if (annotationOwners(object, 'Apply').length > 0) return object;
  const { apiVersion, kind } = object;
  const { name, namespace } = object.metadata;
  const annotation = {
    apiVersion,
    kind,
    metadata: { name, namespace, annotations: { [lastAppliedKey]: text } },
  };
  return api.patch(info.mapping, info.namespace, info.name, 'apply', annotation, {
    ...options,
    fieldManager: annotationManager,
  });
}

/** Merges the managers of client-side apply into the server-side one; undefined where there is none. */
async function takeOver(
  { api, info, options }: Migration,
  applied: KubeObject,
): Promise<KubeObject | undefined> {
  const { mapping, namespace, name } = info;
  const names = new Set(annotationOwners(applied, 'Update').map(entry => entry.manager ?? ''));
  let object = applied;
  for (let attempt = 1; ; attempt++) {
    const before = object.metadata.managedFields ?? [];
    let entries: readonly ManagedFieldsEntry[] = before;
    for (const client of names) entries = mergedManagers(entries, client, options.fieldManager);
    if (entries === before) return undefined;
    const patch = [
      { op: 'replace', path: '/metadata/managedFields', value: entries },
      { op: 'replace', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
    ];
    try {
      return await api.patch(mapping, namespace, name, 'json', patch, options);
    } catch (error) {
      if (!hasReason(error, 'Conflict') || attempt === attempts) throw error;
      object = await api.get(mapping, namespace, name);
    }
  }
}

/** The entries of that operation that have the annotation: who applied by the client last. */
function annotationOwners(object: KubeObject, operation: string): ManagedFieldsEntry[] {
  return (object.metadata.managedFields ?? []).filter(
    entry => entry.operation === operation && hasPath(decodeFieldSet(entry.fieldsV1 ?? {}), annotationPath),
  );
}

/**
 * The entries with what `client` wrote of the main resource in the entry of the applier `server`, which is made of the
 * first of them where it has none yet. Of several versions only the applier's goes in; the others are dropped.
 */
export function mergedManagers(
  entries: readonly ManagedFieldsEntry[],
  client: string,
  server: string,
): readonly ManagedFieldsEntry[] {
  const isOf = (manager: string, operation: string) => (entry: ManagedFieldsEntry) =>
    entry.manager === manager && entry.operation === operation && !entry.subresource;
  const isClient = isOf(client, 'Update');
  if (!entries.some(isClient)) return entries;
  const target = entries.find(isOf(server, 'Apply')) ?? entries.find(isClient)!;
  const sets = entries
    .filter(entry => isClient(entry) && entry.apiVersion === target.apiVersion)
    .map(entry => decodeFieldSet(entry.fieldsV1 ?? {}));
  const merged = {
    ...target,
    manager: server,
    operation: 'Apply',
    fieldsV1: sets.reduce(union, decodeFieldSet(target.fieldsV1 ?? {})) as Record<string, unknown>,
  };
  return entries.flatMap(entry => (entry === target ? [merged] : isClient(entry) ? [] : [entry]));
}
