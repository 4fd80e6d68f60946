import type { Pod } from '#api/generated/types/core.v1.ts';
import { timeMs } from '../shared/time.ts';

const baseMs = 10_000;
const capMs = 600_000;

interface Failures {
  count: number;
  lastMs: number;
}

/** How long a Job waits before it replaces failed pods: 10 s doubling to 10 min, from the last failure on. */
export class JobBackoff {
  readonly #failures = new Map<string, Failures>();

  /** Notes pods that ended since last time; a success starts the count anew. */
  note(key: string, succeeded: readonly Pod[], failed: readonly Pod[], nowMs: number): void {
    const lastSuccessMs = Math.max(0, ...succeeded.map(pod => endedAtMs(pod, nowMs)));
    if (succeeded.length > 0) this.#failures.delete(key);
    const after = failed.filter(pod => endedAtMs(pod, nowMs) > lastSuccessMs);
    if (after.length === 0) return;
    const record = this.#failures.get(key) ?? { count: 0, lastMs: 0 };
    record.count += after.length;
    record.lastMs = Math.max(record.lastMs, ...after.map(pod => endedAtMs(pod, nowMs)));
    this.#failures.set(key, record);
  }

  leftMs(key: string, nowMs: number): number {
    const record = this.#failures.get(key);
    if (!record) return 0;
    return Math.max(0, record.lastMs + Math.min(baseMs * 2 ** (record.count - 1), capMs) - nowMs);
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }
}

/** The end of the last container; a pod that never ran ended when it was asked to go. */
function endedAtMs(pod: Pod, nowMs: number): number {
  const ends = (pod.status?.containerStatuses ?? []).map(status =>
    timeMs(status.state?.terminated?.finishedAt),
  );
  return Math.max(0, ...ends) || timeMs(pod.metadata.deletionTimestamp) || nowMs;
}
