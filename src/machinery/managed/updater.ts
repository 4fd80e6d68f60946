/** How writes change who manages what (structured-merge-diff's merge.Updater). */
import { deepEqual } from '#base/equal.ts';
import { RecentCache } from '#base/recent-cache.ts';
import { inSteps } from '#base/steps.ts';
import type { Breathe } from '#base/time-slice.ts';
import { type FieldSet, emptySet, hasPath, isEmpty, pathsOf } from '../fields/field-set.ts';
import { type Change, type FieldFilter, changes, noChange, withoutSystemFields } from './change.ts';
import { type Manager, type Managers, managerKey, withSet } from './managers.ts';
import { mergeTyped } from './merge.ts';
import { reconcileWithSchema } from './named-fields.ts';
import { pruneMerged } from './prune.ts';
import type { Versioned, Versions } from './versions.ts';
import { toFieldSet } from './to-field-set.ts';
import { mustFit } from './validate.ts';

/** What every write of a kind has in common. */
export interface Tracking {
  readonly versions: Versions;
  readonly filter: FieldFilter;
  /** Of the same change in other versions. Absent: the same. */
  readonly filterOfOthers?: FieldFilter;
}

/** Who writes, and when. */
export type Author = Omit<Manager, 'set'>;

export interface Conflict {
  readonly manager: Manager;
  readonly path: readonly string[];
}

/** An applied configuration wants fields otherwise than their managers. */
export class ApplyConflicts extends Error {
  override readonly name = 'ApplyConflicts';
  readonly conflicts: readonly Conflict[];

  constructor(conflicts: readonly Conflict[]) {
    super(`${conflicts.length} conflicts`);
    this.conflicts = conflicts;
  }
}

/** The managers of a new object by the change that made it. */
function createdBy(tracking: Tracking, author: Author, { claimed: set }: Change): Map<string, Manager> {
  const managers = new Map<string, Manager>();
  if (!isEmpty(set)) managers.set(authorKey(tracking, author), { ...author, set });
  return managers;
}

interface KnownAuthor {
  readonly author: Author;
  readonly key: string;
}

/** Of one kind. */
const authorsKept = 64;
const authorsOf = new WeakMap<Tracking, RecentCache<string, KnownAuthor>>();

/** An author's `managerKey`: those of a kind come again, and differ in their names mostly. */
function authorKey(tracking: Tracking, author: Author): string {
  let authors = authorsOf.get(tracking);
  if (!authors) {
    authors = new RecentCache(authorsKept);
    authorsOf.set(tracking, authors);
  }
  const known = authors.get(author.name);
  if (known && isSameAuthor(known.author, author)) return known.key;
  const key = managerKey(author);
  authors.set(author.name, { author, key });
  return key;
}

function isSameAuthor(a: Author, b: Author): boolean {
  return a.operation === b.operation && a.apiVersion === b.apiVersion && a.subresource === b.subresource;
}

/**
 * The managers after a write that made `next` of `live`: what it touched is its author's now, and nobody's what it
 * removed. At once, unless some manage another version, or the object is large: then `breathe` is asked between the steps.
 * Throws or rejects with TypedError.
 */
export function trackUpdate(
  tracking: Tracking,
  live: Versioned,
  next: Versioned,
  before: Managers,
  author: Author,
  breathe?: Breathe,
): Map<string, Manager> | Promise<Map<string, Manager>> {
  const done = (change: Change) => managersAfter(tracking, live, next, before, author, change);
  if (!breathe) return done(changeOf(tracking.filter, live, next));
  const change = changes.ofLarge(tracking.filter, live.schema, live.value, next.value);
  return inSteps(change, breathe).then(done);
}

function managersAfter(
  tracking: Tracking,
  live: Versioned,
  next: Versioned,
  before: Managers,
  author: Author,
  change: Change,
): Map<string, Manager> | Promise<Map<string, Manager>> {
  if (live.isZero && before.size === 0) return createdBy(tracking, author, change);
  const key = authorKey(tracking, author);
  const managers = reconciled(tracking, before);
  if (change === noChange) return managers;
  const own = managers.get(key);
  const finish = () => {
    const time = isEmpty(change.claimed) ? own?.time : author.time;
    put(managers, key, author, change.joinedTo(own?.set ?? emptySet), time);
    return managers;
  };
  const settling = settle(tracking, { live, next, managers, change, force: true, except: key });
  return settling ? settling.then(finish) : finish();
}

function put(
  managers: Map<string, Manager>,
  key: string,
  author: Author,
  set: FieldSet,
  time: string | undefined,
): void {
  const { time: _, ...rest } = author;
  const known = managers.get(key);
  if (isEmpty(set)) managers.delete(key);
  else if (known?.set !== set || known.time !== time || known.apiVersion !== author.apiVersion) {
    managers.set(key, { ...rest, ...(time ? { time } : {}), set });
  }
}

export interface Applied {
  /** Undefined: the configuration changes nothing of the object. */
  readonly value: unknown;
  readonly managers: Map<string, Manager>;
}

