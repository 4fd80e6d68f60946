import { cloneJson } from '#base/equal.ts';
import { toRfc3339 } from '#base/clock.ts';
import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import { Entry, withRevision } from './entry.ts';
import { readEntry } from './presented.ts';
import { type WriteContext, type WriteServices, admissionRequest, keyOf } from './write-context.ts';

/** metav1.DeleteOptions. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly orphanDependents?: boolean;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
}

const orphanFinalizer = 'orphan';
const foregroundFinalizer = 'foregroundDeletion';
const attemptsMax = 20;

export interface DeleteResult {
  /** The last state. */
  readonly entry: Entry;
  /** It is gone; otherwise it waits for its finalizers or its grace period. */
  readonly gone: boolean;
}

/**
 * Deletes the named object, or starts its deletion; `asked` is the name that admission is told. Throws StatusError: NotFound,
 * Conflict, or admission's.
 */
export async function deleteObject(
  services: WriteServices,
  context: WriteContext,
  name: string,
  options: DeleteOptions,
  asked = name,
): Promise<DeleteResult> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const old = await readEntry(context.served, keyOf(context, name));
    if (!old) throw statusError.notFound(context.served.what, name);
    checkPreconditions(context, name, options, old);
    const withOptions = { ...context, options: () => ({ ...options }) };
    const admission = admissionRequest(withOptions, 'DELETE', asked, undefined, old.object);
    await services.admission.mutate(admission);
    await services.admission.validate(admission);
    const result = await deleteOnce(services, context, options, old);
    if (result) return result;
  }
  throw statusError.modified(context.served.what, name);
}

function checkPreconditions(context: WriteContext, name: string, options: DeleteOptions, old: Entry): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { what } = context.served;
  if (uid !== undefined && uid !== old.object.metadata.uid) {
    const found = old.object.metadata.uid;
    throw statusError.conflict(
      what,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${found}`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== String(old.revision)) {
    throw statusError.conflict(
      what,
      name,
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${old.revision}`,
    );
  }
}

/** Undefined when somebody else wrote first. */
async function deleteOnce(
  services: WriteServices,
  context: WriteContext,
  options: DeleteOptions,
  old: Entry,
): Promise<DeleteResult | undefined> {
  const { strategy } = context.served.stored;
  const finalizers = finalizersFor(context, options, old.object);
  const graceSeconds = strategy.gracePeriodSeconds?.(old.object, options.gracePeriodSeconds) ?? 0;
  const waits = finalizers.length > 0 || graceSeconds > 0 || (strategy.holdsDeletion?.(old.object) ?? false);
  if (!waits) {
    if (context.dryRun) return { entry: old, gone: true };
    return (await services.committer.delete(context.served, old)) ? { entry: old, gone: true } : undefined;
  }
  const object = markDeleted(services, old.object, finalizers, graceSeconds);
  if (!object) return { entry: old, gone: false };
  strategy.prepareForDelete?.(object);
  if (context.dryRun)
    return { entry: new Entry(old.key, old.revision, withRevision(object, old.revision)), gone: false };
  const entry = await services.committer.update(context.served, old, object);
  return entry && { entry, gone: false };
}

/** The finalizers after the propagation policy had its say (apiserver registry/generic: deletionFinalizers). */
function finalizersFor(context: WriteContext, options: DeleteOptions, object: KubeObject): string[] {
  const now = object.metadata.finalizers ?? [];
  if (
    object.metadata.deletionTimestamp &&
    !options.propagationPolicy &&
    options.orphanDependents === undefined
  ) {
    return [...now];
  }
  const others = now.filter(name => name !== orphanFinalizer && name !== foregroundFinalizer);
  const policy = policyOf(context, options, now);
  if (policy === 'Orphan') return [...others, orphanFinalizer];
  if (policy === 'Foreground') return [...others, foregroundFinalizer];
  return others;
}

function policyOf(context: WriteContext, options: DeleteOptions, now: readonly string[]): string {
  if (options.propagationPolicy) return options.propagationPolicy;
  if (options.orphanDependents !== undefined) return options.orphanDependents ? 'Orphan' : 'Background';
  if (now.includes(orphanFinalizer)) return 'Orphan';
  if (now.includes(foregroundFinalizer)) return 'Foreground';
  return context.served.stored.strategy.defaultPropagation ?? 'Background';
}

/** The object with its deletion marked; undefined when that changes nothing. */
function markDeleted(
  services: WriteServices,
  old: KubeObject,
  finalizers: readonly string[],
  graceSeconds: number,
): KubeObject | undefined {
  const object = cloneJson(old);
  const { metadata } = object;
  const sameFinalizers = finalizers.join() === (metadata.finalizers ?? []).join();
  if (finalizers.length > 0) metadata.finalizers = [...finalizers];
  else delete metadata.finalizers;
  if (metadata.deletionTimestamp) {
    const shorter = graceSeconds < (metadata.deletionGracePeriodSeconds ?? 0);
    if (!shorter && sameFinalizers) return undefined;
    if (shorter) {
      const startMs =
        Date.parse(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
      setDeadline(object, startMs, graceSeconds);
    }
    return object;
  }
  setDeadline(object, services.clock.now(), graceSeconds);
  if (metadata.generation) metadata.generation++;
  return object;
}

function setDeadline(object: KubeObject, startMs: number, graceSeconds: number): void {
  object.metadata.deletionTimestamp = toRfc3339(startMs + graceSeconds * 1000);
  object.metadata.deletionGracePeriodSeconds = graceSeconds;
}
