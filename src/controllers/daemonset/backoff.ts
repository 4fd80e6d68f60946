const baseMs = 1000;
const capMs = 900_000;

interface Failure {
  readonly waitMs: number;
  readonly atMs: number;
}

/**
 * How long a failed pod stays before it is replaced, so that nobody fights with a kubelet that rejects pods: 1 s doubling
 * to 15 min, by key. What has not failed for 30 min starts anew.
 */
export class FailureBackoff {
  readonly #failures = new Map<string, Failure>();

  /** Milliseconds that the next replacement waits; 0: it may come now. */
  leftMs(key: string, nowMs: number): number {
    const failure = this.#failures.get(key);
    return failure ? Math.max(0, failure.atMs + failure.waitMs - nowMs) : 0;
  }

  /** A failed pod is replaced now. */
  note(key: string, nowMs: number): void {
    const before = this.#failures.get(key);
    const isFresh = before && nowMs - before.atMs <= 2 * capMs;
    const waitMs = isFresh ? Math.min(2 * before.waitMs, capMs) : baseMs;
    this.#failures.set(key, { waitMs, atMs: nowMs });
  }

  /** Drops what starts anew anyway. */
  prune(nowMs: number): void {
    for (const [key, { atMs }] of this.#failures) if (nowMs - atMs > 2 * capMs) this.#failures.delete(key);
  }
}
