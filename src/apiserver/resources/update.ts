import { append } from '#base/append.ts';
import { cloneJson, deepEqual } from '#base/equal.ts';
import { inSteps, waitFor, type Work } from '#base/steps.ts';
import type { Breathe } from '#base/time-slice.ts';
import type { ResourceDefinition, Strategy } from '#api/definition.ts';
import { hideEmpties, showEmpties, withEmpties } from '#machinery/empties.ts';
import type { FieldError } from '#machinery/field.ts';
import { integerProblem } from '#machinery/go-values.ts';
import type { KubeObject } from '#machinery/object.ts';
import { type StatusError, statusError } from '#machinery/status.ts';
import { changesNothing, checkAfterAdmission, trackWrite } from '../apply/track.ts';
import { createObject } from './create.ts';
import { Entry, withRevision } from './entry.ts';
import { changedMetadataErrors } from './metadata-errors.ts';
import { dropRepeatedOwners } from './owners.ts';
import { asWritten, readEntry } from './presented.ts';
import { reachOf } from './reach.ts';
import { matchNamespace } from './request-namespace.ts';
import { upstreamKey } from './upstream-key.ts';
import {
  type WriteContext,
  type WriteServices,
  admissionRequest,
  checkTimely,
  keyOf,
  noSuchObject,
  ownErrors,
  settleEmpties,
  settleOrder,
  strategyContext,
} from './write-context.ts';

/**
 * Makes the new object (private and mutable) from the current one; asked again after a lost race. `breathe`: what to ask
 * between its steps, where it takes long.
 */
export type Transform = (
  current: KubeObject,
  breathe: Breathe | undefined,
) => KubeObject | Promise<KubeObject>;

export interface UpdateResult {
  readonly entry: Entry;
  readonly created: boolean;
}

/**
 * Updates the named object to what `transform` makes of it. A resourceVersion in the new object makes the write
 * conditional. Throws StatusError: NotFound, Conflict, Invalid, or what admission says.
 */
export async function updateObject(
  services: WriteServices,
  context: WriteContext,
  name: string,
  transform: Transform,
  createMissing?: () => KubeObject | Promise<KubeObject>,
): Promise<UpdateResult> {
  const { served } = context;
  const key = keyOf(context, name);
  return services.races.win(served, key, async () => {
    checkTimely(services, context);
    const old = await readEntry(served, key);
    if (!old) {
      const missing = noSuchObject(served, name);
      if (!createMissing || missing.code !== 404) throw missing;
      const object = await createMissing();
      // It has no version yet, but what a client says is read.
      revisionOf(object.metadata.resourceVersion);
      if (object.metadata.uid) throw wrongUid(context, name, object.metadata.uid, '');
      try {
        return { entry: await createObject(services, context, object), created: true };
      } catch (error) {
        // Somebody else has created it meanwhile: it is updated.
        if (served.cache.get(key)) return undefined;
        throw error;
      }
    }
    const breathe = context.breathe ?? (old.isLarge ? () => services.slice.breathe() : undefined);
    const object = await transform(old.object, breathe);
    const conditional = checkPreconditions(context, name, object, old);
    const paced = breathe === context.breathe ? context : { ...context, breathe };
    const entry = await inSteps(updateOnce(services, paced, name, object, old), breathe);
    if (entry) return { entry, created: false };
    if (conditional) throw statusError.modified(served.what, name);
    return undefined;
  });
}

function checkPreconditions(context: WriteContext, name: string, object: KubeObject, old: Entry): boolean {
  const { uid } = object.metadata;
  // Who sends the whole object means that very one; of a patch, validation tells that a uid does not change.
  if (uid && uid !== old.object.metadata.uid && context.verb !== 'patch') {
    throw wrongUid(context, name, uid, old.object.metadata.uid!);
  }
  return checkVersion(context, name, object, old);
}

/** Whether the object insists on the version of the old one. Throws Conflict where that is another one. */
function checkVersion(context: WriteContext, name: string, { metadata }: KubeObject, old: Entry): boolean {
  const { resourceVersion } = metadata;
  if (resourceVersion === String(old.revision)) return true;
  const revision = revisionOf(resourceVersion);
  if (revision === 0n) return false;
  if (revision !== BigInt(old.revision)) throw statusError.modified(context.served.what, name);
  return true;
}

