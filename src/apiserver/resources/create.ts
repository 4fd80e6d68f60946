import { append } from '#base/append.ts';
import { cloneJson } from '#base/equal.ts';
import { toRfc3339 } from '#base/clock.ts';
import { randomSuffix, randomUuid } from '#base/random.ts';
import { inSteps, waitFor, type Work } from '#base/steps.ts';
import { hideEmpties, showEmpties, withEmpties } from '#machinery/empties.ts';
import type { FieldError } from '#machinery/field.ts';
import type { KubeObject } from '#machinery/object.ts';
import { type StatusError, statusError } from '#machinery/status.ts';
import type { AdmissionRequest } from '../admission/request.ts';
import { checkAfterAdmission, trackWrite } from '../apply/track.ts';
import type { Ground } from './companions.ts';
import { Entry, asSaid } from './entry.ts';
import { groundsOf } from './grounds.ts';
import { newMetadataErrors } from './metadata-errors.ts';
import { dropRepeatedOwners } from './owners.ts';
import { asWritten } from './presented.ts';
import { matchNamespace } from './request-namespace.ts';
import {
  type WriteContext,
  type WriteServices,
  admissionRequest,
  checkTimely,
  keyOf,
  ownErrors,
  settleEmpties,
  settleOrder,
  strategyContext,
} from './write-context.ts';

const generateNameTries = 8;
/** A create loses races for what goes with the object, or it stands on; past this many something else is wrong. */
const attemptsMax = 20;
/** Go's maxGeneratedNameLength: 63 less the five random characters. */
const generateNameLengthMax = 58;

/**
 * Creates `object` (private and mutable, decoded and defaulted, of the storage version). Throws StatusError:
 * AlreadyExists, Invalid, or what admission says.
 */
export function createObject(
  services: WriteServices,
  context: WriteContext,
  object: KubeObject,
): Promise<Entry> {
  return inSteps(create(services, context, object), context.breathe);
}

function* create(services: WriteServices, context: WriteContext, object: KubeObject): Work<Entry> {
  clearSystemFields(context, object);
  const asked = admissionRequest(context, 'CREATE', object.metadata.name ?? '', object, undefined);
  withEmpties(object, () => context.served.stored.strategy.setDefaults?.(object));
  yield;
  yield* waitFor(trackWrite(services, context, object, undefined));
  yield;
  const { managedFields } = object.metadata;
  yield* waitFor(services.admission.mutate(asked));
  checkAfterAdmission(context, object, managedFields);
  return yield* createMutated(services, context, asked, object);
}

/** Tries names, and what goes with the object, until nobody else has them and nothing changes below it. */
function* createMutated(
  services: WriteServices,
  context: WriteContext,
  asked: AdmissionRequest,
  object: KubeObject,
): Work<Entry> {
  const generated = !object.metadata.name && object.metadata.generateName;
  const claims = services.committer.hasCompanions(context.served);
  const pristine = claims ? cloneJson(object) : object;
  for (let attempt = 1; ; attempt++) {
    const candidate = attempt === 1 ? object : cloneJson(pristine);
    if (generated) candidate.metadata.name = generateName(services, object.metadata.generateName!);
    const entry = yield* createOnce(services, context, asked, candidate);
    if (entry) return entry;
    const name = candidate.metadata.name!;
    if (attempt < attemptsMax && !context.served.cache.get(keyOf(context, name))) continue;
    if (!generated || attempt >= generateNameTries) throw alreadyExists(context, candidate);
  }
}

function alreadyExists(context: WriteContext, { metadata }: KubeObject): StatusError {
  const { served } = context;
  const name = metadata.name!;
  const error = metadata.generateName
    ? statusError.generateNameConflict(served.what, name)
    : statusError.alreadyExists(served.what, name);
  const existing = served.cache.get(keyOf(context, name))?.object;
  return existing?.metadata.deletionTimestamp ? statusError.beingDeleted(error) : error;
}

