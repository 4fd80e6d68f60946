import { StringMap } from '#base/string-map.ts';
import type { Entry } from './entry.ts';
import { SortedMap } from '#store/sorted-map.ts';

/** One write, as watchers see it. For a delete, `entry` is the last state at the revision of the deletion. */
export interface Change {
  readonly type: 'put' | 'delete';
  readonly entry: Entry;
  readonly previous: Entry | undefined;
}

export interface CacheWatcher {
  /** Keys outside `prefix` are not delivered. '' is everything. */
  readonly prefix: string;
  change(change: Change): void;
  /** No more changes come: what the resource is has changed, and who watches it has to look anew. */
  ended?(): void;
}

/** The watch asked for a revision that the window no longer holds. */
export class TooOldError extends Error {
  override readonly name = 'TooOldError';
  constructor(requested: number, oldest: number) {
    super(`too old resource version: ${requested} (${oldest})`);
  }
}

/** How often it was read, and how much of it: counted by its readers. */
export class CacheTally {
  /** Objects that were there at the start. */
  loaded = 0;
  /** Lists that it answered, the objects that were looked at for them, and those that were in them. */
  cacheLists = 0;
  cacheFetched = 0;
  cacheReturned = 0;
  /** Of the lists, those that had to be of now. */
  consistentReads = 0;
  /** The same of lists of past states, which the store answered. */
  storeLists = 0;
  storeFetched = 0;
  storeReturned = 0;
}

const windowMax = 4096;
/** Above all that names are made of. */
const lastCharacter = '\uffff';

/** All objects of one resource, and a window of their last changes. Keys are 'namespace/name' or 'name'. */
export class ResourceCache {
  readonly #entries = new StringMap<Entry>();
  readonly #sorted = new SortedMap<Entry>();
  #received = 0;
  readonly tally = new CacheTally();
  readonly #watchers = new Set<CacheWatcher>();
  #window: Change[] = [];
  /** Changes up to this revision are not in the window. */
  #windowStart: number;
  #lastChange: number;

  constructor(startRevision: number) {
    this.#windowStart = startRevision;
    this.#lastChange = startRevision;
  }

  get size(): number {
    return this.#entries.size;
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  /** Revision of the last change, or of the start. */
  get lastChange(): number {
    return this.#lastChange;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** Entries whose key starts with `prefix`, from key `start` on, in key order; `more` keys remain after `limit`. */
  list(prefix: string, start: string, limit: number): { entries: Entry[]; remaining: number } {
    const from = start > prefix ? start : prefix;
    const to = `${prefix}${lastCharacter}`;
    const entries = this.#sorted.values(from, to, limit > 0 ? limit : undefined);
    const remaining = limit > 0 ? this.#sorted.count(from, to) - entries.length : 0;
    return { entries, remaining };
  }

  objects(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** How many changes there is room for. */
  get capacity(): number {
    return 2 * windowMax;
  }

  load(entry: Entry): void {
    this.tally.loaded++;
    this.#entries.set(entry.key, entry);
    this.#sorted.set(entry.key, entry);
  }

  /** Changes that came since the state was loaded. */
  get received(): number {
    return this.#received;
  }

  put(entry: Entry): void {
    const previous = this.#entries.get(entry.key);
    this.#entries.set(entry.key, entry);
    this.#sorted.set(entry.key, entry);
    this.#publish({ type: 'put', entry, previous });
  }

  delete(key: string, revision: number): void {
    const previous = this.#entries.get(key);
    if (!previous) return;
    this.#entries.delete(key);
    this.#sorted.delete(key);
    this.#publish({ type: 'delete', entry: previous.at(revision), previous });
  }

  /** Delivers what came after `revision`, then what comes. Throws TooOldError. */
  watch(revision: number, watcher: CacheWatcher): Disposable {
    if (revision < this.#windowStart) throw new TooOldError(revision, this.#windowStart);
    for (let i = this.#firstAfter(revision); i < this.#window.length; i++) {
      const change = this.#window[i]!;
      if (change.entry.key.startsWith(watcher.prefix)) watcher.change(change);
    }
    this.#watchers.add(watcher);
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) };
  }

  /** Drops the changes up to `revision`: nobody may ask for them any more. */
  forget(revision: number): void {
    this.#drop(this.#firstAfter(revision));
  }

  /** Lets every watcher go. */
  endWatchers(): void {
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    for (const watcher of watchers) watcher.ended?.();
  }

  #firstAfter(revision: number): number {
    let low = 0;
    let high = this.#window.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#window[middle]!.entry.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#windowStart = this.#window[count - 1]!.entry.revision;
    this.#window = this.#window.slice(count);
  }

  #publish(change: Change): void {
    this.#received++;
    this.#lastChange = change.entry.revision;
    this.#window.push(change);
    if (this.#window.length >= 2 * windowMax) this.#drop(this.#window.length - windowMax);
    for (const watcher of this.#watchers) {
      if (change.entry.key.startsWith(watcher.prefix)) watcher.change(change);
    }
    // The window holds thousands of past states: their bytes, which the store has too, and no values.
    change.previous?.letGo();
    if (change.type === 'delete') change.entry.letGo();
  }
}
