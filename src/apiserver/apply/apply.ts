/** Server-side apply: apimachinery's util/managedfields, for operation Apply. */
import { DecodeError } from '#machinery/decode-error.ts';
import { type Managers, type Manager, decodeManagers, encodeManagers } from '#machinery/managed/managers.ts';
import { TypedError } from '#machinery/managed/typed.ts';
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
import { statusError } from '#machinery/status.ts';
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
  checkConfig(kind, request.config);
  const live = old ? await withoutManagers(kind, old) : emptyOf(kind);
  const managers = await managersToStart(kind, live, old, request.time);
  const applied = await takeOver(kind, live, managers, request);
  const made = (applied.value ?? live.value) as KubeObject;
  const value = request.manager === kubectl ? keepLastApplied(made, request.config) : made;
  return { value, managedFields: encodeManagers(applied.managers) };
}

function checkConfig(kind: TrackedKind, config: KubeObject): void {
  if (config.apiVersion !== kind.apiVersion || config.kind !== kind.kind) {
    throw statusError.badRequest(`invalid object type: ${kindText(config)}`);
  }
  if (config.metadata?.managedFields !== undefined && config.metadata.managedFields !== null) {
    throw statusError.badRequest('metadata.managedFields must be nil');
  }
  try {
    validateTyped(kind.schema, config);
  } catch (error) {
    if (!(error instanceof TypedError)) throw error;
    throw statusError.unclassified(
      `failed to create typed patch object (${objectText(config)}): ${error.message}`,
    );
  }
}

/** An object from before managers were followed gets one for all that it has. */
async function managersToStart(
  kind: TrackedKind,
  live: Versioned,
  old: KubeObject | undefined,
  time: string,
): Promise<Managers> {
  const managers = readManagers(old?.metadata.managedFields);
  if (managers.size > 0 || !old) return managers;
  const author = authorOf(kind, beforeFirstApply, 'Update', time);
  return capped(await trackUpdate(kind, emptyOf(kind), live, managers, author));
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
  { config, manager, force, time }: ApplyRequest,
): Promise<Applied> {
  const author = authorOf(kind, manager, 'Apply', time);
  const apply = (forced: boolean) => applyConfiguration(kind, live, config, managers, author, forced);
  try {
    return await apply(force);
  } catch (error) {
    if (error instanceof TypedError)
      throw statusError.unclassified(`failed to merge config: ${error.message}`);
    if (!(error instanceof ApplyConflicts)) throw error;
    if (manager !== kubectl) throw conflictError(error.conflicts);
    const others = conflictsOutside(error.conflicts, lastAppliedFields(live));
    if (others.length > 0) throw conflictError(others);
    return apply(true);
  }
}

function kindText({ apiVersion, kind = '' }: Partial<KubeObject>): string {
  const { group, version } = parseApiVersion(typeof apiVersion === 'string' ? apiVersion : '');
  return `${group}/${version}, Kind=${kind}`;
}

function objectText(object: KubeObject): string {
  return `${object.metadata?.namespace ?? ''}/${object.metadata?.name ?? ''}; ${kindText(object)}`;
}
