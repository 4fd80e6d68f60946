/** Who manages which fields: metadata.managedFields, read and written. */
import { deepEqual } from '#base/equal.ts';
import { RecentCache } from '#base/recent-cache.ts';
import { compareStrings } from '../bytes.ts';
import { DecodeError } from '../decode-error.ts';
import { decodeFieldSet } from '../fields/decode.ts';
import type { FieldSet } from '../fields/field-set.ts';
import { interned } from '../fields/interned.ts';
import type { Steps } from '#base/steps.ts';
import { frozenJson, quoteJson } from '../json-text.ts';
import { type ManagedFieldsEntry, deepFreeze } from '../object.ts';

export type Operation = 'Apply' | 'Update';

/** One manager's fields. Never changed. */
export interface Manager {
  readonly name: string;
  readonly operation: Operation;
  /** The version that the set speaks of. */
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time?: string;
  readonly set: FieldSet;
}

/** By `managerKey`. */
export type Managers = ReadonlyMap<string, Manager>;

/** Tells managers apart. Appliers have one entry for all versions. */
export function managerKey({
  name,
  operation,
  apiVersion,
  subresource,
}: Omit<Manager, 'set' | 'time'>): string {
  const manager = name ? `"manager":${quoteJson(name)},` : '';
  const version = operation === 'Update' ? `,"apiVersion":${quoteJson(apiVersion)}` : '';
  const below = subresource ? `,"subresource":${quoteJson(subresource)}` : '';
  return `{${manager}"operation":"${operation}"${version}${below}}`;
}

export function withSet(manager: Manager, set: FieldSet): Manager {
  return set === manager.set ? manager : { ...manager, set };
}

interface Known {
  readonly key: string;
  readonly manager: Manager;
}

/**
 * Entries and managers that are known for each other. Not a WeakMap: a collector stops the world for as long as it takes
 * to go through all of its keys, and tens of thousands of objects have entries of their own.
 */
const entriesKept = 8192;
/** What entries say. They are frozen once stored, and most live through many writes. */
const read = new RecentCache<ManagedFieldsEntry, Known>(entriesKept);
/** The entries that managers were read from or written to. */
const written = new RecentCache<Manager, ManagedFieldsEntry>(entriesKept);

/** Throws DecodeError for entries that cannot be meant. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Map<string, Manager> {
  const managers = new Map<string, Manager>();
  entries?.forEach((entry, i) => {
    let known = read.get(entry);
    if (!known) {
      const manager = decodeEntry(entry, i);
      known = { key: managerKey(manager), manager };
      read.set(entry, known);
      if (manager.set === entry.fieldsV1) written.set(manager, entry);
    }
    managers.set(known.key, known.manager);
  });
  return managers;
}

function decodeEntry(entry: ManagedFieldsEntry, i: number): Manager {
  const { operation, apiVersion, fieldsType } = entry;
  if (operation !== 'Apply' && operation !== 'Update') {
    throw new DecodeError('operation must be `Apply` or `Update`');
  }
  if (!apiVersion) throw new DecodeError('apiVersion must not be empty');
  if (!fieldsType) throw new DecodeError(`missing fieldsType in managed fields entry ${i}`);
  if (fieldsType !== 'FieldsV1') {
    throw new DecodeError(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${i}`);
  }
  return {
    name: entry.manager ?? '',
    operation,
    apiVersion,
    subresource: entry.subresource ?? '',
    ...(entry.time ? { time: entry.time } : {}),
    set: setOfEntry(entry.fieldsV1 ?? {}),
  };
}

/** What the server wrote itself is the set already; what clients send may be written otherwise. */
function setOfEntry(fieldsV1: Record<string, unknown>): FieldSet {
  const set = decodeFieldSet(fieldsV1);
  return JSON.stringify(set) === JSON.stringify(fieldsV1) ? (fieldsV1 as FieldSet) : set;
}

/** The last entry that was made of each set: objects that one author writes within a second share theirs. */
const latest = new RecentCache<FieldSet, ManagedFieldsEntry>(1024);

