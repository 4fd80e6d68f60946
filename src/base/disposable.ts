/** Owns disposables and disposes of them once, newest first. */
export class DisposableStore implements Disposable {
  readonly #items = new Set<Disposable>();
  #disposed = false;

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Takes ownership; disposes of it at once when the store is disposed already. */
  add<T extends Disposable>(item: T): T {
    if (this.#disposed) item[Symbol.dispose]();
    else this.#items.add(item);
    return item;
  }

  /** Takes a function to call on disposal. */
  defer(fn: () => void): void {
    this.add({ [Symbol.dispose]: fn });
  }

  /** Disposes of one item early. */
  release(item: Disposable): void {
    if (this.#items.delete(item)) item[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const items = [...this.#items].reverse();
    this.#items.clear();
    for (const item of items) item[Symbol.dispose]();
  }
}
