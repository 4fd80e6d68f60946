import { type Clock, sleep } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { runtimeKeys } from '../lifecycle/observed.ts';
import type { Runtime } from '../runtime.ts';

export interface RelistOptions {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly log: Log;
  readonly periodMs: number;
  /** Something of the pod is not as it was. */
  readonly changed: (podUid: string) => void;
  /** Every pod that the runtime has anything of, after each look. */
  readonly seen: (podUids: ReadonlySet<string>) => void;
}

/** Looks at the whole runtime again and again and tells which pods have changed; events bring a look forward. */
export class Relist implements Disposable {
  readonly #options: RelistOptions;
  readonly #abort = new AbortController();
  readonly #events: Disposable;
  #known = new Map<string, string>();
  #lastMs: number;

  constructor(options: RelistOptions) {
    this.#options = options;
    this.#lastMs = options.clock.monotonicMs();
    this.#events = options.runtime.watchEvents(event => {
      if (event.podUid) options.changed(event.podUid);
    });
  }

  start(): void {
    void this.#loop();
  }

  /** Milliseconds since the last look that succeeded. */
  get ageMs(): number {
    return this.#options.clock.monotonicMs() - this.#lastMs;
  }

  [Symbol.dispose](): void {
    this.#abort.abort();
    this.#events[Symbol.dispose]();
  }

  async #loop(): Promise<void> {
    const { clock, log, periodMs } = this.#options;
    while (!this.#abort.signal.aborted) {
      try {
        await this.#look();
      } catch (error) {
        if (!this.#abort.signal.aborted)
          log.warn('the runtime could not be listed', { error: String(error) });
      }
      await sleep(clock, periodMs, this.#abort.signal).catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const { runtime, changed, seen, clock } = this.#options;
    const [sandboxes, containers] = await Promise.all([runtime.listSandboxes(), runtime.listContainers()]);
    if (this.#abort.signal.aborted) return;
    const states = new Map<string, string[]>();
    for (const { id, state, labels } of [...sandboxes, ...containers]) {
      const uid = labels[runtimeKeys.podUid];
      if (uid === undefined) continue;
      const list = states.get(uid) ?? [];
      list.push(`${id}=${state}`);
      states.set(uid, list);
    }
    const now = new Map([...states].map(([uid, list]) => [uid, list.sort().join(' ')]));
    const before = this.#known;
    this.#known = now;
    this.#lastMs = clock.monotonicMs();
    for (const uid of new Set([...before.keys(), ...now.keys()])) {
      if (before.get(uid) !== now.get(uid)) changed(uid);
    }
    seen(new Set(now.keys()));
  }
}