/**
 * The managers as frozen entries, in upstream's order; undefined where there are none. Known ones keep their entry. `more`:
 * others, which may be called like some of them.
 */
export function encodeManagers(
  managers: Managers,
  more: Managers = nobody,
): ManagedFieldsEntry[] | undefined {
  const size = managers.size + more.size;
  if (size === 0) return undefined;
  // No longer than it is: every object keeps one.
  const entries = new Array<ManagedFieldsEntry>(size);
  let count = 0;
  let isInOrder = true;
  for (const some of [managers, more]) {
    for (const [key, manager] of some) {
      const entry = written.get(manager) ?? entryOf(key, manager);
      isInOrder &&= count === 0 || compareEntries(entries[count - 1]!, entry) <= 0;
      entries[count++] = entry;
    }
  }
  return isInOrder ? entries : entries.sort(compareEntries);
}

const nobody: Managers = new Map();

function entryOf(key: string, manager: Manager): ManagedFieldsEntry {
  const set = interned(manager.set);
  const last = latest.get(set);
  if (last && isOf(last, manager)) return last;
  const shared = withSet(manager, set);
  const entry = deepFreeze(encodeEntry(shared));
  written.set(shared, entry);
  read.set(entry, { key, manager: shared });
  latest.set(set, entry);
  return entry;
}

/** Whether all but the set is the manager's. */
function isOf(
  entry: ManagedFieldsEntry,
  { name, operation, apiVersion, time, subresource }: Manager,
): boolean {
  return (
    entry.time === time &&
    entry.operation === operation &&
    entry.apiVersion === apiVersion &&
    (entry.manager ?? '') === name &&
    (entry.subresource ?? '') === subresource
  );
}

function encodeEntry({ name, operation, apiVersion, time, set, subresource }: Manager): ManagedFieldsEntry {
  return {
    ...(name ? { manager: name } : {}),
    operation,
    apiVersion,
    ...(time ? { time } : {}),
    fieldsType: 'FieldsV1',
    fieldsV1: set as Record<string, unknown>,
    ...(subresource ? { subresource } : {}),
  };
}

/** Entries whose JSON is remembered. */
const textsKept = 512;
const texts = new RecentCache<ManagedFieldsEntry, string>(textsKept);

/** Writes the JSON of entries in steps, for `managersJson` to find. */
export function* writeManagersJson(entries: readonly ManagedFieldsEntry[]): Steps<void> {
  for (const entry of entries) {
    if (texts.get(entry) === undefined) texts.set(entry, (yield* frozenJson(entry))!);
  }
}

/** JSON of entries that do not change any more, as JSON.stringify has it. */
export function managersJson(entries: readonly ManagedFieldsEntry[]): string {
  let json = '';
  for (const entry of entries) {
    let text = texts.get(entry);
    if (text === undefined) {
      text = JSON.stringify(entry);
      texts.set(entry, text);
    }
    json += json === '' ? text : `,${text}`;
  }
  return `[${json}]`;
}

/** Entries that were just read, with the sets that others have too. */
export function shareSets(entries: readonly ManagedFieldsEntry[] | undefined): void {
  for (const entry of entries ?? []) {
    if (entry.fieldsV1) entry.fieldsV1 = interned(entry.fieldsV1 as FieldSet) as Record<string, unknown>;
  }
}

function compareEntries(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    compareStrings(a.operation ?? '', b.operation ?? '') ||
    compareStrings(a.time ?? '', b.time ?? '') ||
    compareStrings(a.manager ?? '', b.manager ?? '') ||
    compareStrings(a.apiVersion ?? '', b.apiVersion ?? '') ||
    compareStrings(a.subresource ?? '', b.subresource ?? '')
  );
}

/** Whether the entries differ in nothing but times. */
export function sameButTimes(
  a: readonly ManagedFieldsEntry[] | undefined,
  b: readonly ManagedFieldsEntry[] | undefined,
): boolean {
  if (a === b) return true;
  if (a?.length !== b?.length) return false;
  return (a ?? []).every((entry, i) => {
    const other = b![i]!;
    return entry === other || deepEqual({ ...entry, time: undefined }, { ...other, time: undefined });
  });
}
