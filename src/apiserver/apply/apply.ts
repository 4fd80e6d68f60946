/** Server-side apply: apimachinery's util/managedfields, for operation Apply. */
import type { Breathe } from '#base/time-slice.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { type Managers, type Manager, decodeManagers, encodeManagers } from '#machinery/managed/managers.ts';
import { ConvertedError, TypedError } from '#machinery/managed/typed.ts';
import {
  type Applied,
  ApplyConflicts,
  applyConfiguration,
  conflictsOutside,
  trackUpdate,
} from '#machinery/managed/updater.ts';
import type { Versioned } from '#machinery/managed/versions.ts';
import { validateTyped } from '#machinery/managed/validate.ts';
import { type KubeObject, type ManagedFieldsEntry, parseApiVersion } from '#machinery/object.ts';
import { type StatusError, statusError } from '#machinery/status.ts';
import { conflictError } from './conflict.ts';
import { keepLastApplied, kubectl, lastAppliedFields } from './last-applied.ts';
import { capped, withoutManagers } from './track.ts';
import { type TrackedKind, emptyOf } from './tracked-kind.ts';

const beforeFirstApply = 'before-first-apply';

export interface ApplyRequest {
  readonly config: KubeObject;
  readonly manager: string;
  readonly force: boolean;
  /** Now. */
  readonly time: string;
  /** Asked between the steps. */
  readonly breathe: Breathe | undefined;
}

export interface ApplyResult {
  /** In the kind's version, not decoded yet, without managers. It shares parts with the old object. */
  readonly value: KubeObject;
  readonly managedFields: ManagedFieldsEntry[] | undefined;
}

/** What a configuration makes of a stored object, or of none. Throws StatusError. */
export async function applyTo(
  kind: TrackedKind,
  old: KubeObject | undefined,
  request: ApplyRequest,
): Promise<ApplyResult> {
  const before = readManagers(old?.metadata.managedFields);
  checkKind(kind, request.config);
  const live = old ? await withoutManagers(kind, old) : emptyOf(kind);
  const managers = before.size > 0 || !old ? before : await managersToStart(kind, live, request.time);
  await request.breathe?.();
  checkConfig(kind, request.config);
  await request.breathe?.();
  const applied = await takeOver(kind, live, managers, request);
  const made = (applied.value ?? live.value) as KubeObject;
  const value = request.manager === kubectl ? keepLastApplied(made, request.config) : made;
  await request.breathe?.();
  return { value, managedFields: encodeManagers(applied.managers) };
}

function checkKind(kind: TrackedKind, config: KubeObject): void {
  if (config.apiVersion !== kind.apiVersion || config.kind !== kind.kind) {
    throw statusError.badRequest(`invalid object type: ${kindText(config)}`);
  }
}

function checkConfig(kind: TrackedKind, config: KubeObject): void {
  if (config.metadata?.managedFields !== undefined && config.metadata.managedFields !== null) {
    throw statusError.badRequest('metadata.managedFields must be nil');
  }
  try {
    validateTyped(kind.schema, config);
  } catch (error) {
    throw untyped(error, `failed to create typed patch object (${objectText(config)})`);
  }
}

/** An object from before managers were followed gets one for all that it has. */
async function managersToStart(kind: TrackedKind, live: Versioned, time: string): Promise<Managers> {
  const author = authorOf(kind, beforeFirstApply, 'Update', time);
  try {
    return capped(await trackUpdate(kind, emptyOf(kind), live, new Map(), author));
  } catch (error) {
    const what = `failed to create manager for existing fields: failed to convert new object (${objectText(live.value as KubeObject)}) to smd typed`;
    throw untyped(error, what);
  }
}

/** What is stored may be from before its type was as it is. */
function checkLive({ schema }: TrackedKind, { value }: Versioned): void {
  try {
    validateTyped(schema, value, { allowsDuplicates: true });
  } catch (error) {
    throw untyped(error, `failed to create typed live object (${objectText(value as KubeObject)})`);
  }
}

function untyped(error: unknown, what: string): unknown {
  return error instanceof TypedError ? statusError.unclassified(`${what}: ${error.message}`) : error;
}

function readManagers(entries: ManagedFieldsEntry[] | undefined): Managers {
  try {
    return decodeManagers(entries);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw statusError.unclassified(`failed to decode managed fields: ${error.message}`);
  }
}

function authorOf(
  kind: TrackedKind,
  name: string,
  operation: Manager['operation'],
  time: string,
): Omit<Manager, 'set'> {
  return { name, operation, apiVersion: kind.apiVersion, subresource: kind.subresource, time };
}

/** Applies; kubectl takes over without force what it applied on the client's side. */
async function takeOver(
  kind: TrackedKind,
  live: Versioned,
  managers: Managers,
  { config, manager, force, time, breathe }: ApplyRequest,
): Promise<Applied> {
  const author = authorOf(kind, manager, 'Apply', time);
  const apply = (forced: boolean) =>
    applyConfiguration(kind, live, config, managers, author, forced, breathe);
  try {
    return await apply(force);
  } catch (error) {
    if (error instanceof TypedError) {
      checkLive(kind, live);
      if (error instanceof ConvertedError) throw statusError.unclassified(error.message);
      throw untyped(error, 'failed to merge config');
    }
    if (!(error instanceof ApplyConflicts)) throw error;
    if (manager !== kubectl) throw conflictError(error.conflicts);
    const others = conflictsOutside(error.conflicts, lastAppliedFields(live));
    if (others.length > 0) throw conflictError(others);
    return apply(true);
  }
}

/** A merged object that is none of its kind, in the words of upstream's converter. */
export function unconvertible(
  object: KubeObject,
  config: KubeObject,
  { converted }: DecodeError,
): StatusError {
  const why = `unable to convert unstructured object to ${kindText(object)}: ${converted}`;
  return statusError.unclassified(
    `failed to convert new object (${placeText(config)}; ${kindText(object)}) to proper version: ${why}`,
  );
}

function kindText({ apiVersion, kind }: Partial<KubeObject>): string {
  const { group, version } = parseApiVersion(textOf(apiVersion));
  return `${group}/${version}, Kind=${textOf(kind)}`;
}

function objectText(object: KubeObject): string {
  return `${placeText(object)}; ${kindText(object)}`;
}

function placeText({ metadata }: KubeObject): string {
  return `${textOf(metadata?.namespace)}/${textOf(metadata?.name)}`;
}

/** What a configuration has in place of a text is none. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