/** 0 where a client says none. Throws what Go's parser says of a text that is none. */
function revisionOf(resourceVersion: string | undefined): bigint {
  if (!resourceVersion) return 0n;
  const problem = integerProblem('ParseUint', resourceVersion);
  if (problem !== undefined) throw statusError.unclassified(problem);
  return BigInt(resourceVersion);
}

/** As upstream's storage says it. */
function wrongUid(
  { served, namespace, dryRun }: WriteContext,
  name: string,
  wanted: string,
  found: string,
): StatusError {
  const key = upstreamKey(served.stored, namespace, name, dryRun);
  const failed = `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`;
  const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${failed}`;
  return statusError.conflict(served.what, name, why);
}

/** Undefined when somebody else wrote first. */
function* updateOnce(
  services: WriteServices,
  context: WriteContext,
  name: string,
  object: KubeObject,
  old: Entry,
): Work<Entry | undefined> {
  const { served } = context;
  restorePlace(context, object, old.object);
  const admission = admissionRequest(context, 'UPDATE', name, object, old.object);
  setDefaults(context, object);
  yield;
  yield* waitFor(trackWrite(services, context, object, old.object));
  yield;
  const { managedFields } = object.metadata;
  const mutating = services.admission.mutate(admission);
  if (mutating) {
    yield mutating;
    checkVersion(context, name, object, old);
  }
  // Who mutates may no more say what the server alone says than a client may.
  restoreSystemFields(object, old.object);
  checkAfterAdmission(context, object, managedFields);
  yield* waitFor(services.admission.complete(admission));
  dropRepeatedOwners(object, message => context.warn(message), true);
  matchNamespace(served, context.namespace, object);
  setDefaults(context, object);
  settleEmpties(services, served, object);
  showEmpties(object);
  prepare(services, context, object, old.object);
  yield;
  const isStatus = context.subresource === 'status';
  const errors = changedMetadataErrors(context, object, old.object);
  const own = isStatus ? [] : yield* waitFor(ownErrors(services, context, object, errors, old.object));
  append(errors, own);
  validate(services, context, object, old.object, errors);
  hideEmpties(object);
  yield;
  settleOrder(services, served, object);
  const unchanged = changesNothing(object, old.object);
  yield;
  const stored = services.admission.carryOut(admission, () =>
    store(services, context, object, old, unchanged),
  );
  return yield* waitFor(stored);
}

/** Undefined when somebody else wrote first. */
async function store(
  services: WriteServices,
  context: WriteContext,
  object: KubeObject,
  old: Entry,
  unchanged: boolean,
): Promise<Entry | undefined> {
  const { served } = context;
  if (context.dryRun) {
    const written = await asWritten(served, object);
    return new Entry(old.key, old.revision, withRevision(written, old.revision));
  }
  checkTimely(services, context);
  if (endsDeletion(context, object, old.object)) {
    if (!(await services.committer.delete(served, old))) return undefined;
    return new Entry(old.key, old.revision, withRevision(object, old.revision));
  }
  if (unchanged) return old;
  return services.committer.update(served, old, object, {
    mayLoseManagers: context.fieldManager !== undefined,
    breathe: context.breathe,
  });
}

/** What an object has before anybody mutates it: its place, and the version that a patch was put on. */
function restorePlace(
  { served, verb }: WriteContext,
  { metadata }: KubeObject,
  { metadata: { name, namespace, resourceVersion } }: KubeObject,
): void {
  metadata.name ??= name!;
  if (verb === 'patch') metadata.resourceVersion ??= resourceVersion!;
  if (served.stored.namespaced) metadata.namespace ??= namespace!;
}

function restoreSystemFields(object: KubeObject, old: KubeObject): void {
  const meta = object.metadata;
  const was = old.metadata;
  meta.uid ||= was.uid!;
  meta.resourceVersion = was.resourceVersion!;
  set(meta, 'selfLink', undefined);
  set(meta, 'creationTimestamp', was.creationTimestamp);
  set(meta, 'generateName', meta.generateName ?? was.generateName);
  // What is being deleted stays so; who wants to have deleted what is not is refused by validation.
  if (was.deletionTimestamp) meta.deletionTimestamp = was.deletionTimestamp;
  if (was.deletionGracePeriodSeconds !== undefined) {
    meta.deletionGracePeriodSeconds ??= was.deletionGracePeriodSeconds;
  }
  set(meta, 'generation', was.generation);
}

function set<T, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) target[key] = value;
  else if (target[key] !== undefined) delete target[key];
}

/** What the write cannot reach gets none: it may be the stored object's own, and is put back to that in any case. */
function setDefaults({ served, subresource }: WriteContext, object: KubeObject): void {
  const { setDefaults: set } = served.stored.strategy;
  if (!set) return;
  const isReached = reachOf(served.stored, subresource);
  const target = object as unknown as Loose;
  withEmpties(object, () => {
    const reached: Loose = {};
    for (const key in target) if (isReached(key)) reached[key] = target[key];
    set(reached as unknown as KubeObject);
    for (const key in target) if (isReached(key) && !(key in reached)) delete target[key];
    Object.assign(target, reached);
  });
}

/** Each side of the spec/status divide keeps what the other may not change. */
function prepare(services: WriteServices, context: WriteContext, object: KubeObject, old: KubeObject): void {
  const { stored: definition } = context.served;
  const { strategy } = definition;
  const hooks = strategyContext(services, context);
  context.carry?.(object, old);
  keepUnreached(object, old, reachOf(definition, context.subresource));
  if (context.subresource === 'status') {
    keepMetadata(object, old, strategy.statusKeeps);
    strategy.prepareForStatusUpdate?.(object, old, hooks);
    return;
  }
  if (context.subresource === '') strategy.dropDisabled?.(object);
  strategy.prepareForUpdate?.(object, old, hooks);
  if (
    countsSpecs.has(strategy.generation ?? definition.statusSubresource ?? false) &&
    specChanged(definition, object, old)
  ) {
    object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  }
}

/** Who manages which fields is followed for every write. */
function keepMetadata(object: KubeObject, { metadata }: KubeObject, keeps: Strategy['statusKeeps']): void {
  if (keeps === 'metadata') {
    const { managedFields } = object.metadata;
    object.metadata = cloneJson(metadata);
    set(object.metadata, 'managedFields', managedFields);
    return;
  }
  for (const field of keeps ?? []) set(object.metadata, field, metadata[field] as never);
}

type Loose = Record<string, unknown>;

/** What is kept is the old object's own, frozen. */
function keepUnreached(object: KubeObject, old: KubeObject, isReached: (member: string) => boolean): void {
  const [target, source] = [object as unknown as Loose, old as unknown as Loose];
  for (const key in source) if (!isReached(key)) target[key] = source[key];
  for (const key in target) if (!isReached(key) && !(key in source)) delete target[key];
}

const countsSpecs: ReadonlySet<unknown> = new Set([true, 'literal']);

/** Status is no part of the spec where it has a subresource of its own. */
function specChanged(
  { statusSubresource, strategy }: ResourceDefinition,
  object: KubeObject,
  old: KubeObject,
): boolean {
  const strip = ({ metadata: _m, status, ...rest }: Loose) =>
    statusSubresource ? rest : { ...rest, status };
  const now = strip(object as unknown as Loose);
  // A copy's empties are like any other value.
  return !deepEqual(strategy.generation === 'literal' ? cloneJson(now) : now, strip(old as unknown as Loose));
}

/** Throws Invalid for `errors` and for what is wrong with the change itself. */
function validate(
  services: WriteServices,
  context: WriteContext,
  object: KubeObject,
  old: KubeObject,
  errors: FieldError[],
): void {
  const { stored: definition } = context.served;
  const { validateUpdate, validateStatusUpdate } = context.served.definition.strategy;
  const hooks = strategyContext(services, context, errors);
  const check = context.subresource === 'status' ? validateStatusUpdate : validateUpdate;
  append(errors, check?.(object, old, hooks) ?? []);
  if (errors.length > 0) {
    const { group, kind } = definition;
    throw statusError.invalid({ group, kind }, object.metadata.name ?? '', errors);
  }
  for (const warning of warningsOf(context, object, old)) context.warn(warning);
}

function warningsOf({ served, subresource }: WriteContext, object: KubeObject, old: KubeObject) {
  const { warnings, statusWarnings } = served.definition.strategy;
  if (subresource === 'status') return statusWarnings?.(object) ?? [];
  return (subresource === '' && warnings?.(object, old)) || [];
}

/** The last finalizer went from an object that was only waiting for that. */
function endsDeletion(context: WriteContext, object: KubeObject, old: KubeObject): boolean {
  if (!old.metadata.deletionTimestamp) return false;
  if (object.metadata.finalizers && object.metadata.finalizers.length > 0) return false;
  if ((old.metadata.deletionGracePeriodSeconds ?? 0) !== 0) return false;
  return !(context.served.stored.strategy.holdsDeletion?.(object) ?? false);
}
