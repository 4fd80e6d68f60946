import type { Clock } from '#base/clock.ts';
import { DisposableStore } from '#base/disposable.ts';
import { deepEqual } from '#base/equal.ts';
import type { Log } from '#base/log.ts';
import { KeyedLoop } from '../keyed-loop.ts';
import type { ExtensionServers } from './extension-servers.ts';
import type { RemoteService, RemoteServices } from './remote-services.ts';

export interface RemoteFactsOptions {
  readonly remotes: RemoteServices;
  readonly servers: ExtensionServers;
  readonly clock: Clock;
  readonly log: Log;
}

/** How facts of type T are had. */
export interface FactSource<T> {
  /** Rejects when the server cannot be asked. */
  fetch(remote: RemoteService): Promise<T>;
  /** What counts of one that cannot be asked; absent: what was known before. */
  outdated?(remote: RemoteService): T;
}

const refreshMs = 60_000;
const retryMsMin = 500;

/** What extension API servers say of themselves, asked anew every minute and whenever an APIService changes. */
export class RemoteFacts<T> implements Disposable {
  readonly #remotes: RemoteServices;
  readonly #source: FactSource<T>;
  readonly #known = new Map<string, T>();
  readonly #life = new DisposableStore();
  readonly #loop: KeyedLoop;
  #generation = 0;

  constructor({ remotes, clock, log }: RemoteFactsOptions, source: FactSource<T>) {
    this.#remotes = remotes;
    this.#source = source;
    this.#loop = this.#life.add(
      new KeyedLoop({
        clock,
        log,
        run: name => this.#refresh(name),
        backoffMsMin: retryMsMin,
        backoffMsMax: refreshMs,
        againAfterMs: () => refreshMs,
      }),
    );
    for (const remote of remotes.all()) this.#loop.add(remote.name);
    this.#life.add(remotes.onChange(name => this.#changed(name)));
  }

  /** Grows with every change of what it knows, or of whom. */
  get generation(): number {
    return this.#generation;
  }

  /** By the name of the APIService. */
  of(name: string): T | undefined {
    return this.#known.get(name);
  }

  all(): Iterable<T> {
    return this.#known.values();
  }

  [Symbol.dispose](): void {
    this.#life[Symbol.dispose]();
  }

  #changed(name: string): void {
    this.#generation++;
    if (this.#remotes.named(name)) this.#loop.add(name);
    else {
      this.#known.delete(name);
      this.#loop.forget(name);
    }
  }

  async #refresh(name: string): Promise<void> {
    const remote = this.#remotes.named(name);
    if (!remote) return;
    try {
      if (!remote.available) throw new Error(`APIService ${name} is not available`);
      this.#learn(name, await this.#source.fetch(remote));
    } catch (error) {
      if (this.#source.outdated) this.#learn(name, this.#source.outdated(remote));
      throw error;
    }
  }

  #learn(name: string, facts: T): void {
    const before = this.#known.get(name);
    if (before !== undefined && deepEqual(before, facts)) return;
    this.#known.set(name, facts);
    this.#generation++;
  }
}
