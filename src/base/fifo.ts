/** A queue, first in, first out. `Array.shift` moves all that is left where that is much; this moves each item once or so. */
export class Fifo<T> {
  #items: T[] = [];
  /** Those before it have left. */
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Undefined when it is empty. */
  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head]!;
    // What has left must not live on for being in the list.
    this.#items[this.#head++] = undefined as T;
    if (this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}
