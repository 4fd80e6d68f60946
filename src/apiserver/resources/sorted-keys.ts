import { lowerBound } from '#base/lower-bound.ts';

/** The keys of a cache in order. */
export class SortedKeys {
  #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }

  at(index: number): string | undefined {
    return this.#keys[index];
  }

  /** The index of the first key that is not below `key`. */
  lowerBound(key: string): number {
    return lowerBound(this.#keys, key);
  }

  add(key: string): void {
    const keys = this.#keys;
    const last = keys[keys.length - 1];
    if (last === undefined || last < key) keys.push(key);
    else keys.splice(this.lowerBound(key), 0, key);
  }

  delete(key: string): void {
    const at = this.lowerBound(key);
    if (this.#keys[at] === key) this.#keys.splice(at, 1);
  }

  /** Indexes [from, to) of the keys that start with `prefix` and are not below `start`. */
  range(prefix: string, start = prefix): [number, number] {
    return [this.lowerBound(start > prefix ? start : prefix), this.lowerBound(`${prefix}\uffff`)];
  }
}
