import type { Clock } from '#base/clock.ts';

// Upstream's ExpectationsTimeout: after this long a lost watch event is likelier than a slow one.
const expirationMs = 300_000;

interface Expectation {
  creations: number;
  readonly deletions: Set<string>;
  readonly atMs: number;
}

/**
 * What a controller has done and its informer has not shown yet, by owner key. A controller that creates or deletes
 * on the word of its cache must not look again before the cache has caught up. (KCM's UIDTrackingControllerExpectations)
 */
export class Expectations {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Expectation>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The cache shows all that was done, or the wait has been long enough. */
  satisfied(key: string): boolean {
    const expectation = this.#byKey.get(key);
    if (!expectation) return true;
    if (expectation.creations <= 0 && expectation.deletions.size === 0) return true;
    return this.#clock.monotonicMs() - expectation.atMs > expirationMs;
  }

  /** When to look again at the latest, for a watch event may be lost; undefined when satisfied. */
  leftMs(key: string): number | undefined {
    if (this.satisfied(key)) return undefined;
    return this.#byKey.get(key)!.atMs + expirationMs + 1 - this.#clock.monotonicMs();
  }

  expectCreations(key: string, count: number): void {
    const { creations, deletions } = this.#current(key);
    this.#byKey.set(key, { creations: creations + count, deletions, atMs: this.#clock.monotonicMs() });
  }

  /** `uids` is what will go, each counted once however often its end is told. */
  expectDeletions(key: string, uids: Iterable<string>): void {
    const { creations, deletions } = this.#current(key);
    for (const uid of uids) deletions.add(uid);
    this.#byKey.set(key, { creations, deletions, atMs: this.#clock.monotonicMs() });
  }

  /** A creation was seen, or has failed. */
  created(key: string): void {
    const expectation = this.#byKey.get(key);
    if (expectation && expectation.creations > 0) expectation.creations--;
  }

  /** A deletion was seen, or has failed. */
  deleted(key: string, uid: string): void {
    this.#byKey.get(key)?.deletions.delete(uid);
  }

  /** The owner is gone. */
  forget(key: string): void {
    this.#byKey.delete(key);
  }

  #current(key: string): { creations: number; deletions: Set<string> } {
    const expectation = this.satisfied(key) ? undefined : this.#byKey.get(key);
    return expectation ?? { creations: 0, deletions: new Set() };
  }
}
