/** Tells that something in the simulation has died: a process, a server, a connection. */
export class Lifeline {
  readonly #listeners = new Set<() => void>();
  #over = false;

  get over(): boolean {
    return this.#over;
  }

  /** Calls `fn` at the end, in the order of registration; at once when it is over already. */
  onEnd(fn: () => void): Disposable {
    if (this.#over) fn();
    else this.#listeners.add(fn);
    return { [Symbol.dispose]: () => void this.#listeners.delete(fn) };
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** The promise's outcome, or a rejection with `error()` when the end comes first. */
  race<T>(pending: Promise<T>, error: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const watch = this.onEnd(() => reject(error()));
      pending.then(
        value => {
          watch[Symbol.dispose]();
          resolve(value);
        },
        (reason: Error) => {
          watch[Symbol.dispose]();
          reject(reason);
        },
      );
    });
  }
}
