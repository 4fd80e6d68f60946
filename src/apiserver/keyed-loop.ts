import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';

export interface KeyedLoopOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Looks at the world as it is. Rejecting means again, after a back-off. */
  readonly run: (key: string) => Promise<void>;
  readonly backoffMsMin: number;
  readonly backoffMsMax: number;
  /** A key that did well runs again after this long; absent: when something changes. */
  readonly againAfterMs?: (key: string) => number | undefined;
}

interface KeyState {
  timer: Disposable | undefined;
  running: boolean;
  /** Something changed while it ran. */
  dirty: boolean;
  failures: number;
}

/** Runs keys, each at most once at a time: the API server's own controllers, which stand below the controller runtime. */
export class KeyedLoop implements Disposable {
  readonly #options: KeyedLoopOptions;
  readonly #keys = new Map<string, KeyState>();
  #disposed = false;

  constructor(options: KeyedLoopOptions) {
    this.#options = options;
  }

  /** Runs the key soon. */
  add(key: string): void {
    if (this.#disposed) return;
    let state = this.#keys.get(key);
    if (!state) {
      state = { timer: undefined, running: false, dirty: false, failures: 0 };
      this.#keys.set(key, state);
    }
    if (state.running) state.dirty = true;
    else this.#arm(key, state, 0);
  }

  /** Runs it no more, unless it is added again. */
  forget(key: string): void {
    this.#keys.get(key)?.timer?.[Symbol.dispose]();
    this.#keys.delete(key);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const key of [...this.#keys.keys()]) this.forget(key);
  }

  #arm(key: string, state: KeyState, delayMs: number): void {
    state.timer?.[Symbol.dispose]();
    state.timer = this.#options.clock.after(delayMs, () => void this.#run(key, state));
  }

  async #run(key: string, state: KeyState): Promise<void> {
    const { run, log } = this.#options;
    state.timer = undefined;
    state.running = true;
    state.dirty = false;
    try {
      await run(key);
      state.failures = 0;
    } catch (error) {
      state.failures++;
      log.debug('will be tried again', { key, error: (error as Error).message });
    }
    state.running = false;
    if (this.#disposed || this.#keys.get(key) !== state) return;
    const delayMs = this.#nextDelayMs(key, state);
    if (delayMs !== undefined) this.#arm(key, state, delayMs);
  }

  #nextDelayMs(key: string, { dirty, failures }: KeyState): number | undefined {
    const { backoffMsMin, backoffMsMax, againAfterMs } = this.#options;
    if (dirty) return 0;
    if (failures > 0) return Math.min(backoffMsMax, backoffMsMin * 2 ** Math.min(failures - 1, 30));
    return againAfterMs?.(key);
  }
}
