import type { Pod } from '#api/generated/types/core.v1.ts';
import { finishedAtMs } from './finish-time.ts';

const baseMs = 10_000;
const capMs = 600_000;

/** Failures since the last success. */
export interface Failures {
  readonly count: number;
  readonly lastMs: number;
}

const none: Failures = { count: 0, lastMs: 0 };

/** How long replacements wait: 10 s doubling to 10 min, from the last failure on. */
export function backoffLeftMs({ count, lastMs }: Failures, nowMs: number): number {
  if (count === 0) return 0;
  return Math.max(0, lastMs + Math.min(baseMs * 2 ** (count - 1), capMs) - nowMs);
}

/** What is remembered of each Job's failures. */
export class JobBackoff {
  readonly #failures = new Map<string, Failures>();

  /** The failures with those of pods that ended since last time; a success starts the count anew. */
  after(key: string, succeeded: readonly Pod[], failed: readonly Pod[], nowMs: number): Failures {
    const before = succeeded.length > 0 ? none : (this.#failures.get(key) ?? none);
    const lastSuccessMs = Math.max(0, ...succeeded.map(finishedAtMs));
    const ends = failed.map(finishedAtMs).filter(end => succeeded.length === 0 || end > lastSuccessMs);
    // A clock that was set back must not make the wait longer.
    const lastMs = Math.min(nowMs, Math.max(before.lastMs, ...ends));
    return { count: before.count + ends.length, lastMs };
  }

  /** Keeps what `after` told, once the pods are noted as counted. */
  keep(key: string, failures: Failures): void {
    if (failures.count > 0) this.#failures.set(key, failures);
    else this.#failures.delete(key);
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }
}
