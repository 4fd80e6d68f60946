/**
 * The time seam. Everything under src/ but the adapters takes a Clock by constructor, so that the same code
 * runs on real time and on virtual time (`VirtualClock`).
 */
export interface Clock {
  /** Wall time in milliseconds since the epoch. May jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. For durations and time-outs. */
  monotonicMs(): number;
  /** Calls `fn` once after `delayMs` (at least; 0 means as soon as the stack is empty). Dispose to cancel. */
  after(delayMs: number, fn: () => void): Disposable;
  /** Calls `fn` in the event loop's next turn, when whatever waits for input has had its chance. Dispose to cancel. */
  nextTurn(fn: () => void): Disposable;
}

/** The reason of a wait that its AbortSignal ended. */
export function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted');
}

/** Resolves after `delayMs`; rejects with the signal's reason when it aborts first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortReason(signal));
    const onAbort = () => {
      timer[Symbol.dispose]();
      reject(abortReason(signal!));
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Calls `fn` every `periodMs` (first after one period) until disposed. A slow `fn` delays the next call. */
export function every(clock: Clock, periodMs: number, fn: () => void): Disposable {
  let timer: Disposable;
  const arm = () => {
    timer = clock.after(periodMs, () => {
      arm();
      fn();
    });
  };
  arm();
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

/** The second that was asked for last, and its text: what happens together bears one time. */
const lastSecond = { second: Number.NaN, text: '' };

/** A wall time as metav1.Time writes it: RFC 3339, whole seconds, UTC. */
export function toRfc3339(epochMs: number): string {
  const second = Math.floor(epochMs / 1000);
  if (second !== lastSecond.second) {
    lastSecond.text = `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
    lastSecond.second = second;
  }
  return lastSecond.text;
}

/** A wall time as metav1.MicroTime writes it: RFC 3339 with six decimals, UTC. */
export function toRfc3339Micro(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 23)}000Z`;
}