function generateName(services: WriteServices, base: string): string {
  return base.slice(0, generateNameLengthMax) + randomSuffix(services.random);
}

function* createOnce(
  services: WriteServices,
  context: WriteContext,
  asked: AdmissionRequest,
  object: KubeObject,
): Work<Entry | undefined> {
  const { stored: definition } = context.served;
  const { strategy } = definition;
  // Before anything looks at them.
  const grounds = groundsOf(services, context);
  fillSystemFields(services, context, object);
  const { name = '' } = object.metadata;
  const admission =
    asked.name !== '' && object === asked.object ? asked : { ...asked, name: asked.name || name, object };
  yield* waitFor(services.admission.complete(admission));
  dropRepeatedOwners(object, message => context.warn(message), true);
  matchNamespace(context.served, context.namespace, object);
  settleEmpties(services, context.served, object);
  showEmpties(object);
  const hooks = strategyContext(services, context);
  if (definition.statusSubresource && !strategy.createsStatus) delete (object as { status?: unknown }).status;
  strategy.dropDisabled?.(object);
  strategy.prepareForCreate?.(object, hooks);
  yield;
  const errors = newMetadataErrors(context, object);
  append(errors, yield* waitFor(ownErrors(services, context, object, errors)));
  refuseInvalid(context, object, errors);
  hideEmpties(object);
  settleOrder(services, context.served, object);
  const { warnings } = context.served.definition.strategy;
  for (const warning of warnings?.(object) ?? []) context.warn(warning);
  yield;
  const stored = services.admission.carryOut(admission, () => storeNew(services, context, object, grounds));
  return yield* waitFor(stored);
}

/** Undefined when the name is taken, or what goes with the object, or the grounds have changed. */
async function storeNew(
  services: WriteServices,
  context: WriteContext,
  object: KubeObject,
  grounds: readonly Ground[],
): Promise<Entry | undefined> {
  const key = keyOf(context, object.metadata.name!);
  if (!context.dryRun) takeVersion(context, object);
  if (context.served.cache.get(key)) {
    // What cannot be stored is refused before what is there already.
    await context.served.definition.conversion?.store(object);
    return undefined;
  }
  if (context.dryRun) {
    return new Entry(key, 0, asSaid(await asWritten(context.served, object)));
  }
  checkTimely(services, context);
  const { fieldManager, breathe } = context;
  const options = { mayLoseManagers: fieldManager !== undefined, grounds, breathe };
  return services.committer.create(context.served, key, object, options);
}

/** What the server alone says of an object is not for clients to bring along. */
function clearSystemFields({ served, namespace }: WriteContext, { metadata }: KubeObject): void {
  delete metadata.uid;
  delete metadata.creationTimestamp;
  delete metadata.selfLink;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  if (served.stored.namespaced) metadata.namespace = namespace;
  else delete metadata.namespace;
}

/**
 * What has a version was stored before. Upstream's store says so, in an error that it does not classify: after everybody
 * else has judged the object, and of no dry run. An update or a patch that creates may say any version.
 */
function takeVersion({ verb }: WriteContext, { metadata }: KubeObject): void {
  if ((verb ?? 'create') === 'create' && /^0*[1-9]\d*$/.test(metadata.resourceVersion ?? '')) {
    throw statusError.unclassified('resourceVersion should not be set on objects to be created');
  }
  delete metadata.resourceVersion;
}

function fillSystemFields(services: WriteServices, context: WriteContext, object: KubeObject): void {
  const { metadata } = object;
  const { stored: definition } = context.served;
  metadata.uid = randomUuid(services.random);
  metadata.creationTimestamp = toRfc3339(services.clock.now());
  if (definition.strategy.generation ?? definition.statusSubresource ?? false) metadata.generation = 1;
}

function refuseInvalid(
  { served: { stored } }: WriteContext,
  { metadata }: KubeObject,
  errors: readonly FieldError[],
): void {
  if (errors.length === 0) return;
  throw statusError.invalid({ group: stored.group, kind: stored.kind }, metadata.name ?? '', errors);
}
