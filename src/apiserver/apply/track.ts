/** Follows creates, updates and patches: apimachinery's util/managedfields, for operation Update. */
import { deepEqual } from '#base/equal.ts';
import { toRfc3339 } from '#base/clock.ts';
import { settle } from '#base/settle.ts';
import type { Breathe } from '#base/time-slice.ts';
import { compareStrings } from '#machinery/bytes.ts';
import { DecodeError } from '#machinery/decode-error.ts';
import { type FieldSet, unionOf } from '#machinery/fields/field-set.ts';
import {
  type Manager,
  type Managers,
  decodeManagers,
  encodeManagers,
  managerKey,
  sameButTimes,
  withSet,
} from '#machinery/managed/managers.ts';
import { TypedError } from '#machinery/managed/typed.ts';
import { type Author, trackUpdate } from '#machinery/managed/updater.ts';
import type { Versioned } from '#machinery/managed/versions.ts';
import type { KubeObject, ManagedFieldsEntry } from '#machinery/object.ts';
import type { WriteContext, WriteServices } from '../resources/write-context.ts';
import { type TrackedKind, emptyOf, trackedKind } from './tracked-kind.ts';

const updateManagersMax = 10;
const ancient = 'ancient-changes';

/** Writes into `object` (mutable, of the storage version) who manages its fields after this write; `old` is what was. */
export function trackWrite(
  services: WriteServices,
  context: WriteContext,
  object: KubeObject,
  old: KubeObject | undefined,
): void | Promise<void> {
  if (context.fieldManager === undefined) return;
  const kind = trackedKind(services, context.served, context.subresource);
  const time = toRfc3339(services.clock.now());
  const entries = trackedFields(kind, object, old, context.fieldManager, time, context.breathe);
  if (entries instanceof Promise) return entries.then(made => setManagedFields(object, made));
  setManagedFields(object, entries);
}

type Entries = ManagedFieldsEntry[] | undefined;

/** The managedFields of `object`, which `manager` makes of `old`, or anew. What it has itself goes. */
export function trackedFields(
  kind: TrackedKind,
  object: KubeObject,
  old: KubeObject | undefined,
  manager: string,
  time: string,
  breathe?: Breathe,
): Entries | Promise<Entries> {
  const before = managersBefore(kind, object, old);
  // Who never had managers, or asked for none, gets none.
  if (before.size === 0 && old) return undefined;
  // The entries themselves are no field that this write changes.
  setManagedFields(object, old?.metadata.managedFields);
  const { apiVersion, subresource } = kind;
  const author = { name: manager, operation: 'Update', apiVersion, subresource, time } as const;
  const shown = kind.shown(object);
  const live = old ? kind.shown(old) : undefined;
  if (!(shown instanceof Promise) && !(live instanceof Promise))
    return fieldsAfter(kind, shown, live, before, author, breathe);
  return Promise.all([shown, live]).then(([next, was]) =>
    fieldsAfter(kind, next, was, before, author, breathe),
  );
}

/** `live`: what was; undefined where there was nothing. */
function fieldsAfter(
  kind: TrackedKind,
  next: KubeObject,
  live: KubeObject | undefined,
  before: Managers,
  author: Author,
  breathe: Breathe | undefined,
): Entries | Promise<Entries> {
  const was = live ? versioned(kind, live) : emptyOf(kind);
  return settle<Map<string, Manager>, Entries>(
    () => trackUpdate(kind, was, versioned(kind, next), before, author, breathe),
    managers => encodeManagers(capped(managers)),
    unfollowed,
  );
}

/** Validation has its say later; what cannot be followed has no managers, as upstream. */
function unfollowed(error: unknown): undefined {
  if (!(error instanceof TypedError)) throw error;
  return undefined;
}

export function setManagedFields(object: KubeObject, entries: ManagedFieldsEntry[] | undefined): void {
  if (entries) object.metadata.managedFields = entries;
  else delete object.metadata.managedFields;
}

async function inVersionOf(kind: TrackedKind, stored: KubeObject): Promise<Versioned> {
  return versioned(kind, await kind.shown(stored));
}

