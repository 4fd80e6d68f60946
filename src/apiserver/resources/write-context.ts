import type { StrategyContext } from '#api/definition.ts';
import type { SchemaRegistry } from '#api/schemas.ts';
import type { Clock } from '#base/clock.ts';
import type { Random } from '#base/random.ts';
import { inSteps, type Steps } from '#base/steps.ts';
import type { Breathe, TimeSlice } from '#base/time-slice.ts';
import { dropEmpties } from '#machinery/empties.ts';
import type { FieldError } from '#machinery/field.ts';
import { goQuote } from '#machinery/go-json.ts';
import { orderMembers } from '#machinery/member-order.ts';
import { checkPathSegment } from '#machinery/names.ts';
import type { KubeObject } from '#machinery/object.ts';
import { type StatusError, statusError } from '#machinery/status.ts';
import type { AdmissionChain } from '../admission/plugin.ts';
import type { AdmissionRequest } from '../admission/request.ts';
import type { Annotate } from '../audit/trail.ts';
import type { UserInfo } from '../identity.ts';
import type { Committer } from './commit.ts';
import type { Races } from './races.ts';
import { type Catalog, type ServedResource, storageVersionOf } from './served.ts';

/** What every write needs, made once a server. */
export interface WriteServices {
  readonly committer: Committer;
  readonly races: Races;
  readonly admission: AdmissionChain;
  readonly catalog: Catalog;
  readonly schemas: SchemaRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly slice: TimeSlice;
}

/** One write request. */
export interface WriteContext {
  readonly served: ServedResource;
  /** '' for cluster-scoped resources. */
  readonly namespace: string;
  readonly subresource: string;
  /** Of the request, as authorizers see it. Absent: as the write itself. */
  readonly verb?: string;
  readonly user: UserInfo;
  readonly dryRun: boolean;
  /** Whose the changed fields are from now on; undefined: managedFields stay as the object has them. */
  readonly fieldManager: string | undefined;
  /** Create-, Update- or DeleteOptions as the client gave them. Absent: none. */
  readonly options?: () => Readonly<Record<string, unknown>>;
  /** Takes from `old` what this write may not change of an object, once it is admitted. Absent: the kind alone says what. */
  readonly carry?: (object: KubeObject, old: KubeObject) => void;
  /** Asked between the steps of a write that takes long. Absent: it is not known to. */
  readonly breathe?: Breathe | undefined;
  /** When nobody waits for the write any more, on the monotonic clock. Absent: never. */
  readonly deadlineMs?: () => number;
  warn(message: string): void;
  /** Notes something in the audit log. Absent: nothing is noted. */
  readonly annotate?: Annotate;
}

export function strategyContext(
  services: WriteServices,
  context: WriteContext,
  earlierErrors: readonly FieldError[] = [],
): StrategyContext {
  return {
    nowMs: services.clock.now(),
    user: context.user.name,
    caller: context.user,
    subresource: context.subresource,
    earlierErrors,
    namespaceLabels: () =>
      services.catalog.findPreferred('', 'namespaces')?.cache.get(context.namespace)?.object.metadata.labels,
    warn: message => context.warn(message),
  };
}

/** Makes of `object` (private and mutable, of the storage version) what storage would give back. */
export function settleEmpties(
  { schemas }: WriteServices,
  { stored }: ServedResource,
  object: KubeObject,
): void {
  if (stored.storedAsJson) return;
  const schema = schemas.schemaOf(storageVersionOf(stored).schema);
  if (schema?.native) dropEmpties(object, schema);
}

/** Puts the members of `object` (private and mutable, of the storage version) where Go has them. */
export function settleOrder(
  { schemas }: WriteServices,
  { stored }: ServedResource,
  object: KubeObject,
): void {
  const schema = schemas.schemaOf(storageVersionOf(stored).schema);
  if (schema) orderMembers(object, schema);
}

/** What the kind itself finds wrong, after what is wrong with the metadata; a promise where it takes long to find out. `old` is what an update changes. */
export function ownErrors(
  services: WriteServices,
  context: WriteContext,
  object: KubeObject,
  earlierErrors: readonly FieldError[],
  old?: KubeObject,
): FieldError[] | Promise<FieldError[]> {
  const { validate, validateInSteps } = context.served.definition.strategy;
  const hooks = strategyContext(services, context, earlierErrors);
  if (!validateInSteps) return validate?.(object, hooks, old) ?? [];
  return errorsInSteps(services, validateInSteps(object, hooks, old));
}

/** What takes long to judge takes long to encode. */
async function errorsInSteps({ slice }: WriteServices, steps: Steps<FieldError[]>): Promise<FieldError[]> {
  const errors = await inSteps(steps, () => slice.breathe());
  await slice.breathe();
  return errors;
}

/** Throws Timeout where nobody waits for the write any more: its client was told so, and may have sent it again. */
export function checkTimely({ clock }: WriteServices, { deadlineMs }: WriteContext): void {
  if (!deadlineMs || clock.monotonicMs() <= deadlineMs()) return;
  throw statusError.timeout('request did not complete within requested timeout - context deadline exceeded');
}

const noOptions = () => ({});
const noted = () => undefined;
const never = () => Number.POSITIVE_INFINITY;

export function admissionRequest(
  context: WriteContext,
  operation: AdmissionRequest['operation'],
  name: string,
  object: KubeObject | undefined,
  old: KubeObject | undefined,
): AdmissionRequest {
  const { served, subresource, namespace, user, dryRun } = context;
  const {
    verb = operation.toLowerCase(),
    options = noOptions,
    deadlineMs = never,
    annotate = noted,
  } = context;
  return {
    operation,
    verb,
    served,
    subresource,
    namespace,
    name,
    object,
    old,
    user,
    dryRun,
    options,
    deadlineMs,
    warn: message => context.warn(message),
    annotate,
  };
}

/** Why nothing was found by a name: there is no such object, or there can be none. */
export function noSuchObject({ what }: ServedResource, name: string): StatusError {
  const reasons = checkPathSegment(name);
  if (reasons.length === 0) return statusError.notFound(what, name);
  return statusError.badRequest(`Name parameter invalid: ${goQuote(name)}: ${reasons.join(';')}`);
}

export function keyOf(context: { namespace: string }, name: string): string {
  return context.namespace ? `${context.namespace}/${name}` : name;
}
