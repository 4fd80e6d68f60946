/** How long a container that keeps ending waits before its next start; doubles up to a limit. */
export interface BackoffLimits {
  readonly initialMs: number;
  readonly maxMs: number;
}

export const restartBackoffLimits: BackoffLimits = { initialMs: 10_000, maxMs: 300_000 };

interface Entry {
  delayMs: number;
  updatedAtMs: number;
}

/**
 * Back-off by key, with client-go's meaning (util/flowcontrol.Backoff): the wait counts from the event that caused
 * it, and is forgotten when two full maximum waits pass without one.
 */
export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #entries = new Map<string, Entry>();

  constructor(limits: BackoffLimits) {
    this.#limits = limits;
  }

  /** When the wait that follows an event at `eventMs` ends, and how long it is; undefined: no wait. */
  waitSince(key: string, eventMs: number, nowMs: number): { untilMs: number; delayMs: number } | undefined {
    const entry = this.#entries.get(key);
    if (!entry || this.#expired(entry, eventMs)) return undefined;
    const untilMs = eventMs + entry.delayMs;
    return nowMs < untilMs ? { untilMs, delayMs: entry.delayMs } : undefined;
  }

  /** Counts one more event at `eventMs`. */
  next(key: string, eventMs: number, nowMs: number): void {
    const entry = this.#entries.get(key);
    const fresh = !entry || this.#expired(entry, eventMs);
    this.#entries.set(key, {
      delayMs: fresh ? this.#limits.initialMs : Math.min(entry.delayMs * 2, this.#limits.maxMs),
      updatedAtMs: nowMs,
    });
  }

  /** Forgets every key with that prefix. */
  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }

  #expired(entry: Entry, eventMs: number): boolean {
    return eventMs - entry.updatedAtMs > this.#limits.maxMs * 2;
  }
}

/** A duration as Go prints it: 10s, 1m20s, 5m0s. Whole seconds. */
export function goDuration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  if (hours > 0) return `${hours}h${minutes}m${seconds % 60}s`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
