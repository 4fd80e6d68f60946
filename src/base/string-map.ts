/** As many are looked through one by one. */
const scannedMax = 16;
/** Entries of one hash's chain; those who choose keys can make their hashes meet. */
const chainMax = 32;
const nobody = -1;

/** Where more of the room than this is taken by what is still there, it is doubled. */
const fullness = 0.75;
const noTable = new Int32Array(0);

/**
 * A Map by strings, in the order of insertion, for thousands of keys that live long. Of a string that a Map is asked for
 * the engine keeps one for good in a table of its own, which it goes through whenever it collects garbage, while all else
 * waits. This one leaves strings as they are. What changes while it is iterated may be seen or not.
 */
export class StringMap<V> {
  #keys: (string | undefined)[] = [];
  #values: (V | undefined)[] = [];
  #size = 0;
  /** Entries, those that are gone too, for which there is room; a power of two. */
  #room = scannedMax;
  /**
   * For each bucket, the entry that is the first of its chain; then of each entry its hash and the next of its chain.
   * Empty while there are few.
   */
  #table: Int32Array = noTable;
  /** Those for whom there was no place in their chain. */
  #crowded: Map<string, number> | undefined;

  get size(): number {
    return this.#size;
  }

  get(key: string): V | undefined {
    const at = this.#find(key);
    return at < 0 ? undefined : this.#values[at];
  }

  has(key: string): boolean {
    return this.#find(key) >= 0;
  }

  set(key: string, value: V): this {
    const found = this.#find(key);
    if (found >= 0) {
      this.#values[found] = value;
      return this;
    }
    if (this.#keys.length === this.#room) this.#rebuild();
    this.#keys.push(key);
    this.#values.push(value);
    this.#size++;
    if (this.#table.length > 0) this.#link(key, hashOf(key), this.#keys.length - 1);
    return this;
  }

  /** False when the key was not there. */
  delete(key: string): boolean {
    const at = this.#find(key);
    if (at < 0) return false;
    // It stays in its chain until the table is made anew.
    this.#keys[at] = undefined;
    this.#values[at] = undefined;
    this.#crowded?.delete(key);
    if (--this.#size === 0) this.clear();
    return true;
  }

  clear(): void {
    this.#keys = [];
    this.#values = [];
    this.#size = 0;
    this.#room = scannedMax;
    this.#table = noTable;
    this.#crowded = undefined;
  }

  *[Symbol.iterator](): Generator<[string, V]> {
    const keys = this.#keys;
    const values = this.#values;
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at];
      if (key !== undefined) yield [key, values[at] as V];
    }
  }

  *keys(): Generator<string> {
    for (const key of this.#keys) if (key !== undefined) yield key;
  }

  *values(): Generator<V> {
    const keys = this.#keys;
    const values = this.#values;
    for (let at = 0; at < keys.length; at++) if (keys[at] !== undefined) yield values[at] as V;
  }

  #find(key: string): number {
    const table = this.#table;
    if (table.length === 0) return this.#keys.indexOf(key);
    const room = this.#room;
    const hash = hashOf(key);
    for (let at = table[hash & (room - 1)]!; at >= 0; at = table[room + 2 * at + 1]!) {
      if (table[room + 2 * at] === hash && this.#keys[at] === key) return at;
    }
    return this.#crowded?.get(key) ?? nobody;
  }

  #link(key: string, hash: number, at: number): void {
    const table = this.#table;
    const room = this.#room;
    const bucket = hash & (room - 1);
    let length = 0;
    for (let other = table[bucket]!; other >= 0; other = table[room + 2 * other + 1]!) length++;
    table[room + 2 * at] = hash;
    if (length < chainMax) this.#lead(bucket, at);
    else this.#crowd(key, at);
  }

  /** Makes the entry the first of its chain. */
  #lead(bucket: number, at: number): void {
    const table = this.#table;
    table[this.#room + 2 * at + 1] = table[bucket]!;
    table[bucket] = at;
  }

  #crowd(key: string, at: number): void {
    this.#crowded ??= new Map();
    this.#crowded.set(key, at);
  }

  /** Leaves out what is gone, and makes more room where that is not enough. */
  #rebuild(): void {
    const [keys, values] = [this.#keys, this.#values];
    const [room, table] = [this.#room, this.#table];
    const isWhole = keys.length === this.#size;
    while (this.#size > this.#room * fullness) this.#room *= 2;
    this.#crowded = undefined;
    // Who iterates goes on through the old ones.
    if (!isWhole) [this.#keys, this.#values] = [[], []];
    const hashes = new Int32Array(this.#size);
    let count = 0;
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at];
      if (key === undefined) continue;
      hashes[count++] = table.length > 0 ? table[room + 2 * at]! : hashOf(key);
      if (isWhole) continue;
      this.#keys.push(key);
      this.#values.push(values[at]);
    }
    if (this.#room > scannedMax) this.#linkAll(hashes);
  }

  /** As `#link` one by one, without walking through chains. */
  #linkAll(hashes: Int32Array): void {
    const room = this.#room;
    const table = new Int32Array(3 * room).fill(nobody, 0, room);
    const lengths = new Uint8Array(room);
    this.#table = table;
    for (let at = 0; at < hashes.length; at++) {
      const hash = hashes[at]!;
      const bucket = hash & (room - 1);
      table[room + 2 * at] = hash;
      if (lengths[bucket]! === chainMax) this.#crowd(this.#keys[at]!, at);
      else {
        lengths[bucket]!++;
        this.#lead(bucket, at);
      }
    }
  }
}

/** What was asked for last is often asked for again at once, for instance to be set once it was found missing. */
let lastKey = '';
let lastHash = 0x811c9dc5;

/** FNV-1a over two units at once. Its bits are mixed, for the last ones choose a bucket. */
function hashOf(key: string): number {
  if (key === lastKey) return lastHash;
  const { length } = key;
  let hash = 0x811c9dc5 ^ length;
  for (let at = 0; at < length; at += 2) {
    const next = at + 1 < length ? key.charCodeAt(at + 1) : 0;
    hash = Math.imul(hash ^ key.charCodeAt(at) ^ (next << 16), 0x01000193);
    hash ^= hash >>> 15;
  }
  lastKey = key;
  lastHash = hash;
  return hash;
}
