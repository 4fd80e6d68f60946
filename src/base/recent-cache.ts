/** Keeps what was asked for of late: at least the last `size` keys, at most twice as many. */
export class RecentCache<K, V> {
  readonly #size: number;
  /** Many a small one is never written to. */
  #young: Map<K, V> | undefined;
  #old: Map<K, V> | undefined;

  constructor(size: number) {
    this.#size = size;
  }

  get(key: K): V | undefined {
    const young = this.#young?.get(key);
    if (young !== undefined) return young;
    const old = this.#old?.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    if (!this.#young || this.#young.size >= this.#size) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}