function versioned({ apiVersion, schema }: TrackedKind, value: KubeObject): Versioned {
  return { apiVersion, schema, value };
}

/** An object in the shape of its kind, without its managers. */
export function withoutManagers(kind: TrackedKind, stored: KubeObject): Promise<Versioned> {
  const { managedFields, ...metadata } = stored.metadata;
  return inVersionOf(kind, managedFields ? { ...stored, metadata } : stored);
}

/** The managers that a write starts from: a client may put them right, or away. */
function managersBefore(kind: TrackedKind, object: KubeObject, old: KubeObject | undefined): Managers {
  const sent = object.metadata.managedFields;
  const stored = old?.metadata.managedFields;
  if (kind.subresource !== '' || !sent) return managersOf(stored);
  if (isReset(sent)) return new Map();
  if (stored && deepEqual(sent, stored)) return managersOf(stored);
  const managers = managersOf(sent);
  return managers.size === 0 ? managersOf(stored) : managers;
}

/** Entries that cannot be read count as none. */
function managersOf(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  try {
    return decodeManagers(entries);
  } catch (error) {
    if (error instanceof DecodeError) return new Map();
    throw error;
  }
}

function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  return entries.length === 0 || (entries.length === 1 && Object.keys(entries[0]!).length === 0);
}

/** The oldest updaters become one, by version, once there are too many. */
export function capped(managers: Map<string, Manager>): Map<string, Manager> {
  if (managers.size <= updateManagersMax) return managers;
  const updaters = [...managers].filter(([, manager]) => manager.operation === 'Update');
  if (updaters.length <= updateManagersMax) return managers;
  updaters.sort(
    ([a, { time: x = '' }], [b, { time: y = '' }]) => compareStrings(x, y) || compareStrings(a, b),
  );
  const firsts = new Map<string, string>();
  const ancients = new Map<string, Ancient>();
  let count = updaters.length;
  for (const [key, manager] of updaters) {
    if (count <= updateManagersMax) break;
    const { apiVersion } = manager;
    const first = firsts.get(apiVersion);
    if (first === undefined) {
      firsts.set(apiVersion, key);
      continue;
    }
    const joined = ancients.get(apiVersion) ?? ancientOf(managers, first, apiVersion);
    ancients.set(apiVersion, joined);
    joined.sets.push(manager.set);
    joined.time = manager.time;
    managers.delete(key);
    count--;
  }
  for (const { key, manager, sets, time } of ancients.values()) {
    managers.set(key, { ...withSet(manager, unionOf(sets)), ...(time ? { time } : {}) });
  }
  return managers;
}

/** The updaters of one version that become one. */
interface Ancient {
  readonly key: string;
  readonly manager: Manager;
  readonly sets: FieldSet[];
  time: string | undefined;
}

/** The one that there is already, or `first` in its place. */
function ancientOf(managers: Map<string, Manager>, first: string, apiVersion: string): Ancient {
  const bucket = { name: ancient, operation: 'Update', apiVersion, subresource: '' } as const;
  const key = managerKey(bucket);
  let manager = managers.get(key);
  if (!manager) {
    manager = { ...bucket, set: managers.get(first)!.set };
    managers.delete(first);
  }
  return { key, manager, sets: [manager.set], time: undefined };
}

/** Mutating admission must leave managedFields readable; otherwise they stay as they were, with a warning. */
export function checkAfterAdmission(
  context: WriteContext,
  object: KubeObject,
  before: ManagedFieldsEntry[] | undefined,
): void {
  const after = object.metadata.managedFields;
  if (after === before || !after) return;
  try {
    decodeManagers(after);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    setManagedFields(object, before);
    context.warn(
      `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${error.message}`,
    );
  }
}

/**
 * Whether a write changes nothing. New times of managers alone are no change; `object` then gets the old ones.
 */
export function changesNothing(object: KubeObject, old: KubeObject): boolean {
  const entries = object.metadata.managedFields;
  if (!entries || !sameButTimes(entries, old.metadata.managedFields)) return deepEqual(object, old);
  object.metadata.managedFields = old.metadata.managedFields!;
  if (deepEqual(object, old)) return true;
  object.metadata.managedFields = entries;
  return false;
}
