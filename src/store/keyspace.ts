import { StringMap } from '#base/string-map.ts';
import { orderKey } from './order-key.ts';
import { SortedMap } from './sorted-map.ts';
import type { KeyRange } from './store.ts';
import type { Version } from './version.ts';

/** By order key: what a key holds instead of what the keyspace says; undefined is nothing. */
export type Overrides = Pick<StringMap<Version | undefined>, 'get' | 'has' | 'keys' | 'size'>;

export const noOverrides: Overrides = new StringMap();

export interface Selection {
  readonly kvs: readonly Version[];
  readonly count: number;
  readonly more: boolean;
}

interface SelectOptions extends KeyRange {
  readonly limit?: number;
  readonly countOnly?: boolean;
}

/** Merges two sorted lists without common elements. */
function mergeSorted(a: readonly string[], b: readonly string[]): string[] {
  const out: string[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) out.push(a[i]! < b[j]! ? a[i++]! : b[j++]!);
  while (i < a.length) out.push(a[i++]!);
  while (j < b.length) out.push(b[j++]!);
  return out;
}

/** True when the order key `id` lies in the range. */
export function rangeTest(range: KeyRange): (id: string) => boolean {
  const start = orderKey(range.key);
  if (range.rangeEnd === undefined) return id => id === start;
  const end = orderKey(range.rangeEnd);
  return id => id >= start && id < end;
}

/**
 * The key-value pairs of one revision, in key order. Any other revision, older or not yet durable, is read as this one
 * with overrides.
 */
export class Keyspace {
  readonly #pairs = new StringMap<Version>();
  readonly #sorted = new SortedMap<Version>();

  get(key: string, overrides: Overrides = noOverrides): Version | undefined {
    return this.#at(orderKey(key), overrides);
  }

  put(version: Version): void {
    const id = orderKey(version.key);
    this.#sorted.set(id, version);
    this.#pairs.set(id, version);
  }

  delete(key: string): void {
    const id = orderKey(key);
    if (this.#pairs.delete(id)) this.#sorted.delete(id);
  }

  select(options: SelectOptions, overrides: Overrides = noOverrides): Selection {
    if (options.rangeEnd === undefined) {
      const kv = this.get(options.key, overrides);
      return { kvs: kv && !options.countOnly ? [kv] : [], count: kv ? 1 : 0, more: false };
    }
    const changed = overrides.size === 0 ? [] : [...overrides.keys()].filter(rangeTest(options));
    const start = orderKey(options.key);
    const end = orderKey(options.rangeEnd);
    let count = this.#sorted.count(start, end);
    for (const id of changed) count += Number(overrides.get(id) !== undefined) - Number(this.#pairs.has(id));
    const limit = options.countOnly ? 0 : options.limit || count;
    const kvs = limit === 0 ? [] : this.#take(start, end, Math.min(limit, count), changed, overrides);
    return { kvs, count, more: !options.countOnly && kvs.length < count };
  }

  #take(start: string, end: string, limit: number, changed: string[], overrides: Overrides): Version[] {
    if (changed.length === 0) return this.#sorted.values(start, end, limit);
    const merged = mergeSorted(
      this.#sorted.keys(start, end, limit + changed.length).filter(id => !overrides.has(id)),
      changed.filter(id => overrides.get(id) !== undefined).sort(),
    );
    const kvs: Version[] = [];
    for (let i = 0; i < limit; i++) kvs.push(this.#at(merged[i]!, overrides)!);
    return kvs;
  }

  #at(id: string, overrides: Overrides): Version | undefined {
    return overrides.size > 0 && overrides.has(id) ? overrides.get(id) : this.#pairs.get(id);
  }
}
