import { AsyncLocalStorage } from 'node:async_hooks';

export type OnCrash = (error: Error) => void;

/** Tells whose code it was that threw where nobody catches: in a timer, or in a promise that nobody waits for. */
export interface Crashes {
  /** Runs somebody's code; whatever it leaves behind belongs to `onCrash`. */
  watch<T>(onCrash: OnCrash, work: () => T): T;
  /** Runs code of ours that theirs has called. */
  leave<T>(work: () => T): T;
}

/** For a process that is not ours: what nobody catches ends it, as ever. */
export const unwatched: Crashes = { watch: (_, work) => work(), leave: work => work() };

/** Keeps the process alive when an extension throws where nobody catches. What is not an extension's ends it, as ever. */
export class ProcessCrashes implements Crashes, Disposable {
  readonly #owner = new AsyncLocalStorage<OnCrash>();
  readonly #onError = (error: unknown) => {
    const owner = this.#owner.getStore();
    if (owner) return owner(error instanceof Error ? error : new Error(String(error)));
    this[Symbol.dispose]();
    throw error;
  };

  constructor() {
    // A rejection that nobody handles comes here too, unless there is a listener for those.
    process.on('uncaughtException', this.#onError);
  }

  watch<T>(onCrash: OnCrash, work: () => T): T {
    return this.#owner.run(onCrash, work);
  }

  leave<T>(work: () => T): T {
    return this.#owner.exit(work);
  }

  [Symbol.dispose](): void {
    process.off('uncaughtException', this.#onError);
  }
}
