import { type KubeObject, deepFreeze } from '#machinery/object.ts';
import { Entry } from './entry.ts';
import type { ServedResource } from './served.ts';

/**
 * Stored entries as their readers see them. Those of most kinds are shown as they are; a custom resource's may have been
 * stored under another version or an older schema. Each entry is converted once for each version.
 */
export function presented(
  served: ServedResource,
  entries: readonly Entry[],
): readonly Entry[] | Promise<readonly Entry[]> {
  const { conversion } = served.definition;
  if (!conversion) return entries;
  const { shown } = served;
  const fresh = entries.filter(entry => !shown.has(entry));
  const all = () => entries.map(entry => shown.get(entry)!);
  if (fresh.length === 0) return all();
  const keep = (objects: readonly KubeObject[]) => {
    for (const [i, entry] of fresh.entries()) shown.set(entry, withObject(entry, objects[i]!));
    return all();
  };
  const objects = conversion.show(fresh.map(entry => entry.object));
  return objects instanceof Promise ? objects.then(keep) : keep(objects);
}

/** One entry, see `presented`. */
export function presentedOne(served: ServedResource, entry: Entry): Entry | Promise<Entry> {
  if (!served.definition.conversion) return entry;
  const entries = presented(served, [entry]);
  return entries instanceof Promise ? entries.then(([only]) => only!) : entries[0]!;
}

/** What is stored under a key, as the served version shows it. */
export function readEntry(
  served: ServedResource,
  key: string,
): Entry | undefined | Promise<Entry | undefined> {
  const entry = served.cache.get(key);
  return entry && presentedOne(served, entry);
}

/** The same past what was shown before: whom the conversion asks is asked again. */
export function readAnew(served: ServedResource, key: string): ReturnType<typeof readEntry> {
  const entry = served.cache.get(key);
  if (!entry || !served.definition.conversion?.asksFor(entry.object)) return readEntry(served, key);
  const shown = inVersion(served, entry.object);
  return shown instanceof Promise
    ? shown.then(object => withObject(entry, object))
    : withObject(entry, shown);
}

/** An object of any version of a resource as another shows it: where `fromStorage` takes the stored version's alone. */
export function inVersion(served: ServedResource, object: KubeObject): KubeObject | Promise<KubeObject> {
  const { conversion } = served.definition;
  if (!conversion) return object;
  const objects = conversion.show([object]);
  return objects instanceof Promise ? objects.then(([only]) => only!) : objects[0]!;
}

/** An object as it would be read after it was written: what a dry run answers, and what of it a conversion refuses. */
export async function asWritten(served: ServedResource, object: KubeObject): Promise<KubeObject> {
  const { conversion } = served.definition;
  return conversion ? inVersion(served, await conversion.store(object)) : object;
}

function withObject(entry: Entry, object: KubeObject): Entry {
  if (object === entry.object) return entry;
  return new Entry(entry.key, entry.revision, deepFreeze(object));
}
