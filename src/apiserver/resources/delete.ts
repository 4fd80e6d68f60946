import { cloneJson, deepEqual } from '#base/equal.ts';
import { toRfc3339 } from '#base/clock.ts';
import type { KubeObject } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import { Entry, withRevision } from './entry.ts';
import { readEntry } from './presented.ts';
import type { ServedResource } from './served.ts';
import {
  type WriteContext,
  type WriteServices,
  admissionRequest,
  keyOf,
  noSuchObject,
} from './write-context.ts';
import { secondsToMs } from '#machinery/go-values.ts';

/** metav1.DeleteOptions. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly orphanDependents?: boolean;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
}

const orphanFinalizer = 'orphan';
const foregroundFinalizer = 'foregroundDeletion';

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
  const { served } = context;
  const key = keyOf(context, name);
  return services.races.win(served, key, async () => {
    const old = await readEntry(served, key);
    if (!old) throw noSuchObject(served, name);
    checkPreconditions(context, name, options, old);
    const admit: Admit = async object => {
      const withOptions = { ...context, options: () => toldOptions(served, options, object) };
      const admission = admissionRequest(withOptions, 'DELETE', asked, undefined, object);
      await services.admission.mutate(admission);
      await services.admission.validate(admission);
    };
    await admit(old.object);
    return deleteOnce(services, context, options, old, admit);
  });
}

/** Asks admission about the deletion of an object as it is. */
type Admit = (object: KubeObject) => Promise<void>;

/** What admission is told: of kinds with an end of their own, upstream means this very object. */
function toldOptions(
  { bucket }: ServedResource,
  options: DeleteOptions,
  { metadata }: KubeObject,
): Record<string, unknown> {
  if (!ownDeletions.has(bucket)) return { ...options };
  return { ...options, preconditions: { uid: metadata.uid, ...options.preconditions } };
}

/** Of two kinds, whose ends are a matter of their own, upstream tells in other words. */
const ownDeletions: ReadonlySet<string> = new Set([
  'apiextensions.k8s.io/customresourcedefinitions',
  'core/namespaces',
]);

/** Throws Conflict where the object is not the one, or not as, that the deletion is for. */
export function checkPreconditions(
  { served }: WriteContext,
  name: string,
  options: DeleteOptions,
  old: Entry,
): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const found = { uid: old.object.metadata.uid, resourceVersion: String(old.revision) };
  const isOwn = ownDeletions.has(served.bucket);
  const refuse = (field: string, wanted: string, is: string | undefined, what: string) => {
    if (isOwn) {
      const why = `Precondition failed: ${field} in precondition: ${wanted}, ${field} in object meta: ${is}`;
      return statusError.conflict(served.what, name, why);
    }
    // Upstream names the kind where the resource belongs.
    const { group, kind } = served.stored;
    const why = `the ${field} in the precondition (${wanted}) does not match the ${field} in record (${is}). The object might have been ${what}`;
    return statusError.conflict({ group, resource: kind }, name, why);
  };
  if (uid !== undefined && uid !== found.uid) {
    throw refuse('UID', uid, found.uid, 'deleted and then recreated');
  }
  if (resourceVersion !== undefined && resourceVersion !== found.resourceVersion) {
    throw refuse('ResourceVersion', resourceVersion, found.resourceVersion, 'modified');
  }
}

/** Undefined when somebody else wrote first. */
async function deleteOnce(
  services: WriteServices,
  context: WriteContext,
  options: DeleteOptions,
  old: Entry,
  admit: Admit,
): Promise<DeleteResult | undefined> {
  const { strategy } = context.served.stored;
  const { object, waits } = strategy.holdsDeletion?.(old.object)
    ? begunDeletion(services, context, options, old.object)
    : nextState(services, context, options, old.object);
  // As upstream has it: what has a grace period, if of no length, is admitted once more when that is over.
  if (!waits && object !== old.object) await admit(object);
  if (context.dryRun) return { entry: object === old.object ? old : asEntry(old, object), gone: !waits };
  const { committer } = services;
  if (waits) {
    const entry = object === old.object ? old : await committer.update(context.served, old, object);
    return entry && { entry, gone: false };
  }
  // What has a grace period, if of no length, shows its deletion before it goes.
  const last =
    object === old.object
      ? await committer.delete(context.served, old)
      : await committer.end(context.served, old, object);
  return last && { entry: last, gone: true };
}

function asEntry(old: Entry, object: KubeObject): Entry {
  return new Entry(old.key, old.revision, withRevision(object, old.revision));
}