/** Applies a configuration; `breathe` is asked between the steps. Throws TypedError and ApplyConflicts. */
export async function applyConfiguration(
  tracking: Tracking,
  live: Versioned,
  config: unknown,
  before: Managers,
  author: Author,
  force: boolean,
  breathe: Breathe = () => undefined,
): Promise<Applied> {
  const managers = reconciled(tracking, before);
  const key = managerKey(author);
  const last = managers.get(key);
  const merged = { ...live, value: mergeTyped(live.schema, live.value, config) };
  await breathe();
  const set = tracking.filter(toFieldSet(live.schema, config));
  managers.set(key, { ...author, set });
  await breathe();
  const next = await pruneMerged(tracking.versions, merged, managers, last);
  await breathe();
  const change = changeOf(tracking.filter, live, next);
  await breathe();
  await settle(tracking, { live, next, managers, change, force, except: key });
  await breathe();
  const same = deepEqual(live.value, next.value);
  if (last) managers.set(key, last);
  const claimed = withoutSystemFields(set);
  put(
    managers,
    key,
    author,
    last && deepEqual(last.set, claimed) ? last.set : claimed,
    same ? last?.time : author.time,
  );
  return { value: same ? undefined : next.value, managers };
}

/** The managers with sets that fit their types; those of versions that are gone are gone, and those that have no fields. */
function reconciled({ versions }: Tracking, before: Managers): Map<string, Manager> {
  const managers = new Map<string, Manager>();
  for (const [key, manager] of before) {
    const schema = versions.schemaOf(manager.apiVersion);
    const set = schema ? reconcileWithSchema(manager.set, schema) : emptySet;
    if (!isEmpty(set)) managers.set(key, withSet(manager, set));
  }
  return managers;
}

function changeOf(filter: FieldFilter, live: Versioned, next: Versioned): Change {
  return changes.of(filter, live.schema, live.value, next.value);
}

interface Settlement {
  readonly live: Versioned;
  readonly next: Versioned;
  readonly managers: Map<string, Manager>;
  readonly change: Change;
  readonly force: boolean;
  /** The key of the manager whose write it is. */
  readonly except?: string;
}

/** By version. Undefined where that is gone. */
type ChangeOfVersion = (apiVersion: string) => Change | undefined;

/**
 * Takes from all managers but the author what the write changed; without force, what is touched is a conflict. At once,
 * unless some manage another version.
 */
function settle(tracking: Tracking, settlement: Settlement): void | Promise<void> {
  const { managers, except, live, change } = settlement;
  let others: Set<string> | undefined;
  for (const [key, { apiVersion }] of managers) {
    if (key === except || apiVersion === live.apiVersion) continue;
    others ??= new Set();
    others.add(apiVersion);
  }
  if (!others) return settleBy(() => change, settlement);
  return changesIn(tracking, settlement, others).then(changeOfVersion =>
    settleBy(changeOfVersion, settlement),
  );
}

async function changesIn(
  tracking: Tracking,
  settlement: Settlement,
  others: Iterable<string>,
): Promise<ChangeOfVersion> {
  const changes = new Map<string, Change | undefined>([[settlement.live.apiVersion, settlement.change]]);
  for (const version of others) changes.set(version, await changeIn(tracking, settlement, version));
  return version => changes.get(version);
}

function settleBy(changeOfVersion: ChangeOfVersion, { managers, except, force }: Settlement): void {
  const conflicts: Conflict[] = [];
  // Only conflicts have an order.
  const entries = force ? managers : [...managers].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, manager] of entries) {
    if (key === except) continue;
    const change = changeOfVersion(manager.apiVersion);
    if (!change) {
      managers.delete(key);
      continue;
    }
    if (!force) for (const path of pathsOf(change.takenFrom(manager.set))) conflicts.push({ manager, path });
    const set = change.leftOf(manager.set);
    if (isEmpty(set)) managers.delete(key);
    else managers.set(key, withSet(manager, set));
  }
  if (!force && conflicts.length > 0) throw new ApplyConflicts(conflicts);
}

/** The change in another version; undefined where that is gone. Throws TypedError where it does not fit that. */
async function changeIn(
  tracking: Tracking,
  { live, next }: Settlement,
  apiVersion: string,
): Promise<Change | undefined> {
  const before = await fitting(tracking, live, apiVersion, 'failed to convert old object');
  const after = before && (await fitting(tracking, next, apiVersion, 'failed to convert new object'));
  const { filter, filterOfOthers = filter } = tracking;
  return after && changeOf(filterOfOthers, before, after);
}

async function fitting(
  { versions }: Tracking,
  object: Versioned,
  apiVersion: string,
  what: string,
): Promise<Versioned | undefined> {
  const converted = await versions.convert(object, apiVersion);
  if (converted && converted !== object) mustFit(converted, what);
  return converted;
}

/** The conflicts that are not in a set. */
export function conflictsOutside(conflicts: readonly Conflict[], allowed: FieldSet): Conflict[] {
  return conflicts.filter(({ path }) => !hasPath(allowed, path));
}