/** An object as its deletion leaves it; it is the old one where that changes nothing. */
interface Deleting {
  readonly object: KubeObject;
  /** For its finalizers, its grace period, or what else has to come first. */
  readonly waits: boolean;
}

/** Of kinds that have a way of their own to end. */
function begunDeletion(
  services: WriteServices,
  { served }: WriteContext,
  options: DeleteOptions,
  old: KubeObject,
): Deleting {
  if (old.metadata.deletionTimestamp) return { object: old, waits: true };
  const { strategy } = served.stored;
  const object = cloneJson(old);
  object.metadata.deletionTimestamp = toRfc3339(services.clock.now());
  setFinalizers(object, finalizersFor(served, options, old));
  strategy.prepareForDelete?.(object);
  return { object, waits: true };
}

/** Graceful deletion (apiserver registry/rest: BeforeDelete), and then the finalizers. */
function nextState(
  services: WriteServices,
  { served }: WriteContext,
  options: DeleteOptions,
  old: KubeObject,
): Deleting {
  const grace = graceOf(services, served, options, old);
  if (grace === 'pending') return { object: old, waits: true };
  const finalizers = finalizersFor(served, options, old);
  const waits = finalizers.length > 0 || (grace?.seconds ?? 0) > 0;
  if (!waits && !grace) return { object: old, waits };
  const metadata = { ...old.metadata };
  const object = { ...old, metadata };
  if (!old.metadata.deletionTimestamp && metadata.generation) metadata.generation++;
  setFinalizers(object, finalizers);
  const nowMs = services.clock.now();
  if (grace) {
    metadata.deletionTimestamp = toRfc3339(grace.deadlineMs);
    metadata.deletionGracePeriodSeconds = grace.seconds;
  } else {
    const before = metadata.deletionTimestamp;
    if (!before || Date.parse(before) > nowMs) metadata.deletionTimestamp = toRfc3339(nowMs);
    metadata.deletionGracePeriodSeconds = 0;
  }
  return { object: deepEqual(object, old) ? old : object, waits };
}

interface Grace {
  readonly seconds: number;
  readonly deadlineMs: number;
}

/** Undefined: the object has none, or it is over. 'pending': what is asked for is no shorter than what runs. */
function graceOf(
  services: WriteServices,
  { stored }: ServedResource,
  options: DeleteOptions,
  object: KubeObject,
): Grace | 'pending' | undefined {
  const { gracePeriodSeconds } = stored.strategy;
  if (!gracePeriodSeconds) return undefined;
  const { metadata } = object;
  const nowMs = services.clock.now();
  const asked = options.gracePeriodSeconds;
  const requested = asked !== undefined && asked < 0 ? 1 : asked;
  if (!metadata.deletionTimestamp) {
    const seconds = gracePeriodSeconds(object, requested);
    return { seconds, deadlineMs: nowMs + secondsToMs(seconds) };
  }
  const running = metadata.deletionGracePeriodSeconds ?? 0;
  if (running === 0) return undefined;
  if (requested === undefined || requested >= running) return 'pending';
  const deadlineMs = Date.parse(metadata.deletionTimestamp) + secondsToMs(requested) - secondsToMs(running);
  if (deadlineMs >= nowMs) return { seconds: requested, deadlineMs };
  return { seconds: Math.min(requested, 1), deadlineMs: nowMs };
}

function setFinalizers({ metadata }: KubeObject, finalizers: readonly string[]): void {
  if (finalizers.length > 0) metadata.finalizers = [...finalizers];
  else delete metadata.finalizers;
}

/** The finalizers after the propagation policy had its say (apiserver registry/generic: deletionFinalizers). */
function finalizersFor(served: ServedResource, options: DeleteOptions, object: KubeObject): string[] {
  const now = object.metadata.finalizers ?? [];
  const others = now.filter(name => name !== orphanFinalizer && name !== foregroundFinalizer);
  const policy = policyOf(served, options, now);
  const own =
    policy === 'Orphan' ? orphanFinalizer : policy === 'Foreground' ? foregroundFinalizer : undefined;
  if (own === undefined) return others;
  return now.length === others.length + 1 && now.includes(own) ? [...now] : [...others, own];
}

function policyOf(served: ServedResource, options: DeleteOptions, now: readonly string[]): string {
  const { defaultPropagation = 'Background' } = served.stored.strategy;
  if (defaultPropagation === 'Unsupported') return 'Background';
  if (options.propagationPolicy) return options.propagationPolicy;
  if (options.orphanDependents !== undefined) return options.orphanDependents ? 'Orphan' : 'Background';
  if (now.includes(orphanFinalizer)) return 'Orphan';
  if (now.includes(foregroundFinalizer)) return 'Foreground';
  return defaultPropagation;
}
